"""Answers of 100 KB: what does it cost to pass a larger body on?"""

from typing import Final

from loadtests.backends.static import LARGE
from loadtests.bench import costs
from loadtests.bench.load import Questions
from loadtests.bench.results import Rounds, Section
from loadtests.bench.stage import Stage
from loadtests.bench.turns import Turns

LIMITS: Final = {"Envoy": 1.0}
QUESTIONS: Final = Questions(target="/large", answer=len(LARGE))


def play(stage: Stage) -> Section:
    """Ask for the same file by every proxy in turn."""
    pace = stage.pace
    turns = Turns(stage, QUESTIONS)
    found = turns.play(stage.proxies, pace.short_rounds, pace.short_seconds)
    return section(found, costs.turns(pace.short_rounds, pace.short_seconds))


def section(found: Rounds, turns: str) -> Section:
    """Tell what was found."""
    return Section(
        title="Answers of 100 KB",
        measured=f"A file of 100 KB with a length, split 20/80, 32 connections, {turns}.",
        head=list(costs.HEAD),
        rows=costs.rows(found),
        figures=list(costs.figures(found, LIMITS)),
        meaning=costs.capacity(found, "answers of 100 KB"),
        found=dict(found),
    )

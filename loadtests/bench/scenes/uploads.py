"""Requests with bodies of 64 KB: what does it cost to take one in and pass it on?"""

from typing import Final

from loadtests.bench import costs
from loadtests.bench.load import Questions
from loadtests.bench.results import Rounds, Section
from loadtests.bench.stage import Stage
from loadtests.bench.turns import Turns

LIMITS: Final = {"Envoy": 1.0}
QUESTIONS: Final = Questions(target="/upload", body=64 * 1024, users=1000)
"""A thousand users, since wrk keeps a request with its body for each."""


def play(stage: Stage) -> Section:
    """Send bodies through every proxy in turn; the backend answers once it has read one whole."""
    pace = stage.pace
    turns = Turns(stage, QUESTIONS)
    found = turns.play(stage.proxies, pace.short_rounds, pace.short_seconds)
    return section(found, costs.turns(pace.short_rounds, pace.short_seconds))


def section(found: Rounds, turns: str) -> Section:
    """Tell what was found."""
    return Section(
        title="Uploads of 64 KB",
        measured=f"POST with 64 KB, answered by 1 KB, split 20/80, 32 connections, {turns}.",
        head=list(costs.HEAD),
        rows=costs.rows(found),
        figures=list(costs.figures(found, LIMITS)),
        meaning=costs.capacity(found, "uploads of 64 KB"),
        found=dict(found),
    )

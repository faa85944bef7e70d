"""Many small answers, split 20/80: what does one request cost?"""

from typing import Final

from loadtests.bench import costs
from loadtests.bench.load import Questions
from loadtests.bench.results import Rounds, Section
from loadtests.bench.stage import Stage
from loadtests.bench.turns import Turns

LIMITS: Final = {"Envoy": 0.75, "nginx": 1.8}


def play(stage: Stage) -> Section:
    """Let everybody take long turns, since this is the figure that all others are read by."""
    pace = stage.pace
    found = Turns(stage, Questions()).play(stage.servers, pace.rounds, pace.seconds)
    return section(found, costs.turns(pace.rounds, pace.seconds))


def section(found: Rounds, turns: str) -> Section:
    """Tell what was found."""
    return Section(
        title="Small answers, split",
        measured=f"1 KB of JSON split 20/80 by a hash of `x-user-id`, 32 connections, {turns}.",
        head=list(costs.HEAD),
        rows=costs.rows(found),
        figures=list(costs.figures(found, LIMITS)),
        meaning=costs.capacity(found, "requests"),
        found=dict(found),
    )

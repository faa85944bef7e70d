"""The small answers behind TLS, over connections that are kept."""

from loadtests.bench import costs
from loadtests.bench.load import Questions
from loadtests.bench.results import Rounds, Section
from loadtests.bench.stage import Stage
from loadtests.bench.turns import Turns


def play(stage: Stage) -> Section:
    """Ask as in the split, by https."""
    pace = stage.pace
    turns = Turns(stage, Questions(), tls=True)
    found = turns.play(stage.proxies, pace.free_rounds, pace.short_seconds)
    return section(found, costs.turns(pace.free_rounds, pace.short_seconds))


def section(found: Rounds, turns: str) -> Section:
    """Tell what was found; there is no limit."""
    return Section(
        title="TLS, connections kept",
        measured=f"The small answers by TLS 1.2 (wrk's), a P-256 key, 32 connections, {turns}.",
        head=list(costs.HEAD),
        rows=costs.rows(found),
        figures=[],
        meaning=costs.capacity(found, "requests over TLS")
        + " What TLS adds is the difference to the first scene.",
        found=dict(found),
    )

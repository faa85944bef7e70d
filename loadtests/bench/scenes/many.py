"""A thousand clients at once who always want the next answer."""

from typing import Final

from loadtests.bench import costs
from loadtests.bench.load import Questions
from loadtests.bench.results import Rounds, Section
from loadtests.bench.stage import Stage
from loadtests.bench.turns import Turns

QUESTIONS: Final = Questions(connections=1000)


def play(stage: Stage) -> Section:
    """Ask as in the split, over many more connections."""
    pace = stage.pace
    turns = Turns(stage, QUESTIONS)
    found = turns.play(stage.proxies, pace.free_rounds, pace.short_seconds)
    return section(found, costs.turns(pace.free_rounds, pace.short_seconds))


def section(found: Rounds, turns: str) -> Section:
    """Tell what was found; there is no limit but that nobody is refused."""
    return Section(
        title="A thousand connections",
        measured=(
            f"The small answers again, over 1,000 connections, {turns}. Pools towards the backends "
            "are as large (`pool.max_connections: 1000`, nginx `keepalive 1000`): with fewer "
            "connections than requests under way a proxy has to queue, or to open new ones."
        ),
        head=list(costs.HEAD),
        rows=costs.rows(found),
        figures=[],
        meaning=costs.capacity(found, "requests of a thousand clients")
        + " All of them want the next answer at once, so latency here is their number divided by "
        "the rate: a queue's length and no property of a proxy.",
        found=dict(found),
    )

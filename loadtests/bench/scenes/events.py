"""Streams of events: how much later does one arrive for the proxy in between?"""

from collections.abc import Iterator, Mapping
from typing import Final

from loadtests.bench.figures import Figure
from loadtests.bench.listening import Delays, Streams, through_each
from loadtests.bench.results import OURS, Section
from loadtests.bench.stage import Stage

STREAMS: Final = Streams(count=50, every_ms=50)
MEDIAN_MS: Final = 0.5
MAX_MS: Final = 10.0
AT_LEAST: Final = 2
"""Seconds, so that there are enough events for a percentile."""


def play(stage: Stage) -> Section:
    """Read through nobody and through each proxy in turn."""
    seconds = max(stage.pace.seconds, AT_LEAST)
    return section(dict(through_each(stage, stage.streaming, STREAMS, seconds)))


def section(found: Mapping[str, Delays]) -> Section:
    """Tell what was found."""
    return Section(
        title="Events",
        measured="The delay of server-sent events, 50 streams of 20 events a second each.",
        head=["through", "events", "median ms", "p99 ms", "longest ms"],
        rows=[_row(name, each) for name, each in found.items()],
        figures=list(_figures(found)),
        meaning="An event reaches its reader when it is sent: tokens of a model that are streamed "
        "look as they do without a proxy.",
        found=dict(found),
    )


def _figures(found: Mapping[str, Delays]) -> Iterator[Figure]:
    own = found.get(OURS)
    if own is not None:
        yield Figure("an event's median delay in ms", own.median_ms, MEDIAN_MS)
        yield Figure("an event's longest delay in ms", own.max_ms, MAX_MS)


def _row(name: str, each: Delays) -> list[str]:
    delays = [each.median_ms, each.p99_ms, each.max_ms]
    return [name, f"{each.events}", *(f"{delay:.3f}" for delay in delays)]

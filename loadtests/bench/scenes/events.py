"""Streams of events: how much later does one arrive for the proxy in between?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from loadtests.bench.figures import Figure
from loadtests.bench.listening import Delays, Streams, middle, through_each
from loadtests.bench.results import OURS, Section
from loadtests.bench.stage import Stage

STREAMS: Final = Streams(count=50, every_ms=50)
MEDIAN_MS: Final = 0.5
MAX_MS: Final = 10.0


def play(stage: Stage) -> Section:
    """Read through nobody and through each proxy in turn."""
    return section(through_each(stage, stage.streaming, STREAMS))


def section(found: Mapping[str, Sequence[Delays]]) -> Section:
    """Tell what was found."""
    return Section(
        title="Events",
        measured="The delay of server-sent events, 50 streams of 20 events a second "
        "each, medians of alternating rounds.",
        head=["through", "events", "median ms", "p99 ms", "longest ms"],
        rows=[_row(name, middle(turns)) for name, turns in found.items()],
        figures=list(_figures(found)),
        meaning="An event reaches its reader when it is sent: tokens of a model that are streamed "
        "look as they do without a proxy.",
        found=dict(found),
    )


def _figures(found: Mapping[str, Sequence[Delays]]) -> Iterator[Figure]:
    if OURS in found:
        own = middle(found[OURS])
        yield Figure("an event's median delay in ms", own.median_ms, MEDIAN_MS)
        yield Figure("an event's longest delay in ms", own.max_ms, MAX_MS)


def _row(name: str, each: Delays) -> list[str]:
    delays = [each.median_ms, each.p99_ms, each.max_ms]
    return [name, f"{each.events}", *(f"{delay:.3f}" for delay in delays)]

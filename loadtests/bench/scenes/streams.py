"""Two hundred streams of events at once: what do they cost, and how late are their events?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from loadtests.bench.figures import Figure
from loadtests.bench.listening import DIRECT, Delays, Streams, middle, through_each
from loadtests.bench.results import OURS, Section
from loadtests.bench.stage import Stage

STREAMS: Final = Streams(count=200, every_ms=100)
MEDIAN_MS: Final = 0.5
MAX_MS: Final = 10.0


def play(stage: Stage) -> Section:
    """Read through nobody and through each proxy in turn."""
    return section(through_each(stage, stage.proxies, STREAMS))


def section(found: Mapping[str, Sequence[Delays]]) -> Section:
    """Tell what was found, each delay beside what it is without a proxy."""
    medians = {name: middle(turns) for name, turns in found.items()}
    direct = medians[DIRECT]
    return Section(
        title="Two hundred streams",
        measured=(
            "200 streams at once, 10 events a second each, all through one core, medians of "
            "alternating rounds; in brackets how much later than without a proxy."
        ),
        head=["through", "events", "median ms", "longest ms", "CPU µs an event"],
        rows=[_row(name, each, direct) for name, each in medians.items()],
        figures=list(_figures(medians)),
        meaning=_meaning(medians),
        found=dict(found),
    )


def _figures(found: Mapping[str, Delays]) -> Iterator[Figure]:
    own, direct = found.get(OURS), found[DIRECT]
    if own is not None:
        over = own.median_ms - direct.median_ms
        yield Figure("an event's median delay over that without a proxy in ms", over, MEDIAN_MS)
        over = own.max_ms - direct.max_ms
        yield Figure("the longest delay over that without a proxy in ms", over, MAX_MS)


def _row(name: str, each: Delays, direct: Delays) -> list[str]:
    if each is direct:
        return [name, f"{each.events}", f"{each.median_ms:.3f}", f"{each.max_ms:.3f}", "-"]
    median = f"{each.median_ms:.3f} ({each.median_ms - direct.median_ms:+.3f})"
    longest = f"{each.max_ms:.3f} ({each.max_ms - direct.max_ms:+.3f})"
    return [name, f"{each.events}", median, longest, f"{each.cpu_us:.1f}"]


def _meaning(found: Mapping[str, Delays]) -> str:
    each = [f"{1e6 / one.cpu_us:,.0f} by {name}" for name, one in found.items() if name != DIRECT]
    return f"So many events a second would fill a core: {', '.join(each)}."

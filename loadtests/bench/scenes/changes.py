"""A percentage that changes ten times a second, against one that stands, at equal load.

Both have the same router and the same requests, in rounds that alternate: what lies between them is
the changes, and what lies between two rounds of the same kind is everything else.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from loadtests import gray_router
from loadtests.backends import static
from loadtests.bench import steady
from loadtests.bench.figures import Figure
from loadtests.bench.results import Section
from loadtests.bench.scenes.p99 import FailedRequestsError
from loadtests.bench.stage import Stage
from loadtests.bench.steady import Steady
from loadtests.bench.turns import rotated
from loadtests.gray_router import Router
from loadtests.ground import Core, Started

RATE: Final = 1000
"""Requests a second: ten of them are the slowest hundredth, one for each change."""
EVERY: Final = 0.1
"""Seconds between two changes."""
SHARES: Final = (20.0, 21.0)
STANDS, CHANGES = "the share stands", "it changes every 100 ms"
OF_SPREAD: Final = 1.0
LEAST_SPREAD_US: Final = 1.0
"""What a clock can tell at all."""


class Turn(msgspec.Struct, frozen=True):
    """One round. changes: how often the share changed; change_ms: how long that took, median."""

    load: Steady
    changes: int
    change_ms: float


def play(stage: Stage) -> Section:
    """Let both kinds of rounds alternate."""
    ground, both = stage.ground, _both(stage)
    legacy, ai = (static.start(ground, variant, core=both) for variant in ("legacy", "ai"))
    router = gray_router.start(ground, legacy.port, ai.port, core=both)
    router.set_percent(SHARES[0], "the bench's share")
    found: dict[str, list[Turn]] = {STANDS: [], CHANGES: []}
    _round(stage, router, CHANGES)  # what is measured is not a router that has just started
    for number in range(2 * stage.pace.short_rounds):
        for name in rotated(list(found), number):
            found[name].append(turn := _round(stage, router, name))
            told = f"p99 {turn.load.p99_us:.0f} µs, {turn.changes} changes"
            stage.tell(f"round {number + 1}: {name}: {told}")
    return section(found)


def _both(stage: Stage) -> Core:
    """Return the cores for everybody.

    A supervisor takes 4 ms for a change: on a core of its worker's it would delay requests, as no
    machine with more cores than one makes it do.
    """
    return stage.cores.load, stage.cores.proxy


def section(found: Mapping[str, Sequence[Turn]]) -> Section:
    """Tell what was found."""
    return Section(
        title="A percentage that changes",
        measured=(
            f"The small answers at {RATE:,} requests a second, in an open loop, and the same with "
            f"a change of the share every {EVERY * 1000:.0f} ms, each of them kept on the disk and "
            "acknowledged; medians of alternating rounds, everybody shares both cores. The spread "
            "is the distance between the quartiles of one kind's rounds."
        ),
        head=["rounds in which", "p50 ms", "p99 ms", "spread of p99 ms", "changes", "ms a change"],
        rows=[_row(name, turns) for name, turns in found.items()],
        figures=[
            Figure("what changes add to p99, as a multiple of the spread,", added(found), OF_SPREAD)
        ],
        meaning="A change is made by the supervisor and swapped in by a worker between two "
        "requests; nobody waits for it.",
        found=dict(found),
    )


def added(found: Mapping[str, Sequence[Turn]]) -> float:
    """Return by how much p99 is higher with changes, against the rounds' own spread."""
    higher = statistics.median(_p99s(found[CHANGES])) - statistics.median(_p99s(found[STANDS]))
    spread = max(LEAST_SPREAD_US, *(_spread(_p99s(turns)) for turns in found.values()))
    return max(0.0, higher) / spread


def _p99s(turns: Sequence[Turn]) -> list[float]:
    return [turn.load.p99_us for turn in turns]


def _spread(values: Sequence[float]) -> float:
    first, _, third = statistics.quantiles([*values, *values[:1]], n=4)
    return third - first


def _row(name: str, turns: Sequence[Turn]) -> list[str]:
    p50 = statistics.median(turn.load.p50_us for turn in turns)
    p99s = _p99s(turns)
    times = [turn.change_ms for turn in turns if turn.changes]
    return [
        name,
        f"{p50 / 1000:.3f}",
        f"{statistics.median(p99s) / 1000:.3f}",
        f"{_spread(p99s) / 1000:.3f}",
        f"{sum(turn.changes for turn in turns):,}",
        f"{statistics.median(times):.1f}" if times else "-",
    ]


def _round(stage: Stage, router: Router, name: str) -> Turn:
    seconds = stage.pace.short_seconds
    started = steady.begin(stage.ground, _both(stage), router.port, RATE, seconds)
    times = list(_changes(router, started)) if name == CHANGES else []
    [load] = steady.finish(started, seconds)
    if load.failed or not load.requests:
        raise FailedRequestsError(f"{load.failed} of {load.requests} requests failed")
    return Turn(load, len(times), 1000 * statistics.median(times or [0.0]))


def _changes(router: Router, load: Started) -> list[float]:
    """Change the share for as long as the load runs; return how long each change took."""
    times: list[float] = []
    due = time.perf_counter()
    while load.alive():
        router.set_percent(SHARES[len(times) % 2], "the bench's change")
        now = time.perf_counter()
        times.append(now - due)
        due = max(due + EVERY, now)
        time.sleep(due - now)
    return times

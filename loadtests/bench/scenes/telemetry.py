"""What counting and logging cost a request.

What is always on is measured by itself, in this process: what a request adds to the counters, with
the looks at the clock and at whether it is to be logged. The router as a whole would not show it: a
microsecond drowns in the noise between two runs. What the access log costs is seen there, and
stands beside it.
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Final, cast

from loadtests.bench import costs
from loadtests.bench.figures import Figure
from loadtests.bench.load import Questions
from loadtests.bench.results import OURS, Rounds, Section, median, ratio
from loadtests.bench.servers.gray_router import GrayRouter
from loadtests.bench.stage import Stage
from loadtests.bench.turns import Turns
from router.model import Reason, Variant
from router.proxy.counters import ServiceCounters
from router.proxy.exchange import Exchange
from router.proxy.ports import Plane, PoolSide
from router.proxy.serving import Serving, Side
from router.routing.snapshot import Snapshot
from router.wire.counting import CounterMemory, make_memory

LIMIT_US: Final = 1.0
LOOPS: Final = 2000
"""Calls a loop: a millisecond or two, which others on this core do not always interrupt."""
REPEATS: Final = 250
LOGS: Final = ("off", "errors", "sampled", "all")


def play(stage: Stage) -> Section:
    """Measure the steps, then the router with each kind of access log; ours alone is looked at."""
    pace = stage.pace
    steps = counting_us()
    stage.tell(f"counting costs {steps:.2f} µs a request")
    rounds: Rounds = {}
    if any(server.name == OURS for server in stage.servers):
        routers = [GrayRouter(_named(log), {"access_log": log}) for log in LOGS]
        turns = Turns(stage, Questions())
        rounds = turns.play(routers, pace.free_rounds, pace.short_seconds)
    return section(steps, rounds)


def section(steps: float, rounds: Rounds) -> Section:
    """Tell what was found."""
    return Section(
        title="Telemetry",
        measured=(
            "What a request adds to the counters and histograms, with the looks at the clock and "
            "at whether it is to be logged, in a loop of its own, undisturbed; below it the small "
            "answers with each kind of access log, as a whole and against none."
        ),
        head=["what", "µs a request", "to no log"],
        rows=[["counting alone", f"{steps:.2f}", "-"], *_rows(rounds)],
        figures=list(_figures(steps)),
        meaning="Counters need no decision: nobody gains by switching them off. A line for each "
        "request is another matter: the default writes one only where something went wrong.",
        found={"counters_us": steps, **rounds},
    )


class Answered(Exchange):
    """An exchange whose answer went out in one piece; it has only what recording looks at."""

    def __init__(self, counters: ServiceCounters) -> None:
        self._plane = cast(Plane, Clock())
        self._serving = Serving(Snapshot(0, ()), ())  # with the access log of the default
        self._side = Side(Variant.LEGACY, cast(PoolSide, None), counters.legacy, b"", b"")
        self._counters = counters
        self.status = 200
        self.fallback = None

    def count(self) -> None:
        """Do what a request has done for telemetry, from its beginning to its end."""
        self._started = self._plane.clock()
        self._counters.assign(Variant.LEGACY, Reason.BUCKET)
        self._record_whole()


class Clock:
    """The part of a worker that is looked at."""

    clock = staticmethod(time.monotonic)


def counting_us() -> float:
    """Return the cost in microseconds of what every request is recorded by.

    It is that of the fastest loop: whatever makes one slower is somebody else on this core. Waits
    for the core are not counted at all.
    """
    descriptor = make_memory("bench")
    try:
        answered = Answered(ServiceCounters(CounterMemory(descriptor).service("answers")))
        counting = min(_seconds(answered.count) for _ in range(REPEATS))
        nothing = min(_seconds(_nothing) for _ in range(REPEATS))
        return (counting - nothing) / LOOPS * 1e6
    finally:
        os.close(descriptor)


def _nothing() -> None:
    """Cost what a call costs."""


def _seconds(call: Callable[[], None]) -> float:
    began = time.thread_time()
    for _ in range(LOOPS):
        call()
    return time.thread_time() - began


def _figures(steps: float) -> Iterator[Figure]:
    yield Figure("counting, in µs a request,", steps, LIMIT_US)


def _rows(rounds: Rounds) -> Iterator[list[str]]:
    for name, own in rounds.items():
        against = costs.times(ratio(rounds, name, _named(LOGS[0])))
        yield [name, f"{median(own, 'cpu_us'):.1f}", against]


def _named(log: str) -> str:
    return f"access_log: {log}"

"""The slowest of a hundred requests, when all proxies are asked as often.

Under wrk a faster proxy is asked more often, and waits for its load. Here everybody gets the same
number of requests a second, in an open loop, well below what the slowest of them can.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from loadtests.backends import static
from loadtests.bench import steady
from loadtests.bench.checks import check
from loadtests.bench.figures import Figure
from loadtests.bench.load import Questions, Wrk
from loadtests.bench.results import OURS, Section
from loadtests.bench.servers.server import Backends, Running, Setup
from loadtests.bench.stage import Stage
from loadtests.bench.steady import Steady
from loadtests.bench.turns import rotated

LOAD: Final = 0.3
"""Of what the slowest proxy can; it has to be far from full, also when its core is disturbed."""
MOST: Final = 4000
"""Requests a second that the generator sends without being late itself."""
DIRECT: Final = "no proxy"
OF_ENVOY: Final = 1.0


class FailedRequestsError(Exception):
    """Requests failed, so the rest is not comparable."""


def play(stage: Stage) -> Section:
    """Find a rate that all can do, and let them take turns at it."""
    ground, cores, pace = stage.ground, stage.cores, stage.pace
    legacy, ai = (static.start(ground, variant, core=cores.load) for variant in ("legacy", "ai"))
    running = {DIRECT: Running(legacy.port, 0)}
    capacities: list[float] = []
    wrk = Wrk(ground, cores.load)
    for server in stage.proxies:
        backends = Backends(legacy.port, ai.port)
        running[server.name] = started = server.start(ground, backends, Setup(cores.proxy))
        check(server.name, started.port, Questions())
        capacities.append(wrk.load(started.url, Questions(), 1).per_second)
    rate = min(MOST, int(LOAD * min(capacities)))
    found: dict[str, list[Steady]] = {name: [] for name in running}
    for number in range(pace.short_rounds):
        for name in rotated(list(running), number):
            found[name].append(turn := _measure(stage, running[name], rate))
            stage.tell(f"round {number + 1}: {name} p99 {turn.p99_us:.0f} µs")
    return section(found, rate)


def section(found: Mapping[str, Sequence[Steady]], rate: int) -> Section:
    """Tell what was found."""
    return Section(
        title="Latency at equal load",
        measured=(
            f"The small answers at {rate:,} requests a second for everybody, in an open loop, "
            "medians of alternating rounds; latency counts from when a request was due. The first "
            "line is the load generator with nothing in between."
        ),
        head=["through", "p50 ms", "p99 ms", "longest ms"],
        rows=[_row(name, turns) for name, turns in found.items()],
        figures=list(_figures(found)),
        meaning="At a load as proxies have it in service, this is what a request waits; the "
        "closed loop of the other scenes says what a core can carry, and nothing about waiting.",
        found=dict(found),
    )


def _figures(found: Mapping[str, Sequence[Steady]]) -> Iterator[Figure]:
    if OURS in found and "Envoy" in found:
        pairs = zip(found[OURS], found["Envoy"], strict=True)
        multiple = statistics.median(own.p99_us / envoy.p99_us for own, envoy in pairs)
        yield Figure("p99 at equal load, as a multiple of Envoy's,", multiple, OF_ENVOY)


def _row(name: str, turns: Sequence[Steady]) -> list[str]:
    columns = [
        [turn.p50_us for turn in turns],
        [turn.p99_us for turn in turns],
        [turn.max_us for turn in turns],
    ]
    return [name, *(f"{statistics.median(column) / 1000:.3f}" for column in columns)]


def _measure(stage: Stage, running: Running, rate: int) -> Steady:
    seconds = stage.pace.short_seconds
    started = steady.begin(stage.ground, stage.cores.load, running.port, rate, seconds)
    [turn] = steady.finish(started, seconds)
    if turn.failed or not turn.requests:
        raise FailedRequestsError(
            f"{turn.failed} of {turn.requests} requests failed at {rate} a second"
        )
    return turn

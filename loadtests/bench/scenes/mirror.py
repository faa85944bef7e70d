"""Every request is copied: what does that cost, and who waits for a backend that never answers?

All copy every request to AI, which answers it. The others throw that answer away; Gray Router keeps
both and compares them, in a process of its own: what that costs stands beside.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from loadtests import family
from loadtests.backends import static
from loadtests.bench import costs
from loadtests.bench.checks import WrongAnswersError
from loadtests.bench.figures import Figure
from loadtests.bench.load import Questions, Wrk
from loadtests.bench.measure import Meter
from loadtests.bench.results import OURS, Section
from loadtests.bench.servers.server import Backends, Running, Server, Setup
from loadtests.bench.stage import Stage
from loadtests.bench.turns import WARM_UP, rotated

LIMITS: Final = {"Envoy": 0.7, "nginx": 1.0}
MIRRORING: Final = ("nginx", "Envoy", OURS)
"""Who can; HAProxy needs an agent for it."""
ENOUGH: Final = 0.99
"""Of the requests that have to arrive at AI too."""
COMPARER: Final = b"router.processes.comparer"


class Turn(msgspec.Struct, frozen=True):
    """One proxy under load. comparer_us: what comparing cost beside, by request."""

    cpu_us: float
    comparer_us: float
    per_second: float
    p99_us: int
    copied: float


def play(stage: Stage) -> Section:
    """Let those who can copy take turns."""
    ground, cores, pace = stage.ground, stage.cores, stage.pace
    legacy, ai = (static.start(ground, variant, core=cores.load) for variant in ("legacy", "ai"))
    wrk = Wrk(ground, cores.load)
    backends = Backends(legacy.port, ai.port)
    running = {
        server.name: _start(stage, wrk, server, backends)
        for server in stage.servers
        if server.name in MIRRORING
    }
    found: dict[str, list[Turn]] = {name: [] for name in running}
    for number in range(pace.short_rounds):
        for name in rotated(list(running), number):
            before = ai.requests()
            with Meter(running[name].pid) as meter:
                load = wrk.load(running[name].url, Questions(), pace.short_seconds)
            copied = (ai.requests() - before - 1) / load.requests
            if load.broken or load.refused or copied < ENOUGH:
                raise WrongAnswersError(f"{name}: {load} with {copied:.3f} copies a request")
            comparing = sum(meter.by_pid[pid] for pid in comparers(meter.by_pid))
            found[name].append(
                turn := Turn(
                    cpu_us=1e6 * (meter.cpu_seconds - comparing) / load.requests,
                    comparer_us=1e6 * comparing / load.requests,
                    per_second=load.per_second,
                    p99_us=load.p99_us,
                    copied=copied,
                )
            )
            stage.tell(f"round {number + 1}: {name} {turn.cpu_us:.1f} µs a request")
    return section(found, costs.turns(pace.short_rounds, pace.short_seconds))


def section(found: Mapping[str, Sequence[Turn]], turns: str) -> Section:
    """Tell what was found."""
    return Section(
        title="Every request copied",
        measured=(
            "1 KB of JSON from legacy, and a copy of each request to AI, whose answer is read: "
            "nginx by `mirror`, Envoy by `request_mirror_policies`, Gray Router by `shadow` with "
            f"everything at its default. 32 connections, {turns}."
        ),
        head=[
            "proxy",
            "CPU µs a request",
            "to nginx",
            "to Envoy",
            "comparing, µs",
            "requests/s",
            "p99 ms",
        ],
        rows=[_row(found, name, own) for name, own in found.items()],
        figures=list(_figures(found)),
        meaning="The others throw the answer to the copy away. Here both answers are kept and "
        "go to the comparer, whose own cost stands beside: it has a budget, and beyond that draws "
        "from what it is given.",
        found={name: list(own) for name, own in found.items()},
    )


def comparers(pids: Mapping[int, float]) -> list[int]:
    """Return which of these processes compare."""
    return [pid for pid in pids if COMPARER in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"{family.PROC}/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _start(stage: Stage, wrk: Wrk, server: Server, backends: Backends) -> Running:
    setup = Setup(stage.cores.proxy, is_mirrored=True)
    running = server.start(stage.ground, backends, setup)
    wrk.load(running.url, Questions(), WARM_UP)
    return running


def _figures(found: Mapping[str, Sequence[Turn]]) -> Iterator[Figure]:
    for against, limit in LIMITS.items():
        measured = _ratio(found, OURS, against)
        if measured is not None:
            yield Figure(f"CPU a copied request, as a multiple of {against}'s,", measured, limit)


def _ratio(found: Mapping[str, Sequence[Turn]], name: str, against: str) -> float | None:
    if name not in found or against not in found:
        return None
    pairs = zip(found[name], found[against], strict=True)
    return statistics.median(mine.cpu_us / theirs.cpu_us for mine, theirs in pairs)


def _row(found: Mapping[str, Sequence[Turn]], name: str, own: Sequence[Turn]) -> list[str]:
    comparing = statistics.median(turn.comparer_us for turn in own)
    return [
        name,
        f"{statistics.median(turn.cpu_us for turn in own):.1f}",
        costs.times(_ratio(found, name, "nginx")),
        costs.times(_ratio(found, name, "Envoy")),
        f"{comparing:.1f}" if comparing else "-",
        f"{statistics.median(turn.per_second for turn in own):,.0f}",
        f"{statistics.median(turn.p99_us for turn in own) / 1000:.2f}",
    ]

"""How long a rollback takes, from the call to the report, and until the command line has called.

The router is under load, and each rollback is one of a release that has just been raised. The
faults of `make faults` say what AI sees of it; here nothing fails.
"""

import socket
import statistics
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from loadtests import admin, gray_router
from loadtests.backends import static
from loadtests.bench import steady
from loadtests.bench.figures import Figure
from loadtests.bench.results import Section
from loadtests.bench.stage import Stage
from loadtests.gray_router import SERVICE, Router
from loadtests.ground import GroundError, compiled, python

RATE: Final = 1000
SHARE: Final = 100.0
SERVED_FOR: Final = 0.05
"""Seconds for which AI has its share before it is taken away."""
STARTS: Final = 15
START_MS: Final = 150.0
CALL_LIMIT: Final = 5.0
"""Seconds in which a command line has called."""
MS: Final = 1000


class Call(msgspec.Struct, frozen=True):
    """One rollback, in ms from the call: its report, all workers, and AI's last request."""

    report_ms: float
    applied_ms: float
    last_ai_ms: float


def play(stage: Stage) -> Section:
    """Roll back under load for as long as that lasts, then start the command line."""
    ground, cores = stage.ground, stage.cores
    legacy, ai = (static.start(ground, variant, core=cores.load) for variant in ("legacy", "ai"))
    router = gray_router.start(ground, legacy.port, ai.port, core=cores.proxy)
    seconds = stage.pace.short_rounds * stage.pace.short_seconds
    load = steady.begin(ground, cores.load, router.port, RATE, seconds)
    calls: list[Call] = []
    while load.alive():
        calls.append(_roll_back(router))
    [seen] = steady.finish(load, seconds)
    if failed := seen.failed:
        raise GroundError(f"{failed} requests failed while AI was rolled back")
    stage.tell(f"{len(calls)} rollbacks")
    with compiled():
        _start_ms(stage)  # it writes the bytecode
        starts = [_start_ms(stage) for _ in range(STARTS)]
    stage.tell(f"{len(starts)} starts, median {statistics.median(starts):.0f} ms")
    return section(calls, starts)


def section(calls: Sequence[Call], starts: Sequence[float]) -> Section:
    """Tell what was found."""
    return Section(
        title="Rollback",
        measured=(
            f"{len(calls)} rollbacks of {SHARE:g} % at {RATE:,} requests a second, by a call of "
            f"the admin API each; and `gray-router rollback` {len(starts)} times, from the start "
            "of the process to its connection to the admin API."
        ),
        head=["ms", "median", "p99", "longest"],
        rows=[
            _row("the last request to AI begins", [call.last_ai_ms for call in calls]),
            _row("every worker has acknowledged", [call.applied_ms for call in calls]),
            _row("the report is read", [call.report_ms for call in calls]),
            _row("`gray-router rollback` calls", starts),
        ],
        figures=[
            Figure("until `gray-router rollback` calls, in ms,", median(starts), START_MS),
        ],
        meaning="What comes after the last request to AI is acknowledgements, and the journal and "
        "the store: no request waits for them.",
        found={"calls": list(calls), "starts_ms": list(starts)},
    )


def _row(name: str, times: Sequence[float]) -> list[str]:
    ordered = sorted(times)
    figures = (median(ordered), ordered[len(ordered) * 99 // 100], ordered[-1])
    return [name, *(f"{each:.1f}" for each in figures)]


def median(times: Sequence[float]) -> float:
    """Return the time that half of them are not above."""
    return statistics.median(times)


def _roll_back(router: Router) -> Call:
    router.set_percent(SHARE, "the bench's share")
    time.sleep(SERVED_FOR)
    called = time.perf_counter()
    report = admin.command(router.admin, SERVICE, "rollback", "the bench's rollback")
    read = time.perf_counter() - called
    if not report["complete"]:
        raise GroundError(f"a rollback did not come to its end: {report}")
    return Call(read * MS, report["applied_ms"], report["last_ai_byte_ms"] or 0.0)


def _start_ms(stage: Stage) -> float:
    """Start the command with an admin API that only takes its call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(CALL_LIMIT)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        command = python("router", "rollback", SERVICE, "--admin", address)
        began = time.perf_counter()
        started = stage.ground.spawn("rollback", command, core=stage.cores.proxy)
        accepted, _ = listening.accept()
        took = time.perf_counter() - began
        started.process.kill()  # it would call again and again
        accepted.close()
    started.process.wait(CALL_LIMIT)
    return took * MS

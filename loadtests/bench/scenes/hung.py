"""Whoever gets the copies hangs, or is not there: how much longer do users wait?

One router, with services without copies and one for each way in which their backend behaves. At an
open load two services take turns, many times a second. That backend shares no core with the router,
and costs nothing where it hangs. What a machine's own stalls do to a p99 is more than what is
looked for here: so the rounds are many, their interval is told, and two services without copies are
held against each other too.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from loadtests import gray_router
from loadtests.backends import sandbox, static
from loadtests.bench import steady
from loadtests.bench.figures import Figure
from loadtests.bench.results import Section
from loadtests.bench.stage import Stage
from loadtests.bench.steady import Steady
from loadtests.bench.turns import rotated
from loadtests.ground import free_port

RATE: Final = 2000
"""Requests a second."""
OFTENER: Final = 2
"""Than the other short rounds, and each takes longer by as much: a p99 wants many requests."""
ANSWERED: Final = "answered"
HUNG: Final = "hung"
DEAD: Final = "refused"
PLAIN: Final = "plain"
NONE: Final = "none"
"""Services without copies; the others are called by how theirs end."""
COPIED: Final = (NONE, ANSWERED, HUNG, DEAD)
LIMITED: Final = (HUNG, DEAD)
LIMIT: Final = 1.05
SIGMAS: Final = 1.96
"""Of 95 %."""


class Beside(msgspec.Struct, frozen=True):
    """One round: the service without copies, and one with them, in turns."""

    without: Steady
    copied: Steady

    @property
    def p50_ratio(self) -> float:
        """How much longer half of the requests take at least with copies."""
        return self.copied.p50_us / self.without.p50_us

    @property
    def p99_ratio(self) -> float:
        """The same of the slowest hundredth."""
        return self.copied.p99_us / self.without.p99_us


class FailedRequestsError(Exception):
    """Requests failed, so the rest is not comparable."""


def play(stage: Stage) -> Section:
    """Let one service after the other take turns with one without copies, again and again."""
    port, pace = _start(stage), stage.pace
    for name in COPIED:
        _measure(stage, port, name, pace.short_seconds)  # first requests open connections
    found: dict[str, list[Beside]] = {name: [] for name in COPIED}
    for number in range(OFTENER * pace.short_rounds):
        for name in rotated(list(COPIED), number):
            turn = _measure(stage, port, name, OFTENER * pace.short_seconds)
            found[name].append(turn)
            told = f"p99 {turn.copied.p99_us:.0f} µs, without {turn.without.p99_us:.0f} µs"
            stage.tell(f"round {number + 1}: {name} {told}")
    return section(found)


def section(found: Mapping[str, Sequence[Beside]]) -> Section:
    """Tell what was found."""
    return Section(
        title="Copies that nobody answers",
        measured=(
            f"The small answers of legacy at {RATE:,} requests a second in an open loop, by two "
            f"services of one router that take turns of {steady.TURN * 1000:.0f} ms: one without "
            "copies, and one whose copies go to a backend that answers, hangs or refuses "
            "connections; in the first line neither has any. Medians of rounds that alternate; "
            "ratios are geometric means of those within a round, with their 95 % interval."
        ),
        head=["copies", "p50 ms", "without", "ratio", "p99 ms", "without", "ratio", "95 %"],
        rows=[_row(name, turns) for name, turns in found.items()],
        figures=[each for name in LIMITED for each in _figures(name, found.get(name, ()))],
        meaning="Who hangs holds no more than `max_concurrency` copies and then loses its breaker; "
        "users wait for nobody. What copies that are answered add is the time of a core that they "
        "take; their pairs are compared a moment later, in part in the turns of the others. The "
        "first line shows how far apart two p99 are that differ by nothing.",
        found=dict(found),
    )


def interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Return the geometric mean, and between what it lies in truth, with 95 %."""
    logs = [math.log(ratio) for ratio in ratios]
    mean = statistics.fmean(logs)
    error = statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(mean), math.exp(mean - SIGMAS * error), math.exp(mean + SIGMAS * error)


def _start(stage: Stage) -> int:
    """Start one router with a service for each, and return its port.

    In one, since whatever a router does beside serving would be somebody else's delay.
    """
    ground, cores = stage.ground, stage.cores
    legacy, ai = (static.start(ground, variant, core=cores.load) for variant in ("legacy", "ai"))
    hung = free_port()
    argv = sandbox.command(hung, sandbox.NEVER)
    ground.start("sandbox", argv, port=hung, core=cores.load)
    behind = {PLAIN: ai.port, NONE: ai.port, ANSWERED: ai.port, HUNG: hung, DEAD: free_port()}
    services = [_service(name, legacy.port, port) for name, port in behind.items()]
    router = gray_router.start(
        ground,
        legacy.port,
        ai.port,
        core=cores.proxy,
        proxy={"workers": 1},
        more={"services": services},
    )
    return router.port


def _service(name: str, legacy: int, ai: int) -> dict[str, Any]:
    copying = {} if name in (PLAIN, NONE) else {"shadow": {"send": "to_ai"}}
    return {
        "name": name,
        "match": {"paths": [f"/{name}/*"]},
        "legacy": {"endpoints": [f"http://127.0.0.1:{legacy}"]},
        "ai": {"endpoints": [f"http://127.0.0.1:{ai}"]},
        **copying,
    }


def _measure(stage: Stage, port: int, name: str, seconds: int) -> Beside:
    targets = [f"/{service}/v1/answer" for service in (PLAIN, name)]
    started = steady.begin(stage.ground, stage.cores.load, port, RATE, seconds, targets=targets)
    turn = Beside(*steady.finish(started, seconds))
    for one in (turn.without, turn.copied):
        if one.failed or not one.requests:
            raise FailedRequestsError(f"{one.failed} of {one.requests} requests failed")
    return turn


def _figures(name: str, turns: Sequence[Beside]) -> Iterator[Figure]:
    if not turns:
        return
    what = f"beside copies: {name}, as a multiple of that without"
    p50, _, _ = interval([turn.p50_ratio for turn in turns])
    p99, _, _ = interval([turn.p99_ratio for turn in turns])
    yield Figure(f"p50 {what},", p50, LIMIT)
    yield Figure(f"p99 {what},", p99, LIMIT)


def _row(name: str, turns: Sequence[Beside]) -> list[str]:
    p50, _, _ = interval([turn.p50_ratio for turn in turns])
    p99, least, most = interval([turn.p99_ratio for turn in turns])
    return [
        name,
        _ms([turn.copied.p50_us for turn in turns]),
        _ms([turn.without.p50_us for turn in turns]),
        f"{p50:.2f}",
        _ms([turn.copied.p99_us for turn in turns]),
        _ms([turn.without.p99_us for turn in turns]),
        f"{p99:.2f}",
        f"{least:.2f}-{most:.2f}",
    ]


def _ms(microseconds: Sequence[float]) -> str:
    return f"{statistics.median(microseconds) / 1000:.3f}"

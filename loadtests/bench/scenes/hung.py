"""Whoever gets the copies hangs, or is not there: how much longer do users wait?

One router, with a service without copies and one for each way in which their backend behaves, at
the same open load. That backend shares no core with the router, and costs nothing where it hangs.
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

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
NO_COPIES: Final = "no copies"
ANSWERED: Final = "answered"
HUNG: Final = "hung"
DEAD: Final = "refused"
WORDS: Final = {NO_COPIES: "plain", ANSWERED: "answered", HUNG: "hung", DEAD: "refused"}
"""What the service of each is called."""
LIMITED: Final = (HUNG, DEAD)
LIMIT: Final = 1.05


class FailedRequestsError(Exception):
    """Requests failed, so the rest is not comparable."""


def play(stage: Stage) -> Section:
    """Let one service after the other take its turn, again and again."""
    port = _start(stage)
    for name in WORDS:
        _measure(stage, port, name)  # its first requests open connections
    found: dict[str, list[Steady]] = {name: [] for name in WORDS}
    for number in range(stage.pace.short_rounds):
        for name in rotated(list(WORDS), number):
            found[name].append(turn := _measure(stage, port, name))
            stage.tell(f"round {number + 1}: {name} p99 {turn.p99_us:.0f} µs")
    return section(found)


def section(found: Mapping[str, Sequence[Steady]]) -> Section:
    """Tell what was found."""
    return Section(
        title="Copies that nobody answers",
        measured=(
            f"The small answers of legacy at {RATE:,} requests a second in an open loop, each "
            "copied to a backend that answers, hangs or refuses connections, medians of "
            "alternating rounds; ratios are medians of the ratios within a round."
        ),
        head=["copies", "p50 ms", "p99 ms", "longest ms", "p99 to no copies"],
        rows=[_row(found, name) for name in found],
        figures=[
            Figure(f"p99 beside copies: {name}, as a multiple of that without,", times, LIMIT)
            for name in LIMITED
            if (times := _times(found, name)) is not None
        ],
        meaning="Who hangs holds no more than `max_concurrency` copies and then loses its breaker; "
        "users wait for nobody. What copies that are answered add is the time of a core that they "
        "take.",
        found=dict(found),
    )


def _start(stage: Stage) -> int:
    """Start one router with a service for each, and return its port.

    In one, since whatever a router does beside serving would be somebody else's delay.
    """
    ground, cores = stage.ground, stage.cores
    legacy, ai = (static.start(ground, variant, core=cores.load) for variant in ("legacy", "ai"))
    hung = free_port()
    argv = sandbox.command(hung, sandbox.NEVER)
    ground.start("sandbox", argv, port=hung, core=cores.load)
    behind = {NO_COPIES: ai.port, ANSWERED: ai.port, HUNG: hung, DEAD: free_port()}
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
    word = WORDS[name]
    copying = {} if name == NO_COPIES else {"shadow": {"send": "to_ai"}}
    return {
        "name": word,
        "match": {"paths": [f"/{word}/*"]},
        "legacy": {"endpoints": [f"http://127.0.0.1:{legacy}"]},
        "ai": {"endpoints": [f"http://127.0.0.1:{ai}"]},
        **copying,
    }


def _measure(stage: Stage, port: int, name: str) -> Steady:
    seconds, target = stage.pace.short_seconds, f"/{WORDS[name]}/v1/answer"
    started = steady.begin(stage.ground, stage.cores.load, port, RATE, seconds, target=target)
    turn = steady.finish(started, seconds)
    if turn.failed or not turn.requests:
        raise FailedRequestsError(f"{turn.failed} of {turn.requests} requests failed")
    return turn


def _times(found: Mapping[str, Sequence[Steady]], name: str) -> float | None:
    if name not in found or NO_COPIES not in found:
        return None
    pairs = zip(found[name], found[NO_COPIES], strict=True)
    return statistics.median(with_copies.p99_us / without.p99_us for with_copies, without in pairs)


def _row(found: Mapping[str, Sequence[Steady]], name: str) -> list[str]:
    turns = found[name]
    columns = (
        [turn.p50_us for turn in turns],
        [turn.p99_us for turn in turns],
        [turn.max_us for turn in turns],
    )
    shown = [f"{statistics.median(column) / 1000:.3f}" for column in columns]
    return [name, *shown, f"{_times(found, name) or 1.0:.2f}"]

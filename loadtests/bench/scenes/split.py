"""Many small answers, split 20/80: what does one request cost?

The proxies take turns, and each round begins with another one, so that a machine which becomes
slower or faster does so for all of them.
"""

from collections.abc import Iterator, Mapping, Sequence

import orjson

from loadtests import ask
from loadtests.backends import static
from loadtests.backends.static import StaticBackend
from loadtests.bench.load import CONNECTIONS, Load, Wrk
from loadtests.bench.machine import Cores
from loadtests.bench.measure import MIB, Meter
from loadtests.bench.results import Round
from loadtests.bench.servers.server import AI_PERCENT, Backends, Running, Server
from loadtests.ground import Ground
from loadtests.verdict import Seen, judge

WARM_UP = 1
"""Seconds of load before anything is measured."""
CHECKED_USERS = 400
TOLERANCE = 3.0
"""Percentage points that the share of wrk's 10,000 users may lie off; hashes differ by proxy."""
UNDER_WAY = 2 * CONNECTIONS
"""Requests that a backend may count and wrk not: what is under way when this load ends, and what
was when the one before did.
"""


class WrongSplitError(Exception):
    """A proxy did not do what is compared; its figure would mean nothing."""


class SplitScene:
    """Two backends, and the proxies in front of them."""

    def __init__(self, ground: Ground, cores: Cores) -> None:
        self._cores = cores
        self._ground = ground
        self._wrk = Wrk(ground, cores.load)
        self._legacy = static.start(ground, "legacy", core=cores.load)
        self._ai = static.start(ground, "ai", core=cores.load)

    def run(
        self, servers: Sequence[Server], rounds: int, seconds: int
    ) -> Iterator[tuple[int, str, Round]]:
        """Start all, check all, and let them take turns."""
        running = {server.name: self._start(server) for server in servers}
        for number in range(rounds):
            for name in rotated(list(running), number):
                yield number, name, self._measure(name, running[name], seconds)

    def _start(self, server: Server) -> Running:
        backends = Backends(self._legacy.port, self._ai.port)
        running = server.start(self._ground, backends, self._cores.proxy)
        check(server.name, running.port)
        self._wrk.load(running.port, WARM_UP)
        return running

    def _measure(self, name: str, running: Running, seconds: int) -> Round:
        before = _counted(self._legacy, self._ai)
        with Meter(running.pid) as meter:
            load = self._wrk.load(running.port, seconds)
        after = _counted(self._legacy, self._ai)
        # Looking at a counter is a request too.
        answered = {variant: after[variant] - before[variant] - 1 for variant in before}
        verify(name, load, answered)
        return Round(
            cpu_us=meter.cpu_seconds / load.requests * 1_000_000,
            per_second=load.per_second,
            p50_us=load.p50_us,
            p99_us=load.p99_us,
            memory_mib=meter.memory_bytes / MIB,
            ai_percent=100 * answered["ai"] / sum(answered.values()),
        )


def rotated(names: Sequence[str], by: int) -> list[str]:
    """Return the names with another one in front each time."""
    turn = by % len(names)
    return [*names[turn:], *names[:turn]]


def verify(name: str, load: Load, answered: Mapping[str, int]) -> None:
    """Raise unless every answer was a good one, came from a backend, and the split is right."""
    total = sum(answered.values())
    if load.broken or load.refused:
        raise WrongSplitError(f"{name}: {load.broken} broken and {load.refused} refused requests")
    if not 0 < load.requests <= total <= load.requests + UNDER_WAY:
        raise WrongSplitError(f"{name}: {load.requests} answers, but {total} from the backends")
    ai_percent = 100 * answered["ai"] / total
    if abs(ai_percent - AI_PERCENT) > TOLERANCE:
        raise WrongSplitError(f"{name}: AI had {ai_percent:.1f} %, not {AI_PERCENT} %")


def check(name: str, port: int) -> None:
    """Raise unless users are answered in their own name, sticky, and in the right number by AI."""
    seen = [_ask(name, port, f"user-{number:06d}") for number in [*range(CHECKED_USERS)] * 2]
    verdict = judge(seen, {0: AI_PERCENT})
    if verdict.broken:
        raise WrongSplitError(f"{name}: {'; '.join(verdict.broken)}")


def _ask(name: str, port: int, user: str) -> Seen:
    answer = ask.get(port, "/v1/answer", {"x-user-id": user})
    text = answer.body.decode(errors="replace")
    variant = str(orjson.loads(text)["variant"]) if text.startswith("{") else ""
    if text != static.body(variant, user):
        raise WrongSplitError(f"{name}: {user} was answered {answer.status} {text[:80]!r}")
    return Seen(0, user, variant)


def _counted(legacy: StaticBackend, ai: StaticBackend) -> dict[str, int]:
    return {"legacy": legacy.requests(), "ai": ai.requests()}

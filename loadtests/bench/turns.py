"""Proxies that take turns under load by wrk.

Each round begins with another one, so that a machine which becomes slower or faster does so for all
of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from loadtests.backends import static
from loadtests.backends.static import StaticBackend
from loadtests.bench import certificate
from loadtests.bench.checks import check, verify
from loadtests.bench.load import Questions, Wrk
from loadtests.bench.measure import MIB, Meter
from loadtests.bench.results import Round
from loadtests.bench.servers.server import Backends, Running, Server, Setup
from loadtests.bench.stage import Stage

WARM_UP: Final = 1
"""Seconds of load before anything is measured."""


class Turns:
    """Two backends, the proxies in front of them, and what they are asked."""

    def __init__(self, stage: Stage, questions: Questions, *, tls: bool = False) -> None:
        self._stage = stage
        self._questions = questions
        ground, cores = stage.ground, stage.cores
        self._certificate = certificate.make(ground) if tls else None
        self._wrk = Wrk(ground, cores.load)
        self._legacy = static.start(ground, "legacy", core=cores.load)
        self._ai = static.start(ground, "ai", core=cores.load)

    def play(self, servers: Sequence[Server], rounds: int, seconds: int) -> dict[str, list[Round]]:
        """Start all, check all, and let them take turns."""
        running = {server.name: self._start(server) for server in servers}
        found: dict[str, list[Round]] = {name: [] for name in running}
        for number in range(rounds):
            for name in rotated(list(running), number):
                found[name].append(measured := self._measure(name, running[name], seconds))
                self._stage.tell(f"round {number + 1}: {name} {measured.cpu_us:.1f} µs a request")
        return found

    def _start(self, server: Server) -> Running:
        setup = Setup(self._stage.cores.proxy, certificate=self._certificate)
        setup = replace(setup, at_once=max(setup.at_once, self._questions.connections))
        backends = Backends(self._legacy.port, self._ai.port)
        running = server.start(self._stage.ground, backends, setup)
        shown = self._certificate
        trusting = None if shown is None else shown.trusting()
        check(server.name, running.port, self._questions, trusting)
        self._wrk.load(running.url, self._questions, WARM_UP)
        return running

    def _measure(self, name: str, running: Running, seconds: int) -> Round:
        before = _counted(self._legacy, self._ai)
        with Meter(running.pid) as meter:
            load = self._wrk.load(running.url, self._questions, seconds)
        after = _counted(self._legacy, self._ai)
        # Looking at a counter is a request too.
        answered = {variant: after[variant] - before[variant] - 1 for variant in before}
        verify(name, self._questions, load, answered)
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


def _counted(legacy: StaticBackend, ai: StaticBackend) -> dict[str, int]:
    return {"legacy": legacy.requests(), "ai": ai.requests()}

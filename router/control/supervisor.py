"""The life of a supervisor: listen → start workers → serve the admin API → drain → end.

It owns the sockets and the processes. What it decides is in `conductor`, what it hears in
`broadcast`.
"""

import asyncio
import contextlib
import logging
import os
import platform
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from router import __version__
from router.control.api.app import admin_app
from router.control.api.probes import Probes
from router.control.api.releases import Releases
from router.control.broadcast import Broadcast
from router.control.child import WORKER, Child
from router.control.conductor import Compile, Conductor
from router.control.events import tell
from router.control.keeper import DRAIN_SLACK, Keeper
from router.control.listening import Address, listen, local_address
from router.control.metrics import Readings
from router.control.telemetry import Ledger
from router.model import BasisPoints
from router.release.state import Release
from router.tasks import TaskOwner

SEATS: Final = ("worker-1",)
"""One worker process serves all traffic."""

ADMIN_PATIENCE: Final = 2.0
"""Seconds that an admin request may still take once everything else has ended."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a supervisor is told. `stages` is by service, `drain_timeout` in seconds.

    `sticky` names the services whose callers stay where they are.
    """

    listen: Sequence[Address]
    admin: Address
    releases: Sequence[Release]
    stages: Mapping[str, tuple[BasisPoints, ...]]
    sticky: frozenset[str]
    compile: Compile
    drain_timeout: float
    clock: Callable[[], float]
    stopwatch: Callable[[], float]
    worker: Sequence[str] = WORKER


class Supervisor:
    """Made inside a running event loop; `run` once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ledger = Ledger()
        self._broadcast = Broadcast(SEATS, self._ledger)
        self._conductor = Conductor(
            releases=plan.releases,
            compile_snapshot=plan.compile,
            workers=self._broadcast,
            totals=self._ledger.totals,
            clock=plan.clock,
            stopwatch=plan.stopwatch,
        )
        self._probes = Probes(self._broadcast, self._readings)
        self._tasks = TaskOwner(self._on_death)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._is_broken = False

    async def run(self) -> bool:
        """Serve until told to stop; return whether the end was an orderly one."""
        with contextlib.ExitStack() as sockets:
            listeners = [
                sockets.enter_context(listen(address, "proxy.listen"))
                for address in self._plan.listen
            ]
            admin = sockets.enter_context(listen(self._plan.admin, "admin.listen"))
            self._heed_signals()
            async with self._serving_admin(admin):
                keepers = self._start_workers(listeners)
                self._tasks.spawn(self._announce(listeners, admin), "announce")
                await self._stop.wait()
                await self._drain(keepers, listeners)
        tell("stopped")
        return not self._is_broken

    # Starting...

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop_signal, number)
        loop.add_signal_handler(signal.SIGHUP, self._on_hangup)

    @contextlib.asynccontextmanager
    async def _serving_admin(self, listener: socket.socket) -> AsyncGenerator[None]:
        plan = self._plan
        releases = Releases(
            self._conductor, plan.stages.__getitem__, lambda service: service in plan.sticky
        )
        runner = web.AppRunner(
            admin_app(releases, self._probes), access_log=None, shutdown_timeout=ADMIN_PATIENCE
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            yield
        finally:
            await runner.cleanup()
            await self._tasks.close()

    def _start_workers(
        self, listeners: Sequence[socket.socket]
    ) -> list[tuple[Keeper, asyncio.Task[None]]]:
        self._conductor.begin()

        async def start() -> Child:
            return await Child.start(listeners, self._plan.worker)

        keepers = [Keeper(seat, self._broadcast, start, self._plan.stopwatch) for seat in SEATS]
        return [(keeper, self._tasks.spawn(keeper.keep(), "keeper")) for keeper in keepers]

    async def _announce(self, listeners: Sequence[socket.socket], admin: socket.socket) -> None:
        """Say it once everything serves: whoever started us waits for this line."""
        await self._broadcast.ready()
        tell(
            "ready",
            listen=[str(local_address(listener)) for listener in listeners],
            admin=str(local_address(admin)),
            pid=os.getpid(),
        )

    # Answering...

    def _readings(self) -> Readings:
        totals = self._ledger.totals()
        releases = self._conductor.releases
        effective = {r.service: self._conductor.effective_percent(r.service) for r in releases}
        return Readings(
            totals=totals,
            releases=releases,
            effective=effective,
            workers=self._broadcast.states(),
            version=__version__,
            python=platform.python_version(),
        )

    # Stopping...

    def _on_stop_signal(self, number: int) -> None:
        if self._stop.is_set():
            self._hurry.set()
        tell("signal", signal=signal.Signals(number).name)
        self._stop.set()

    def _on_hangup(self) -> None:
        tell("reload_not_supported", level=logging.WARNING, instead="restart the router")

    def _on_death(self, task: str, error: BaseException) -> None:
        tell("task_died", failure=error, task=task)
        self._is_broken = True
        self._stop.set()

    async def _drain(
        self,
        keepers: Sequence[tuple[Keeper, asyncio.Task[None]]],
        listeners: Sequence[socket.socket],
    ) -> None:
        """Let the workers finish; whoever comes now is refused at once and tries elsewhere."""
        timeout = self._plan.drain_timeout
        tell("draining", timeout_seconds=timeout)
        self._probes.drain()
        for listener in listeners:
            listener.close()
        for keeper, _ in keepers:
            keeper.drain(timeout)
        hurry = self._tasks.spawn(self._hurry.wait(), "hurry")
        all_ended = self._tasks.spawn(_ended([task for _, task in keepers]), "drain")
        await asyncio.wait(
            [hurry, all_ended],
            timeout=timeout + DRAIN_SLACK,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for keeper, task in keepers:
            if not task.done():
                tell("drain_cut", level=logging.WARNING)
                keeper.kill()
        await all_ended


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)

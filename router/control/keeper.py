"""Keeps one seat occupied: starts a worker, listens to it, and replaces it when it dies."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from router.control.broadcast import Broadcast
from router.control.child import Child
from router.control.events import tell
from router.errors import WireError
from router.wire.messages import Applied, Drain, Telemetry

PROVEN: Final = 10.0
"""Seconds after which a worker's death counts as a first one."""

LONGEST_PAUSE: Final = 5.0
FIRST_PAUSE: Final = 0.1
"""Seconds before a worker is started again that died soon after its predecessor."""

DRAIN_SLACK: Final = 2.0
"""Seconds that a worker gets beyond its drain timeout before it is killed."""


def pause(deaths: int) -> float:
    """Return the seconds to wait after so many deaths in a row: none after the first."""
    if deaths <= 1:
        return 0.0
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(deaths - 2, 10))


class Keeper:
    """Owns one seat and whoever sits on it."""

    def __init__(
        self,
        name: str,
        broadcast: Broadcast,
        start: Callable[[], Awaitable[Child]],
        stopwatch: Callable[[], float],
    ) -> None:
        self._name = name
        self._broadcast = broadcast
        self._start = start
        self._stopwatch = stopwatch
        self._child: Child | None = None
        self._stopping = asyncio.Event()

    async def keep(self) -> None:
        """Run until `drain` was called and the worker has ended."""
        deaths = 0
        while not self._stopping.is_set():
            began = self._stopwatch()
            status = await self._one_life_or_none()
            if self._stopping.is_set():
                return
            deaths = 1 if self._stopwatch() - began > PROVEN else deaths + 1
            tell(
                "worker_died",
                level=logging.ERROR,
                worker=self._name,
                status=status,
                deaths_in_a_row=deaths,
                restart_in_seconds=pause(deaths),
            )
            await self._rest(pause(deaths))

    def drain(self, timeout: float) -> None:
        """Ask the worker to finish; nobody follows it."""
        self._stopping.set()
        if self._child is not None:
            self._child.channel.send(Drain(timeout))

    def kill(self) -> None:
        """End the worker now."""
        self._stopping.set()
        if self._child is not None:
            self._child.kill()

    async def _one_life_or_none(self) -> int | None:
        try:
            return await self._one_life()
        except OSError as error:  # no process, no descriptor or no memory is left
            tell("worker_not_started", level=logging.ERROR, worker=self._name, error=str(error))
            return None

    async def _one_life(self) -> int:
        child = self._child = await self._start()
        tell("worker_started", worker=self._name, pid=child.pid)
        try:
            self._broadcast.join(self._name, child.channel)
            if self._stopping.is_set():  # it was asked to go while it came
                child.channel.send(Drain(0.0))
            await self._listen(child)
        finally:
            # Whoever has hung up, or is not understood, is of no use: the channel is its lifeline.
            child.channel.close()
            status = await self._end(child)
        return status

    async def _listen(self, child: Child) -> None:
        has_applied = False
        while True:
            try:
                message = await child.channel.receive()
            except WireError as error:
                tell("worker_garbled", level=logging.ERROR, worker=self._name, error=str(error))
                child.kill()
                return
            if not isinstance(message, Applied | Telemetry):
                return
            self._broadcast.heard(self._name, message)
            if isinstance(message, Applied) and not has_applied:
                has_applied = True
                tell("worker_ready", worker=self._name, pid=child.pid)

    async def _end(self, child: Child) -> int:
        try:
            return await self._reap(child)
        finally:
            self._broadcast.leave(self._name)
            self._child = None

    async def _reap(self, child: Child) -> int:
        """Wait for the exit of a worker that has hung up; it has nothing left to do."""
        try:
            async with asyncio.timeout(DRAIN_SLACK):
                return await child.wait()
        except TimeoutError:
            tell("worker_killed", level=logging.WARNING, worker=self._name, pid=child.pid)
            child.kill()
            return await child.wait()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

"""One worker from its first word to its end, whoever started it."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from router.control.broadcast import Broadcast
from router.control.census import Census
from router.control.door import Guest
from router.control.events import tell
from router.control.process import Process
from router.control.telemetry import Tallies
from router.errors import WireError
from router.wire.messages import Accepting, Applied, Drain, Leaving, Telemetry, ToSupervisor

SILENCE: Final = 4.0
"""Seconds without a word, although telemetry comes each second."""

BENEFIT: Final = 1.0
"""Seconds more in which a word may still be found: if we were stopped ourselves, it lies there."""

DRAIN_SLACK: Final = 2.0
"""Seconds that a worker gets beyond what it was promised before it is killed."""


@dataclass(frozen=True, slots=True)
class Offices:
    """Where a worker is known: who tells it things, who counts, who says that it may live on."""

    broadcast: Broadcast
    tallies: Tallies
    census: Census

    def write_again(self) -> None:
        """Write all that lies in a folder that was made again."""
        self.census.repeat()
        self.tallies.repeat()


class Life:
    """Made with the worker's first word; `attend` once.

    is_ours: it sits on one of our seats, and may live on without us; else it is an orphan.
    """

    def __init__(
        self,
        name: str,
        process: Process,
        guest: Guest,
        offices: Offices,
        *,
        is_ours: bool = True,
    ) -> None:
        self._name = name
        self._process = process
        self._channel = guest.channel
        self._offices = offices
        offices.tallies.open(name, guest.counters)
        self._is_awaited = is_ours
        self.has_left = False
        """It has said itself that it goes."""

    async def attend(self) -> int | None:
        """Listen to it until it has ended; return its exit status, as far as that is known."""
        offices = self._offices
        offices.broadcast.join(self._name, self._channel, self._process.pid)
        try:
            await self._listen()
        finally:
            # Before anything else: others accept on its slots.
            offices.broadcast.leave(self._name)
            offices.census.remove(self._name)
            # Whoever has hung up, or is not understood, is of no use: the channel is its lifeline.
            self._channel.close()
            status = await self._end()
        return status

    def drain(self, timeout: float) -> None:
        """Ask it to finish."""
        self._channel.send(Drain(timeout))

    async def _listen(self) -> None:
        try:
            while (message := await self._next()) is not None:
                self._heed(message)
        except WireError as error:
            tell("worker_garbled", level=logging.ERROR, worker=self._name, error=str(error))
            self._process.kill()
        except TimeoutError:
            pid = self._process.pid
            tell("worker_silent", level=logging.ERROR, worker=self._name, pid=pid)
            self._process.kill()

    async def _next(self) -> ToSupervisor | None:
        message = await self._received()
        if message is None or isinstance(message, Applied | Accepting | Telemetry | Leaving):
            return message
        raise WireError(f"a worker says no {type(message).__name__}")

    async def _received(self) -> object:
        try:
            async with asyncio.timeout(SILENCE):
                return await self._channel.receive()
        except TimeoutError:
            # What came while this process was stopped is found now, without waiting.
            async with asyncio.timeout(BENEFIT):
                return await self._channel.receive()

    def _heed(self, message: ToSupervisor) -> None:
        self._offices.broadcast.heard(self._name, message)
        if isinstance(message, Leaving):
            self.has_left = True
            self._offices.census.remove(self._name)
        elif isinstance(message, Applied) and self._is_awaited:
            self._is_awaited = False
            self._offices.census.add(self._name, self._process.pid)
            tell("worker_ready", worker=self._name, pid=self._process.pid)

    async def _end(self) -> int | None:
        try:
            return await ended(self._name, self._process)
        finally:
            self._offices.tallies.retire(self._name)


async def ended(name: str, process: Process) -> int | None:
    """Wait for the exit of a worker that has nothing left to do."""
    try:
        async with asyncio.timeout(DRAIN_SLACK):
            return await process.wait()
    except TimeoutError:
        tell("worker_killed", level=logging.WARNING, worker=name, pid=process.pid)
        process.kill()
        return await process.wait()

"""Keeps one seat occupied: starts a worker, attends to it, and replaces it when it ends."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from router.control.door import Door, Guest
from router.control.events import tell
from router.control.life import Life, Offices, ended
from router.control.process import Process

PROVEN: Final = 10.0
"""Seconds after which a worker's death counts as a first one."""

LONGEST_PAUSE: Final = 5.0
FIRST_PAUSE: Final = 0.1
"""Seconds before a worker is started again that died soon after its predecessor."""

ARRIVAL: Final = 20.0
"""Seconds that a new worker may take to say hello."""


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
        start: Callable[[], Process],
        door: Door,
        offices: Offices,
        stopwatch: Callable[[], float],
    ) -> None:
        self._name = name
        self._start = start
        self._door = door
        self._offices = offices
        self._stopwatch = stopwatch
        self._process: Process | None = None
        self._life: Life | None = None
        self._is_replaced = False
        self._stopping = asyncio.Event()

    async def keep(self) -> None:
        """Run until `drain` was called and the worker has ended."""
        deaths = 0
        while not self._stopping.is_set():
            began = self._stopwatch()
            status, has_left = await self._one_life_or_none()
            if self._stopping.is_set():
                return
            if self._is_replaced:  # no fault of the next one: it starts without a pause
                self._is_replaced = False
                continue
            if has_left:
                tell("worker_left", worker=self._name, status=status)
                continue
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
        if self._life is not None:
            self._life.drain(timeout)
        elif self._process is not None:
            self._process.kill()  # it has not served anybody yet

    def replace(self) -> bool:
        """Kill whoever sits here and have another one follow at once; say if anybody did."""
        if self._life is None or self._process is None:
            return False
        self._is_replaced = True
        self._process.kill()
        return True

    def kill(self) -> None:
        """End the worker now."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()

    async def _one_life_or_none(self) -> tuple[int | None, bool]:
        try:
            process = self._process = self._start()
        except OSError as error:  # no process, no descriptor or no memory is left
            tell("worker_not_started", level=logging.ERROR, worker=self._name, error=str(error))
            return None, False
        tell("worker_started", worker=self._name, pid=process.pid)
        try:
            return await self._one_life(process)
        finally:
            self._process = self._life = None

    async def _one_life(self, process: Process) -> tuple[int | None, bool]:
        guest = await self._arrival(process)
        if guest is None:
            return await ended(self._name, process), False
        guest.close_listeners()  # they are ours
        life = self._life = Life(self._name, process, guest, self._offices)
        status = await life.attend()
        return status, life.has_left and status == 0

    async def _arrival(self, process: Process) -> Guest | None:
        """Wait until the worker says hello; None where it never does."""
        coming = self._door.expect(process.pid)
        ending = asyncio.ensure_future(process.wait())
        first: set[asyncio.Future[Any]] = {coming, ending}
        try:
            await asyncio.wait(first, timeout=ARRIVAL, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                return coming.result()
        finally:
            coming.cancel()
            ending.cancel()
        if not ending.done():
            tell("worker_silent", level=logging.ERROR, worker=self._name, pid=process.pid)
            process.kill()
        return None

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

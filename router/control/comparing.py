"""The comparer's life: started where a service shadows, replaced when it dies or hangs.

What it tells is handed to `Keeps`, and acknowledged once it is kept there. It dies with us, so no
predecessor's can be left behind.
"""

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from router.control.child import COMPARER, Child
from router.control.events import tell
from router.control.keeper import PROVEN, pause
from router.control.process import Process
from router.errors import OvertakenError, StoreError, WireError
from router.tasks import TaskOwner
from router.wire.channel import Channel
from router.wire.comparer_socket import bind_comparer, bind_counter
from router.wire.comparing import CompareBy, Compared, Counted, Finish, Kept, StreamSeen

SILENCE: Final = 1.5
"""Seconds without a word, although one comes every half second."""

PATIENCE: Final = 4.0
"""Seconds more that it gets while it computes, or waits for its turn to: it may be the machine."""

ARRIVAL: Final = 20.0
"""Seconds that a new comparer may take to say its first word."""

FINISH_WITHIN: Final = 3.0
"""Seconds in which pairs that wait are compared at the end."""

END_WITHIN: Final = 3.0
"""Seconds more in which that is kept; then it is killed."""

LAST_MOMENT: Final = 1.0
"""Seconds that one that speaks no more may take to end by itself."""

KEEP_AGAIN: Final = 1.0
"""Seconds until what could not be kept is tried again."""


class Keeps(Protocol):
    """Where counts and samples stay."""

    async def add(self, compared: Compared, counter: str) -> None:
        """Keep what was told; ``counter`` names the one comparer whose sums these are.

        Raises `StoreError` where that cannot be done now, and `OvertakenError` where it never can.
        """
        ...


class Comparing:
    """Owns the socket for pairs, and whoever reads there. Made inside a running event loop.

    instance: of this start of the router, like no other. has_counter: pairs are taken over HTTP
    as well.
    """

    def __init__(
        self,
        state_dir: Path,
        keeps: Keeps,
        instance: str,
        stopwatch: Callable[[], float],
        command: Sequence[str] = COMPARER,
        *,
        has_counter: bool = False,
    ) -> None:
        self._state_dir = state_dir
        self._keeps = keeps
        self._instance = instance
        self._stopwatch = stopwatch
        self._command = command
        self._has_counter = has_counter
        self._by: CompareBy | None = None
        self._listening: dict[str, socket.socket] = {}
        self._wanted = asyncio.Event()
        self._stopping = asyncio.Event()
        self._life: Life | None = None
        self._starts = 0
        self._status: int | None = None
        self._before: Counter[tuple[str, str]] = Counter()

    def serve_by(self, by: CompareBy | None) -> None:
        """Compare by these rules from now on; None: nobody's answers."""
        self._by = by
        if by is None:
            self._wanted.clear()
            if self._life is not None:
                self._life.finish()
            return
        self._wanted.set()
        if self._life is not None:
            self._life.tell(by)

    def comparisons(self) -> Mapping[tuple[str, str], int]:
        """Return how many pairs became what, by (service, result), since this router started."""
        return self._before + self._now()

    def stream(self) -> StreamSeen | None:
        """Return how much waits in the stream of pairs, where there is one and it is reached."""
        return None if self._life is None else self._life.stream

    async def keep(self) -> None:
        """Keep one running while it is wanted, until `drain` was called and it has ended."""
        try:
            await self._keep()
        finally:
            self._close()

    def move(self) -> None:
        """Listen anew: the folder was made again."""
        self._close()
        if self._life is not None:
            self._life.kill()

    def drain(self) -> None:
        """Have it compare what waits, and end; nobody follows it."""
        self._stopping.set()
        self._wanted.set()
        if self._life is not None:
            self._life.finish()

    def kill(self) -> None:
        """End it now; nobody follows it."""
        self.drain()
        if self._life is not None:
            self._life.kill()

    async def _keep(self) -> None:
        deaths = 0
        while True:
            await self._wanted.wait()
            if self._stopping.is_set():
                return
            began = self._stopwatch()
            is_over = await self._one_life_or_none()
            if is_over:
                deaths = 0
                continue
            deaths = 1 if self._stopwatch() - began > PROVEN else deaths + 1
            tell(
                "comparer_died",
                level=logging.ERROR,
                status=self._status,
                deaths_in_a_row=deaths,
                restart_in_seconds=pause(deaths),
            )
            await self._rest(pause(deaths))

    async def _one_life_or_none(self) -> bool:
        """Return whether it ended since it was to."""
        self._status = None
        try:
            life = self._life = await self._started()
        except OSError as error:  # no process, no descriptor or no memory is left
            tell("comparer_not_started", level=logging.ERROR, error=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is: those who serve serve on
            tell("task_died", failure=error, task="comparing")
            return False
        if self._by is not None:
            life.tell(self._by)
        if self._by is None or self._stopping.is_set():
            life.finish()
        try:
            return await life.attend()
        finally:
            self._before += self._now()
            self._status = life.status
            self._life = None

    async def _started(self) -> "Life":
        self._listen()
        self._starts += 1
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                sockets = {"channel-fd": theirs, **self._listening}
                numbers = {option: each.fileno() for option, each in sockets.items()}
                child = Child.comparer(self._command, numbers)
            except BaseException:
                ours.close()
                raise
        tell("comparer_started", pid=child.pid)
        counter = f"{self._instance}-{self._starts}"
        return Life(child, await Channel.over(ours), self._keeps, counter)

    def _now(self) -> Counter[tuple[str, str]]:
        return Counter() if self._life is None else self._life.results

    def _listen(self) -> None:
        if "listen-fd" not in self._listening:
            self._listening["listen-fd"] = bind_comparer(self._state_dir)
        if self._has_counter and "counter-fd" not in self._listening:
            self._listening["counter-fd"] = bind_counter(self._state_dir)

    def _close(self) -> None:
        while self._listening:
            _, listening = self._listening.popitem()
            listening.close()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


class Life:
    """One comparer, from its start to its end; `attend` once."""

    def __init__(self, process: Process, channel: Channel, keeps: Keeps, counter: str) -> None:
        self._process = process
        self._channel = channel
        self._keeps = keeps
        self._counter = counter
        self._tasks = TaskOwner(self._on_death)
        self._keeping: asyncio.Task[None] | None = None
        self._is_finishing = False
        self._is_troubled = False
        self._parts: list[Counted] = []
        self.status: int | None = None
        self.results: Counter[tuple[str, str]] = Counter()
        self.stream: StreamSeen | None = None

    def tell(self, by: CompareBy) -> None:
        self._channel.send(by)

    def finish(self) -> None:
        """Have it compare what waits, and end."""
        if not self._is_finishing:
            self._is_finishing = True
            self._channel.send(Finish(FINISH_WITHIN))
            self._tasks.spawn(self._see_it_end(), "end of the comparer")

    def kill(self) -> None:
        self._process.kill()

    async def attend(self) -> bool:
        """Listen to it until it has ended; return whether it was told to."""
        try:
            await self._listen()
        finally:
            self._channel.close()
            self._process.kill()
            if self._keeping is not None:
                await asyncio.wait([self._keeping], timeout=KEEP_AGAIN)
            await self._tasks.close()
            self.status = await self._process.wait()
            await self._channel.wait_closed()
        return self._is_finishing

    async def _listen(self) -> None:
        patience = ARRIVAL
        try:
            while (compared := await self._next(patience)) is not None:
                self._heed(compared)
                patience = SILENCE
            await self._see_its_own_end()
        except WireError as error:
            tell("comparer_garbled", level=logging.ERROR, detail=str(error))
        except TimeoutError:
            tell("comparer_silent", level=logging.ERROR, pid=self._process.pid)

    async def _see_its_own_end(self) -> None:
        """Give it the moment that it takes to end: killed before, it could not say by what."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_MOMENT):
                await self._process.wait()

    async def _next(self, seconds: float) -> Compared | None:
        message = await self._received(seconds)
        if message is None or isinstance(message, Compared):
            return message
        raise WireError(f"a comparer says no {type(message).__name__}")

    async def _received(self, seconds: float) -> object:
        try:
            async with asyncio.timeout(seconds):
                return await self._channel.receive()
        except TimeoutError:
            # What came while this process was stopped is found now, without waiting.
            async with asyncio.timeout(PATIENCE if self._process.is_running() else 0.1):
                return await self._channel.receive()

    def _heed(self, compared: Compared) -> None:
        if compared.is_part:
            self._parts += compared.counted
            return
        self.stream = compared.stream
        self.results = Counter(
            {
                (service, result): count
                for service, results in compared.results.items()
                for result, count in results.items()
            }
        )
        if compared.number:
            compared = replace(compared, counted=[*self._parts, *compared.counted])
            self._parts.clear()
            self._keeping = self._tasks.spawn(self._keep(compared), "keeping")

    async def _keep(self, compared: Compared) -> None:
        """Try until it is kept; until then it tells nothing new."""
        while True:
            try:
                await self._keeps.add(compared, self._counter)
            except OvertakenError as error:
                tell("comparer_overtaken", level=logging.WARNING, detail=str(error))
                self._process.kill()
                return
            except StoreError as error:
                if not self._is_troubled:
                    tell("comparisons_not_kept", level=logging.ERROR, error=str(error))
                self._is_troubled = True
                await asyncio.sleep(KEEP_AGAIN)
                continue
            self._is_troubled = False
            self._channel.send(Kept(compared.number))
            return

    async def _see_it_end(self) -> None:
        await asyncio.sleep(FINISH_WITHIN + END_WITHIN)
        tell("comparer_killed", level=logging.WARNING, pid=self._process.pid)
        self._process.kill()

    def _on_death(self, task: str, error: BaseException) -> None:
        tell("task_died", failure=error, task=task)
        self._process.kill()

"""Load: an open loop that asks at its own pace, and a closed one that always wants the next answer.

Both end in `finish`, which waits for what is in flight; whatever has no answer then never gets one.
"""

import asyncio
import itertools
import math
import ssl
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from typing_extensions import override

from loadtests.faults.book import Ask
from loadtests.faults.caller import Caller, Wish
from loadtests.faults.patience import until
from router.tasks import TaskOwner

PATIENCE: Final = 10.0
"""Seconds that the last answers may take."""
CLOSED_LOOP_PAUSE: Final = 0.01
"""Seconds until a closed loop tries again that could not connect: it may not spin."""
NUMBERS: Final = itertools.count(1)
"""Ids are never used twice, whoever asks."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a router listens."""

    port: int
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None


class Traffic:
    """Callers who share the work of asking; use it as a context, and its `asks` after that.

    keep: seconds after which a connection that nobody has asked on is closed, not used again.
    """

    def __init__(
        self,
        door: Door,
        wishes: Sequence[Wish],
        *,
        is_fresh: bool = False,
        keep: float = math.inf,
    ) -> None:
        self._door = door
        self._is_fresh = is_fresh
        self._keep = keep
        self.wishes = list(wishes)
        """What is asked for in turn; a scene may change it meanwhile."""
        self.asks: Final[list[Ask]] = []
        self.ends: Final[list[str]] = []
        """How connections ended that nobody was asking on."""
        self._idle: deque[Caller] = deque()
        self._callers: set[Caller] = set()
        self._tasks = TaskOwner(self._on_death)
        self._deaths: list[BaseException] = []
        self._is_over = False

    async def open(self, connections: int) -> None:
        """Have so many connections ready."""
        callers = await asyncio.gather(*(self._connect() for _ in range(connections)))
        self._idle.extend(caller for caller in callers if not caller.end)

    def ask(self, wish: Wish) -> Ask:
        """Ask once, by a connection that is free or a new one."""
        ask = Ask(next(NUMBERS), wish.service, time.monotonic())
        self.asks.append(ask)
        request = wish.request(ask.number, is_last=self._is_fresh)
        while self._idle and self._idle[0].freed < ask.began - self._keep:
            self._idle.popleft().hang_up()
        if self._idle:
            self._idle.popleft().send(ask, request)
        else:
            self._tasks.spawn(self._ask_on_a_new_one(ask, request), "ask")
        return ask

    async def finish(self, patience: float = PATIENCE) -> None:
        """Ask no more, wait for what is in flight, and hang up."""
        self._is_over = True
        await until(lambda: all(ask.is_over for ask in self.asks), patience)
        for ask in self.asks:
            if not ask.is_over:
                ask.ended, ask.failure = time.monotonic(), "unanswered"
        await self._tasks.close()
        for caller in list(self._callers):
            caller.ask = None
            caller.hang_up()
        if self._deaths:
            raise self._deaths[0]

    @property
    def answered(self) -> int:
        return sum(not ask.has_failed for ask in self.asks)

    def in_flight(self) -> list[Ask]:
        return [ask for ask in self.asks if not ask.is_over]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.finish()

    # Own...

    def _next_wish(self) -> Wish:
        return self.wishes[len(self.asks) % len(self.wishes)]

    async def _ask_on_a_new_one(self, ask: Ask, request: bytes) -> None:
        try:
            caller = await self._connect()
        except OSError:
            ask.ended, ask.failure = time.monotonic(), "refused"
            self._on_refusal()
        else:
            caller.send(ask, request)

    async def _connect(self) -> Caller:
        loop = asyncio.get_running_loop()
        _, caller = await loop.create_connection(
            lambda: Caller(self._on_free, self._on_end),
            self._door.host,
            self._door.port,
            ssl=self._door.tls,
            server_hostname="localhost" if self._door.tls else None,
        )
        if not caller.end:
            self._callers.add(caller)
        return caller

    def _on_free(self, caller: Caller) -> None:
        self._idle.append(caller)

    def _on_refusal(self) -> None:
        """A connection could not be made."""

    def _on_end(self, caller: Caller) -> None:
        self._callers.discard(caller)
        if caller in self._idle:
            self._idle.remove(caller)
            if not self._is_over:
                self.ends.append(caller.end)

    def _on_death(self, _: str, error: BaseException) -> None:
        self._deaths.append(error)


class Steady(Traffic):
    """An open loop: so many a second, whether or not anybody answers."""

    def __init__(
        self,
        door: Door,
        wishes: Sequence[Wish],
        rate: float,
        *,
        is_fresh: bool = False,
        keep: float = math.inf,
    ) -> None:
        super().__init__(door, wishes, is_fresh=is_fresh, keep=keep)
        self._every = 1 / rate
        self._due = 0.0

    @override
    async def __aenter__(self) -> Self:
        self._due = asyncio.get_running_loop().time()
        self._tick()
        return self

    def _tick(self) -> None:
        if self._is_over:
            return
        loop = asyncio.get_running_loop()
        while self._due <= loop.time():
            self._due += self._every
            self.ask(self._next_wish())
        loop.call_at(self._due, self._tick)


class Full(Traffic):
    """A closed loop: so many callers who always want the next answer."""

    def __init__(self, door: Door, wishes: Sequence[Wish], callers: int) -> None:
        super().__init__(door, wishes)
        self._callers_wanted = callers

    @override
    async def __aenter__(self) -> Self:
        for _ in range(self._callers_wanted):
            self._go_on()
        return self

    @override
    def _on_free(self, caller: Caller) -> None:
        super()._on_free(caller)
        self._go_on()

    @override
    def _on_end(self, caller: Caller) -> None:
        super()._on_end(caller)
        self._go_on()

    @override
    def _on_refusal(self) -> None:
        asyncio.get_running_loop().call_later(CLOSED_LOOP_PAUSE, self._go_on)

    def _go_on(self) -> None:
        if not self._is_over:
            self.ask(self._next_wish())


def asks_of(*traffics: Traffic) -> list[Ask]:
    """Return what all of them asked."""
    return [ask for traffic in traffics for ask in traffic.asks]


def seconds_of(asks: Iterable[Ask]) -> list[float]:
    """Return how long the answers took."""
    return [ask.seconds for ask in asks if not ask.has_failed]

"""Clients that send one byte a second, in great number: how long may they, and at what cost?"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Final, cast

from typing_extensions import override

from loadtests import family
from loadtests.faults.traffic import Door

TICK: Final = 0.01
"""Seconds between two bursts of bytes."""
TURNS: Final = 100
"""Bursts until each client has had its turn."""
PAUSE: Final = 0.001
"""Seconds between one client and the next."""
HEAD: Final = b"GET /answers/0 HTTP/1.1\r\nhost: faults.example.com\r\nx-slow: "
CLIENT_HELLO: Final = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
"""How a handshake of 512 bytes begins: RFC 8446, 4.1.2 and 5.1."""


class Dripping(asyncio.Protocol):
    """One of them. It begins with the first bytes of `head`, and never comes to an end."""

    def __init__(self, head: bytes = HEAD) -> None:
        self._bytes: Iterator[int] = itertools.chain(head, itertools.repeat(ord("a")))
        self.began = time.monotonic()
        self.ended = 0.0
        self.answer = b""
        self._transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.drip()  # until the first byte it is idle, not slow

    @override
    def data_received(self, data: bytes) -> None:
        self.answer += data

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = time.monotonic()

    def drip(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(bytes([next(self._bytes)]))

    def hang_up(self) -> None:
        self._transport.abort()


def shaking_hands() -> Dripping:
    """Make one that drips its handshake, where TLS is spoken."""
    return Dripping(CLIENT_HELLO)


class Crowd:
    """All of them. The first third finds memory that lies ready, so the others' is what is told."""

    def __init__(
        self, door: Door, clients: int, pids: list[int], make: Callable[[], Dripping] = Dripping
    ) -> None:
        self.dripping: Final[list[Dripping]] = []
        self._door: Final = door
        self._clients: Final = clients
        self._pids: Final = pids
        self._make: Final = make
        self._base = self._most = 0

    @property
    def cut_after(self) -> list[float]:
        """The seconds after which they were cut, of those who were."""
        return [each.ended - each.began for each in self.dripping if each.ended]

    @property
    def told(self) -> int:
        """How many of them were told why."""
        return sum(each.answer.startswith(b"HTTP/1.1 408 ") for each in self.dripping)

    @property
    def bytes_each(self) -> float:
        return (self._most - self._base) / (self._clients - self._clients // 3)

    async def play(self, patience: float) -> None:
        """Come one after the other, and drip until all are cut or it takes too long."""
        await self._grow(self._clients // 3)
        self._base = self._most = self._memory()
        await self._grow(self._clients)
        latest = time.monotonic() + patience
        while not all(each.ended for each in self.dripping) and time.monotonic() < latest:
            self._most = max(self._most, self._memory())
            await self._drip_once_each()
        for each in self.dripping:
            if not each.ended:
                each.hang_up()

    async def _grow(self, clients: int) -> None:
        loop, door = asyncio.get_running_loop(), self._door
        while len(self.dripping) < clients:
            _, one = await loop.create_connection(
                self._make,
                door.host,
                door.port,
                ssl=door.tls,
                server_hostname="localhost" if door.tls else None,
            )
            self.dripping.append(one)
            await asyncio.sleep(PAUSE)

    async def _drip_once_each(self) -> None:
        for turn in range(TURNS):
            for each in self.dripping[turn::TURNS]:
                each.drip()
            await asyncio.sleep(TICK)

    def _memory(self) -> int:
        return family.resident_bytes(self._pids)

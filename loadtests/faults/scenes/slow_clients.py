"""1,500 clients that send their headers byte by byte: who notices, what do they cost, how long?"""

import asyncio
import itertools
import time
from typing import Final, cast

from typing_extensions import override

from loadtests import family
from loadtests.family import KIB
from loadtests.faults.caller import Wish
from loadtests.faults.promise import Promise, at_most, holds, none, p99
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady, seconds_of

CLIENTS: Final = 1500
TICK: Final = 0.01
"""Seconds between two bursts of bytes; each client has its turn once a second."""
TURNS: Final = 100
PAUSE: Final = 0.001
"""Seconds between one client and the next: all have come within three seconds or so."""
RATE: Final = 200.0
LINES: Final = 16
P99_MS: Final = 5.0
CUT_AFTER: Final = 15.0
BYTES_EACH: Final = 5 * KIB
HEAD: Final = f"GET /{SERVICE}/0 HTTP/1.1\r\nhost: faults.example.com\r\nx-slow: ".encode()


class Dripping(asyncio.Protocol):
    """One of them."""

    def __init__(self) -> None:
        self._bytes = itertools.chain(HEAD, itertools.repeat(ord("a")))
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


class Crowd:
    """All of them. The first third finds memory that lies ready, so the others' is what is told."""

    def __init__(self, router: Router, clients: int) -> None:
        self.dripping: Final[list[Dripping]] = []
        self._clients: Final = clients
        self._door: Final = router.door
        self._pids: Final = [member.pid for member in family.members(router.supervisor.pid)]
        self._base = self._most = 0

    @property
    def bytes_each(self) -> float:
        return (self._most - self._base) / (self._clients - self._clients // 3)

    async def play(self) -> None:
        """Come one after the other, and drip until all are cut or it is too late."""
        await self._grow(self._clients // 3)
        self._base = self._most = self._memory()
        await self._grow(self._clients)
        latest = time.monotonic() + CUT_AFTER
        while not all(each.ended for each in self.dripping) and time.monotonic() < latest:
            self._most = max(self._most, self._memory())
            await self._drip_once_each()

    async def _grow(self, clients: int) -> None:
        while len(self.dripping) < clients:
            loop = asyncio.get_running_loop()
            made = await loop.create_connection(Dripping, self._door.host, self._door.port)
            self.dripping.append(made[1])
            await asyncio.sleep(PAUSE)

    async def _drip_once_each(self) -> None:
        for turn in range(TURNS):
            for each in self.dripping[turn::TURNS]:
                each.drip()
            await asyncio.sleep(TICK)

    def _memory(self) -> int:
        return family.resident_bytes(self._pids)


async def play(stage: Stage) -> list[Promise]:
    """Let them drip while others ask."""
    router = await stage.router()
    clients = CLIENTS // 10 if stage.is_quick else CLIENTS
    traffic = Steady(router.door, [Wish(SERVICE), Wish(SERVICE, method="POST")], RATE)
    await traffic.open(LINES)
    async with traffic:
        await asyncio.sleep(1.0)
        crowd = Crowd(router, clients)
        await crowd.play()
    dripping = crowd.dripping
    for each in dripping:
        each.hang_up()
    verdict = stage.judge(traffic)
    cut = [each.ended - each.began for each in dripping if each.ended]
    return [
        none("other request fails", verdict.failed, verdict.asked),
        at_most("p99 of the others", p99(seconds_of(traffic.asks)) * 1000, P99_MS, "ms"),
        holds(
            f"every drip is cut within {CUT_AFTER:g} s",
            len(cut) == clients and max(cut) <= CUT_AFTER,
            f"{len(cut)} of {clients} cut, the last after {max(cut, default=0.0):.1f} s",
        ),
        holds("it is told why: 408", _told(dripping) == clients, f"{_told(dripping)} were told"),
        at_most("memory of each", crowd.bytes_each / KIB, BYTES_EACH / KIB, "KiB"),
    ]


def _told(dripping: list[Dripping]) -> int:
    return sum(each.answer.startswith(b"HTTP/1.1 408 ") for each in dripping)

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
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Door, Steady, seconds_of

CLIENTS: Final = 1500
TICK: Final = 0.01
"""Seconds between two bursts of bytes; each client has its turn once a second."""
TURNS: Final = 100
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
        self.began = self.ended = 0.0
        self.answer = b""
        self._transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.began = time.monotonic()

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


async def play(stage: Stage) -> list[Promise]:
    """Let them drip while others ask."""
    router = await stage.router()
    clients = CLIENTS // 10 if stage.is_quick else CLIENTS
    traffic = Steady(router.door, [Wish(SERVICE), Wish(SERVICE, method="POST")], RATE)
    await traffic.open(LINES)
    async with traffic:
        await asyncio.sleep(1.0)
        pids = [member.pid for member in family.members(router.supervisor.pid)]
        before = family.resident_bytes(pids)
        dripping = await _connect(router.door, clients)
        bytes_each = await _drip(dripping, pids, before)
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
        at_most("memory of each", bytes_each / KIB, BYTES_EACH / KIB, "KiB"),
    ]


async def _connect(door: Door, clients: int) -> list[Dripping]:
    loop = asyncio.get_running_loop()
    made: list[Dripping] = []
    for _ in range(clients):
        _, dripping = await loop.create_connection(Dripping, door.host, door.port)
        made.append(dripping)
    return made


async def _drip(dripping: list[Dripping], pids: list[int], before: int) -> float:
    """Drip until all are cut or too late; return the most memory that each took."""
    most = 0
    latest = time.monotonic() + CUT_AFTER + 1.0
    turns = itertools.cycle(range(TURNS))
    while any(not each.ended for each in dripping) and time.monotonic() < latest:
        turn = next(turns)
        for each in dripping[turn::TURNS]:
            each.drip()
        if turn == 0:
            most = max(most, family.resident_bytes(pids) - before)
        await asyncio.sleep(TICK)
    return most / len(dripping)


def _told(dripping: list[Dripping]) -> int:
    return sum(each.answer.startswith(b"HTTP/1.1 408 ") for each in dripping)

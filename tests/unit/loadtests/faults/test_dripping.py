import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from typing import cast

import pytest
from typing_extensions import override

from loadtests.faults import dripping
from loadtests.faults.dripping import CLIENT_HELLO, HEAD, Crowd, shaking_hands
from loadtests.faults.traffic import Door

CLIENTS = 6
BYTES = 3
GIVES_UP = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n"


class Impatient(asyncio.Protocol):
    """Cuts whoever has sent so many bytes, or nobody."""

    def __init__(self, heard: list[bytes], after: int) -> None:
        self._heard = heard
        self._after = after
        self._received = b""
        self._transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) == self._after:
            self._heard.append(self._received)
            self._transport.write(GIVES_UP)
            self._transport.close()


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dripping, "TICK", 0.0001)


@contextlib.asynccontextmanager
async def server(heard: list[bytes], after: int) -> AsyncIterator[Door]:
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Impatient(heard, after), "127.0.0.1", 0) as opened:
        yield Door(opened.sockets[0].getsockname()[1])


async def test_everybody_drips_a_request_until_it_is_cut() -> None:
    heard: list[bytes] = []
    async with server(heard, BYTES) as door:
        crowd = Crowd(door, CLIENTS, [os.getpid()])
        await crowd.play(10.0)
    assert heard == [HEAD[:BYTES]] * CLIENTS
    assert crowd.told == len(crowd.cut_after) == CLIENTS


async def test_some_drip_a_handshake_instead() -> None:
    heard: list[bytes] = []
    async with server(heard, BYTES) as door:
        await Crowd(door, CLIENTS, [os.getpid()], shaking_hands).play(10.0)
    assert heard == [CLIENT_HELLO[:BYTES]] * CLIENTS


async def test_whom_nobody_cuts_is_not_counted_and_leaves_in_the_end() -> None:
    async with server([], 10_000) as door:
        crowd = Crowd(door, CLIENTS, [os.getpid()])
        await crowd.play(0.05)
    assert crowd.cut_after == []
    assert crowd.told == 0

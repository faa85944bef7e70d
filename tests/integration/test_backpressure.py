"""Whoever is slow slows down the other side; the router holds no more than a little of what waits.

The kernel's own buffers hold some megabytes on each hop, so what counts is the worker's memory, and
that the sender is stopped before its end.
"""

import asyncio
from typing import Final

import pytest

from tests.support.raw import RawSocket
from tests.support.recording_backend import OK, RecordingBackend
from tests.support.strict import read_any_head
from tests.support.worker import Gateway

GET: Final = b"GET /case HTTP/1.1\r\nHost: service.example\r\nConnection: close\r\n\r\n"
BLOCK: Final = bytes(range(256)) * 256
MEGABYTE: Final = 1024 * 1024
SIZE: Final = 64 * MEGABYTE
"""Bytes; several times what the kernel holds between a backend and a client."""
FEW: Final = 4 * MEGABYTE
"""Bytes by which the worker may grow, whatever waits."""

HEADS: Final = {
    "of a length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "until the end": b"HTTP/1.1 200 OK\r\n\r\n",
}


async def pour(into: RawSocket, size: int = SIZE, *, chunked: bool = False) -> None:
    """Send ``size`` bytes."""
    block = b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK) if chunked else BLOCK
    for _ in range(size // len(BLOCK)):
        assert await into.send(block)
    if chunked:
        await into.send(b"0\r\n\r\n")


class Growth:
    """By how many bytes the worker's memory has grown since this was made."""

    def __init__(self, gateway: Gateway) -> None:
        self._worker = gateway.worker
        self._before = self._worker.resident_bytes()
        self.highest = 0

    def measure(self) -> int:
        grown = self._worker.resident_bytes() - self._before
        self.highest = max(self.highest, grown)
        return grown

    async def watch(self) -> None:
        """Measure ten times a second, until cancelled."""
        while True:
            self.measure()
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("kind", HEADS)
async def test_a_client_that_does_not_read_stops_the_backend(
    gateway: Gateway, backend: RecordingBackend, kind: str
) -> None:
    gateway.serve(backend)
    async with await gateway.connect(receive_buffer=64 * 1024) as client:
        await client.send(GET)
        peer = await backend.accepted()
        await peer.request()
        memory = Growth(gateway)
        await peer.send(HEADS[kind])
        pouring = asyncio.ensure_future(pour(peer, chunked=kind == "chunked"))
        await peer.stalled()
        assert not pouring.done()
        assert memory.measure() < FEW
        swallowing = asyncio.ensure_future(client.swallow())
        await pouring
        peer.close()
        assert await swallowing > SIZE
        assert client.ending == "clean"


@pytest.mark.parametrize("chunked", [False, True], ids=["of a length", "chunked"])
async def test_a_backend_that_does_not_read_stops_the_client(
    gateway: Gateway, backend: RecordingBackend, chunked: bool
) -> None:
    gateway.serve(backend)
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % SIZE
    head = b"POST /case HTTP/1.1\r\nHost: service.example\r\n%b\r\n\r\n" % framing
    async with await gateway.ask(head) as client:
        peer = await backend.accepted()
        request = await peer.head()
        memory = Growth(gateway)
        pouring = asyncio.ensure_future(pour(client, chunked=chunked))
        await client.stalled()
        assert not pouring.done()
        assert memory.measure() < FEW
        await peer.body(request)
        await pouring
        assert len(request.body) == SIZE
        assert request.body[: len(BLOCK)] == request.body[-len(BLOCK) :] == BLOCK
        await peer.send(OK)
        assert (await read_any_head(client)).status == 200


async def test_a_tunnels_slow_end_stops_the_other(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    upgrade = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    async with await gateway.ask(upgrade) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        assert (await read_any_head(client)).status == 101
        memory = Growth(gateway)
        there = asyncio.ensure_future(pour(client))
        back = asyncio.ensure_future(pour(peer))
        await client.stalled()
        await peer.stalled()
        assert not there.done()
        assert not back.done()
        assert memory.measure() < FEW
        there.cancel()
        back.cancel()


async def test_one_slow_client_does_not_slow_down_another(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.connect(receive_buffer=64 * 1024) as slow:
        await slow.send(GET)
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS["of a length"])
        pouring = asyncio.ensure_future(pour(peer))
        await peer.stalled()
        async with await gateway.ask(GET) as quick:
            other = await backend.accepted()
            await other.request()
            await other.send(OK)
            assert (await quick.read_to_end()).endswith(b"ok")
        pouring.cancel()


async def test_a_client_that_leaves_while_it_holds_up_the_backend_ends_it(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.connect(receive_buffer=64 * 1024) as client:
        await client.send(GET)
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS["chunked"])
        pouring = asyncio.ensure_future(pour(peer, chunked=True))
        await peer.stalled()
    with pytest.raises(AssertionError):
        await pouring
    await peer.gone()


@pytest.mark.slow
async def test_a_gigabyte_passes_through_in_little_memory(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        size = 1024 * MEGABYTE
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        memory = Growth(gateway)
        watching = asyncio.ensure_future(memory.watch())
        swallowing = asyncio.ensure_future(client.swallow())
        await pour(peer, size)
        assert await swallowing > size
        watching.cancel()
        assert memory.highest < 16 * MEGABYTE

import asyncio
import contextlib
import socket

import uvloop

from router.proxy.turns import FULL_READ, give_turn_away


class Reader(asyncio.Protocol):
    """Notes what happens to it; it reads on when it is told to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.has_read_on = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.heard.append(f"read {data.decode()}")

    def read_on(self) -> None:
        self.heard.append("read on")
        self.has_read_on.set()


async def test_whoever_gives_its_turn_away_reads_on_after_those_who_waited() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport, reader = await asyncio.get_running_loop().create_connection(Reader, sock=ours)
        asyncio.get_running_loop().call_soon(reader.heard.append, "another")
        give_turn_away(transport, reader)
        assert reader.heard == []
        assert not transport.is_reading()
        await reader.has_read_on.wait()
        transport.close()
    assert reader.heard == ["another", "read on"]


class Measurer(asyncio.Protocol):
    """Notes how much is read at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.is_over = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.sizes.append(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over.set()


def fill(pipe: socket.socket) -> int:
    """Send as much as the kernel takes."""
    pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * FULL_READ)
    pipe.setblocking(False)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += pipe.send(b"x" * 16_384)
    return sent


async def sizes_of_reads() -> tuple[int, list[int]]:
    ours, theirs = socket.socketpair()
    with theirs:
        sent = fill(theirs)
        _, measurer = await asyncio.get_running_loop().create_connection(Measurer, sock=ours)
        theirs.shutdown(socket.SHUT_WR)
        await measurer.is_over.wait()
    return sent, measurer.sizes


def test_the_loop_that_we_use_fills_its_buffer_with_a_full_read() -> None:
    sent, sizes = uvloop.run(sizes_of_reads())
    assert sum(sizes) == sent
    assert sent > FULL_READ + 16_384
    assert min(sizes[:-1]) >= FULL_READ

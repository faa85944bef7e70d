"""A TCP connection with nothing between the test and the bytes.

asyncio's transports close themselves when a write fails and throw away what was still to be read;
here a refusal that arrives while we are still sending is read to its last byte.
"""

import asyncio
import enum
import socket
import struct
from typing import Final, Self

PATIENCE: Final = 5.0
"""Seconds that a test waits for bytes that must come."""

STALL: Final = 0.3
"""Seconds without a byte taken, after which somebody who could read is not reading."""

CHUNK: Final = 256 * 1024
"""Bytes taken from the kernel at once."""


class Ending(enum.StrEnum):
    """How the other side ended the connection."""

    CLEAN = "clean"
    RESET = "reset"


class EndedError(Exception):
    """The other side ended the connection before what was waited for arrived."""

    def __init__(self, ending: Ending, rest: bytes) -> None:
        super().__init__(f"the connection ended ({ending}) after {rest[-200:]!r}")
        self.ending: Final = ending
        self.rest: Final = rest


class RawSocket:
    """One connection; `received` keeps every byte that ever arrived."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received: Final = bytearray()
        self.sent = 0
        self.ending: Ending | None = None
        self._socket: Final = connected
        self._taken = 0

    @classmethod
    async def connect(
        cls, port: int, *, source: str = "127.0.0.1", receive_buffer: int | None = None
    ) -> Self:
        """Connect to ``port``; each `source` in 127.0.0.0/8 is a client of its own."""
        connecting = socket.socket()
        if receive_buffer is not None:
            connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connecting.setblocking(False)
        connecting.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(connecting, ("127.0.0.1", port))
        return cls(connecting)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    # Sending...

    async def send(self, content: bytes) -> bool:
        """Send all of it; False when the other side takes no more (it may still be read)."""
        view = memoryview(content)
        while view:
            try:
                count = await self._send_some(view)
            except ConnectionError:
                return False
            self.sent += count
            view = view[count:]
        return True

    async def send_in_pieces(self, content: bytes, size: int = 1) -> bool:
        """Send in many small packets; everybody else gets a turn between two of them."""
        for start in range(0, len(content), size):
            if not await self.send(content[start : start + size]):
                return False
            await asyncio.sleep(0)
        return True

    async def stalled(self) -> None:
        """Wait until the other side takes nothing more of what is being sent."""
        before = -1
        while before != self.sent:
            before = self.sent
            await asyncio.sleep(STALL)

    async def _send_some(self, view: memoryview) -> int:
        try:
            return self._socket.send(view)
        except BlockingIOError:
            await self._writable()
            return 0

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_writer(self._socket, _settle, ready)
        try:
            await ready
        finally:
            loop.remove_writer(self._socket)

    # Receiving...

    async def read_until(self, mark: bytes) -> bytes:
        """Return everything up to and with ``mark``."""
        while (at := self.received.find(mark, self._taken)) < 0:
            await self._receive()
        return self._take(at + len(mark) - self._taken)

    async def read_exactly(self, count: int) -> bytes:
        while len(self.received) - self._taken < count:
            await self._receive()
        return self._take(count)

    async def read_to_end(self) -> bytes:
        """Return everything up to the end; how it ended stands in `ending`."""
        try:
            while True:
                await self._receive()
        except EndedError:
            return self._take(len(self.received) - self._taken)

    async def swallow(self) -> int:
        """Read to the end and keep nothing; return how many bytes came that were not yet read."""
        count = 0
        try:
            while True:
                count += len(self.received) - self._taken
                self.received.clear()
                self._taken = 0
                await self._receive()
        except EndedError:
            return count

    async def gone(self) -> Ending:
        """Wait until the other side has ended the connection; bytes that still come are kept."""
        try:
            while True:
                await self._receive()
        except EndedError as ended:
            return ended.ending

    def unread(self) -> bytes:
        """What has arrived and was not yet asked for."""
        return bytes(self.received[self._taken :])

    def rewind(self) -> None:
        """Read again from the first byte."""
        self._taken = 0

    def _take(self, count: int) -> bytes:
        start, self._taken = self._taken, self._taken + count
        return bytes(self.received[start : self._taken])

    async def _receive(self) -> None:
        if self.ending is None:
            self.ending = await self._more()
        if self.ending is not None:
            raise EndedError(self.ending, self.unread())

    async def _more(self) -> Ending | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                arrived = await loop.sock_recv(self._socket, CHUNK)
        except ConnectionError:
            return Ending.RESET
        self.received.extend(arrived)
        return None if arrived else Ending.CLEAN

    # Ending...

    def finish(self) -> None:
        """Send FIN: nothing more comes from here, but we still read."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End with RST instead of FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        self._socket.close()


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)

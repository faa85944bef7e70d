"""A transport without a socket: what a protocol does to it shows, and nothing happens by itself.

It is stricter than the real ones: what asyncio or uvloop would forgive on one day and punish on
another (a write or a pause behind the end) fails at once.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

RESET = (socket.SOL_SOCKET, socket.SO_LINGER)


class Socket:
    """Remembers its options."""

    def __init__(self) -> None:
        self.options: dict[tuple[int, int], object] = {}

    def setsockopt(self, level: int, option: int, value: object) -> None:
        self.options[level, option] = value


class FakeTransport(asyncio.Transport):
    """What one protocol is connected to. `unsent` is what the other side has not taken."""

    def __init__(self, protocol: asyncio.Protocol, peer: object = ("203.0.113.9", 40_000)) -> None:
        self.socket = Socket()
        self.extra: dict[str, object] = {"peername": peer, "socket": self.socket}
        super().__init__(self.extra)
        self.protocol = protocol
        self.written = b""
        self.wrote = asyncio.Event()
        self.unsent = 0
        self._reads = True
        self.has_halves = True
        """Without TLS one direction can end while the other goes on."""
        self.is_ended = False
        self.is_aborted = False
        self.is_lost = False
        self._is_closing = False
        protocol.connection_made(self)

    # Asked by the protocol...

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        if self.is_ended:
            raise RuntimeError("written behind the end")
        if not self._is_closing:
            self.written += data
            self.wrote.set()

    def can_write_eof(self) -> bool:
        return self.has_halves

    def write_eof(self) -> None:
        assert self.has_halves, "ended by half with TLS"
        assert not self.is_ended, "ended twice"
        self.is_ended = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def abort(self) -> None:
        self._is_closing = self.is_aborted = True

    def pause_reading(self) -> None:
        assert not self._is_closing, "paused behind the end"
        self._reads = False

    def resume_reading(self) -> None:
        assert not self._is_closing, "resumed behind the end"
        self._reads = True

    # Told by the test...

    def receive(self, *pieces: bytes) -> None:
        """Let bytes come, until the protocol closes; a paused one is given none."""
        for piece in pieces:
            if self._is_closing:
                return
            assert self._reads, "a paused protocol is given no bytes"
            self.protocol.data_received(piece)

    def end(self) -> None:
        """Let the other side end its half; who does not keep theirs open is closed."""
        if not self.protocol.eof_received():
            self.close()
            self.lose()

    def lose(self, error: Exception | None = None) -> None:
        """Tell the protocol that the connection is gone."""
        assert not self.is_lost
        self._is_closing = self.is_lost = True
        self.protocol.connection_lost(error)

    def fill(self, unsent: int = 100_000) -> None:
        """Let the other side take nothing until `flush`."""
        self.unsent = unsent
        self.protocol.pause_writing()

    def flush(self) -> None:
        self.unsent = 0
        self.protocol.resume_writing()

    def take_written(self) -> bytes:
        """Return what was written since the last time."""
        written, self.written = self.written, b""
        return written

    def reads(self) -> bool:
        return self._reads

    @property
    def is_reset(self) -> bool:
        """Tell whether the other side sees a reset, and not an end."""
        return self.is_aborted and RESET in self.socket.options


class Clock:
    """Stands still until it is set."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def no_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that does nothing, for those who would only need one to run by themselves."""
    return cast("asyncio.AbstractEventLoop", None)


def at_once(call: Callable[[], None]) -> None:
    """Let nothing wait for the end of a turn."""
    call()

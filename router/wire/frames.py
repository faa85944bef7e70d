"""Frames of bytes, sans-I/O: a length of four bytes (big-endian), then so many bytes."""

from collections.abc import Iterator
from typing import Final

from router.errors import WireError

LENGTH: Final = 4
"""Bytes that say how long a frame's body is."""


def frame(body: bytes) -> bytes:
    """Return the frame that holds ``body``."""
    return len(body).to_bytes(LENGTH, "big") + body


class Frames:
    """Collects chunks and gives back whole bodies. After a `WireError` it is of no more use."""

    __slots__ = ("_buffer", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take ``chunk`` and yield every body that it completes."""
        self._buffer += chunk
        while (body := self._next_body()) is not None:
            yield body

    def _next_body(self) -> bytes | None:
        if len(self._buffer) < LENGTH:
            return None
        length = int.from_bytes(self._buffer[:LENGTH], "big")
        if length > self._most:
            raise WireError(f"a frame of {length} bytes is announced, at most {self._most} fit")
        end = LENGTH + length
        if len(self._buffer) < end:
            return None
        body = bytes(memoryview(self._buffer)[LENGTH:end])
        del self._buffer[:end]
        return body

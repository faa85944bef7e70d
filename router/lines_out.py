"""Lines of a log on their way out: whoever has something to say waits for no reader.

What is to be told is handed to a thread of its own, which makes lines of it and writes them. When
nobody reads them fast enough they are dropped and counted: a pipe that nobody empties, a disk that
hangs or a terminal that was stopped (Ctrl-S) would otherwise stop the event loop, and with it the
lease and every signal.
"""

import os
import queue
import select
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

MOST_WAITING: Final = 10_000
"""Lines that wait to be written; beyond it they are dropped."""

LARGEST_WRITE: Final = 4096
"""Bytes: so many go into a pipe in one piece, also when others write into it (PIPE_BUF)."""

T = TypeVar("T")


class LinesOut(Generic[T]):
    """Writes a line for each thing that it is given, in their order, to ``descriptor``.

    ``on_dropped`` is told by whoever calls `add` or `flush`, never by the thread.
    """

    def __init__(
        self,
        descriptor: int,
        line_of: Callable[[T], bytes],
        on_dropped: Callable[[int], None],
        name: str,
    ) -> None:
        self._descriptor = descriptor
        self._line_of = line_of
        self._on_dropped = on_dropped
        self._name = name
        self._fresh: list[T] = []
        self._waiting: queue.SimpleQueue[list[T] | None] = queue.SimpleQueue()
        self._handed = 0
        self._writer: threading.Thread | None = None
        self._unwritable_told = 0
        # These two are changed by the thread alone, all others by the caller alone.
        self._written = 0
        self._unwritable = 0

    def add(self, told: T) -> None:
        """Take it; it is written after the next `flush`."""
        if self._handed - self._written + len(self._fresh) < MOST_WAITING:
            self._fresh.append(told)
        else:
            self._on_dropped(1)

    def flush(self) -> None:
        """Hand what was taken to the thread, which begins with the first line."""
        self._tell_unwritable()
        if not (self._fresh and self._has_writer()):
            return
        self._handed += len(self._fresh)
        self._waiting.put(self._fresh)
        self._fresh = []

    def close(self, within: float) -> None:
        """Write what is left, if that takes no longer than so many seconds."""
        self.flush()
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join(within)
            self._tell_unwritable()

    def _has_writer(self) -> bool:
        if self._writer is None:
            writer = threading.Thread(target=self._write, name=self._name, daemon=True)
            try:
                writer.start()
            except RuntimeError:  # no thread is left; what is fresh waits for the next flush
                return False
            self._writer = writer
        return True

    def _tell_unwritable(self) -> None:
        unwritable = self._unwritable
        if unwritable > self._unwritable_told:
            self._on_dropped(unwritable - self._unwritable_told)
            self._unwritable_told = unwritable

    # In the thread...

    def _write(self) -> None:
        while (batch := self._waiting.get()) is not None:
            for piece in pieces([self._line_of(told) for told in batch]):
                self._put(piece)
            self._written += len(batch)

    def _put(self, piece: bytes) -> None:
        while piece:
            try:
                piece = piece[os.write(self._descriptor, piece) :]
            except BlockingIOError:  # another program has made it so, of a pipe that it shares
                _wait_until_writable(self._descriptor)
            except OSError:  # nobody listens any more, or the disk is full
                self._unwritable += piece.count(b"\n")
                return


def _wait_until_writable(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


def pieces(lines: list[bytes]) -> list[bytes]:
    """Join lines into writes of at most `LARGEST_WRITE` bytes; a longer line is one of its own."""
    joined: list[bytes] = []
    held: list[bytes] = []
    size = 0
    for each in lines:
        if held and size + len(each) > LARGEST_WRITE:
            joined.append(b"".join(held))
            held, size = [], 0
        held.append(each)
        size += len(each)
    return [*joined, b"".join(held)] if held else joined


def rfc3339(seconds: float) -> str:
    """Write a Unix time as people and programs read it."""
    at = datetime.fromtimestamp(seconds, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

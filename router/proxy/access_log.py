"""One line for a request: what became of it and, where it failed, why and on whose side.

Nothing is written on the way of a request: it leaves a record, and a thread of its own turns
records into lines. When nobody reads them fast enough they are dropped and counted; no request
waits.

No line holds a byte that a client or backend chose freely: no path, no query, no address, no field.
The request's id leads to these in the logs of those who may have them.
"""

import os
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from router.http1.replies import (
    BUFFERS_FULL,
    NOT_READY,
    TOO_MANY_CONNECTIONS,
    UPSTREAM_BUSY,
)

MOST_WAITING: Final = 10_000
"""Records that wait to be written; beyond it they are dropped."""

LARGEST_WRITE: Final = 4096
"""Bytes: so many go into a pipe in one piece, also when others write into it (PIPE_BUF)."""

SAMPLED_SHARE: Final = 100
"""Basis points: one of a hundred requests that went well, where the log is `sampled`."""

CUT: Final = "cut"
"""The error of an answer that ended before it was whole, though its head had been passed on."""

_OURS: Final = frozenset(
    refusal.code for refusal in (BUFFERS_FULL, NOT_READY, TOO_MANY_CONNECTIONS, UPSTREAM_BUSY)
)
_CLIENT_GONE: Final = 499
_FIRST_FAILURE: Final = 500


class Entry(Struct, omit_defaults=True, gc=False):
    """One request as it is logged. Times in milliseconds since its head was read.

    fault: `client`, `router`, `legacy` or `ai`; empty where nothing failed.
    """

    at: float
    request_id: bytes
    method: bytes = b""
    service: str = ""
    variant: str = ""
    reason: str = ""
    endpoint: bytes = b""
    status: int = 0
    error: str = ""
    fallback: bytes = b""
    duration: float = 0.0
    first_byte: float = 0.0
    received: int = 0

    @property
    def fault(self) -> str:
        """Say whose fault it was."""
        if self.error in _OURS:
            return "router"
        if self.status == _CLIENT_GONE:
            return "client"
        if self.error.startswith("upstream_") or self.error == CUT:
            return self.variant
        if self.error:
            return "client"
        return self.variant if self.status >= _FIRST_FAILURE else ""


class AccessLog:
    """Takes records and writes lines to ``descriptor``, in a thread of its own."""

    def __init__(self, descriptor: int, on_dropped: Callable[[int], None]) -> None:
        self._descriptor = descriptor
        self._on_dropped = on_dropped
        self._fresh: list[Entry] = []
        self._waiting: queue.SimpleQueue[list[Entry] | None] = queue.SimpleQueue()
        self._handed = 0
        self._writer: threading.Thread | None = None
        self._unwritable_told = 0
        # These two are changed by the thread alone, all others by the event loop alone.
        self._written = 0
        self._unwritable = 0

    def add(self, entry: Entry) -> None:
        """Take a record; it is written after the next `flush`."""
        if self._handed - self._written + len(self._fresh) < MOST_WAITING:
            self._fresh.append(entry)
        else:
            self._on_dropped(1)

    def flush(self) -> None:
        """Hand what was taken to the thread, which begins with the first record."""
        self._tell_unwritable()
        if not self._fresh:
            return
        if self._writer is None:
            self._writer = threading.Thread(target=self._write, name="access log", daemon=True)
            self._writer.start()
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

    def _tell_unwritable(self) -> None:
        unwritable = self._unwritable
        if unwritable > self._unwritable_told:
            self._on_dropped(unwritable - self._unwritable_told)
            self._unwritable_told = unwritable

    # In the thread...

    def _write(self) -> None:
        while (entries := self._waiting.get()) is not None:
            for piece in pieces([line(entry) for entry in entries]):
                self._put(piece)
            self._written += len(entries)

    def _put(self, piece: bytes) -> None:
        try:
            while piece:
                piece = piece[os.write(self._descriptor, piece) :]
        except OSError:  # nobody listens any more, or the disk is full
            self._unwritable += piece.count(b"\n")


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


def line(entry: Entry) -> bytes:
    """Write one line of JSON; what is empty is left out."""
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
    told = {
        "at": at.replace("+00:00", "Z"),
        "level": "warning" if entry.fault or entry.fallback else "info",
        "event": "request",
        "request_id": entry.request_id.decode(),
        "method": entry.method.decode(),
        "service": entry.service,
        "variant": entry.variant,
        "reason": entry.reason,
        "endpoint": entry.endpoint.decode(),
        "status": entry.status,
        "error": entry.error,
        "fault": entry.fault,
        "fallback": entry.fallback.decode(),
        "duration_ms": round(entry.duration * 1e3, 2),
        "first_byte_ms": round(entry.first_byte * 1e3, 2),
        "received_bytes": entry.received,
    }
    return msgspec.json.encode({name: value for name, value in told.items() if value}) + b"\n"

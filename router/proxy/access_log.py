"""One line for a request: what became of it and, where it failed, why and on whose side.

Nothing is written on the way of a request: it leaves a record, and `lines_out` has a thread of its
own turn records into lines. When nobody reads them fast enough they are dropped and counted; no
request waits.

No line holds a byte that a client or backend chose freely: no path, no query, no address, no field.
The request's id leads to these in the logs of those who may have them.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from router.http1.replies import (
    BUFFERS_FULL,
    NOT_READY,
    ROLLED_BACK,
    TOO_MANY_CONNECTIONS,
    UPSTREAM_BUSY,
)
from router.lines_out import LinesOut, rfc3339

SAMPLED_SHARE: Final = 100
"""Basis points: one of a hundred requests that went well, where the log is `sampled`."""

CUT: Final = "cut"
"""The error of an answer that ended before it was whole, though its head had been passed on."""

_OURS: Final = frozenset(
    refusal.code
    for refusal in (BUFFERS_FULL, NOT_READY, ROLLED_BACK, TOO_MANY_CONNECTIONS, UPSTREAM_BUSY)
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


def access_log(descriptor: int, on_dropped: Callable[[int], None]) -> LinesOut[Entry]:
    """Return what takes records and writes their lines to ``descriptor``."""
    return LinesOut(descriptor, line, on_dropped, "access log")


def line(entry: Entry) -> bytes:
    """Write one line of JSON; what is empty is left out."""
    told = {
        "at": rfc3339(entry.at),
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

"""One client's connection: it asks, waits, and writes down how that ended.

It never asks a second time: what a client would have to repeat counts as failed.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import httptools
from typing_extensions import override

from loadtests.faults.book import Ask

BODY: Final = b"0123456789abcdef" * 4
USERS: Final = 997
"""By turns they ask, so that so many requests in a row come from all of them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `lane` is for the rules of a config that choose a variant."""

    service: str
    query: str = ""
    method: str = "GET"
    lane: str = ""

    def request(self, number: int, *, is_last: bool) -> bytes:
        """Write the request with this id."""
        target = f"/{self.service}/{number}" + (f"?{self.query}" if self.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", "host: faults.example.com"]
        lines.append(f"x-user-id: {number % USERS}")
        if self.lane:
            lines.append(f"x-lane: {self.lane}")
        if is_last:
            lines.append("connection: close")
        if self.method == "GET":
            return "\r\n".join([*lines, "", ""]).encode()
        lines.append(f"content-length: {len(BODY)}")
        return "\r\n".join([*lines, "", ""]).encode() + BODY


class Caller(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(
        self, on_free: Callable[["Caller"], None], on_end: Callable[["Caller"], None]
    ) -> None:
        self._on_free = on_free
        self._on_end = on_end
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self.port = 0
        self.connected = 0.0
        self.freed = 0.0
        """Since when nobody asks."""
        self.ask: Ask | None = None
        """The one in flight."""
        self.end = ""
        """How the connection ended: closed, reset."""
        self._transport: asyncio.Transport

    # Told by its traffic...

    def send(self, ask: Ask, request: bytes) -> None:
        """Ask."""
        self.ask, ask.port, ask.connected = ask, self.port, self.connected
        if self.end:
            self._fail(self.end)
        else:
            self._transport.write(request)

    def hang_up(self) -> None:
        self._transport.abort()

    # Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.port = transport.get_extra_info("sockname")[1]
        self.connected = self.freed = time.monotonic()

    @override
    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail("garbled")
            self._transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.end = "closed" if exc is None else "reset"
        self._fail(self.end)
        self._on_end(self)

    # Parser

    def on_message_begin(self) -> None:
        self._body = b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        ask, self.ask = self.ask, None
        if ask is None:
            return
        ask.ended = self.freed = time.monotonic()
        ask.status = self._parser.get_status_code()
        ask.answer = self._body.decode(errors="replace")
        if self._parser.should_keep_alive():
            self._on_free(self)
        else:
            self._transport.close()

    # Own

    def _fail(self, how: str) -> None:
        ask, self.ask = self.ask, None
        if ask is not None:
            ask.ended = time.monotonic()
            ask.failure = how

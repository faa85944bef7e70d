"""A backend that writes down the id of every request, and misbehaves when a scene says so.

    GET /SERVICE/ID                          `ID BACKEND`
    GET /SERVICE/ID?ms=1500                  the same, later
    GET /SERVICE/ID?events=100&every_ms=50   a stream of events
    GET /healthz                             not written down; 503 when the scene says so

It lives in the scene's own process and speaks of one clock with the clients.
"""

import asyncio
import ssl
import time
from typing import Final, cast
from urllib.parse import parse_qs

import httptools
from typing_extensions import override

from loadtests.backends.streams import Events
from loadtests.faults.book import Visit

HEALTH: Final = "/healthz"
OK: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%b"
SICK: Final = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


class Origin:
    """One backend; it listens between `open` and `close`, as often as wanted."""

    def __init__(
        self,
        name: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name: Final = name
        self.host: Final = host
        self.port = port
        self.tls: Final = tls
        self.visits: Final[list[Visit]] = []
        self.accepted = 0
        """How many connections have come; over TLS, those whose handshakes have succeeded."""
        self.probes = 0
        """How often its health was asked for."""
        self.is_well = True
        self.answers = True
        """Or it takes requests and never answers."""
        self.delay_ms = 0
        """How much later it answers than it could."""
        self.reads = True
        """Or it reads from a connection once and never again."""
        self._server: asyncio.Server | None = None
        self._open: Final[set[Conversation]] = set()

    async def open(self) -> None:
        """Listen, where it listened before if it did."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Conversation(self), self.host, self.port, ssl=self.tls, backlog=4096
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Be gone at once, as a process that was killed: the kernel resets what was in flight."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for conversation in list(self._open):
            conversation.abort()

    def visits_since(self, at: float) -> int:
        """Count the requests that have come since then."""
        return sum(visit.at >= at for visit in self.visits)

    @property
    def connections(self) -> int:
        return len(self._open)

    def joined(self, conversation: "Conversation") -> None:
        self._open.add(conversation)
        self.accepted += 1

    def left(self, conversation: "Conversation") -> None:
        self._open.discard(conversation)


class Conversation(asyncio.Protocol):
    """A connection; one request at a time."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._events: Events | None = None
        self._later: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    # Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._origin.joined(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self._origin.reads:
            self._parser.feed_data(data)
        else:
            self._transport.pause_reading()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._origin.left(self)
        if self._events is not None:
            self._events.stop()
        if self._later is not None:
            self._later.cancel()

    # Parser

    def on_message_begin(self) -> None:
        self._target = b""

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_message_complete(self) -> None:
        path, _, query = self._target.partition(b"?")
        if path == HEALTH.encode():
            self._origin.probes += 1
            self._write(OK % (0, b"") if self._origin.is_well else SICK)
            return
        number = int(path.rpartition(b"/")[2])
        self._origin.visits.append(Visit(number, self._origin.name, time.monotonic()))
        if self._origin.answers:
            self._answer(number, query)

    # Own

    def abort(self) -> None:
        self._transport.abort()

    def _answer(self, number: int, query: bytes) -> None:
        body = b"%d %b" % (number, self._origin.name.encode())
        answer = OK % (len(body), body)
        if not query and not self._origin.delay_ms:
            self._write(answer)
            return
        query = query or b"ms=%d" % self._origin.delay_ms
        asked = {name: values[0] for name, values in parse_qs(query.decode()).items()}
        if "events" in asked:
            self._events = Events(self._transport, int(asked["events"]), int(asked["every_ms"]))
        else:
            self._later = self._loop.call_later(int(asked["ms"]) / 1000, self._write, answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)

"""The least that a proxy in Python can cost: two Protocols, httptools, uvloop, and nothing else.

No pipelining, no bodies of requests, no limits, no timeouts, no backpressure: it is no proxy to use
but the floor that Gray Router's cost is measured from.
Run as a program it serves: `python -m loadtests.bench.programs.bare_protocol PORT LEGACY AI`.
"""

import asyncio
import sys
import zlib
from collections import deque
from typing import Final, cast

import httptools
import uvloop
from typing_extensions import override

from loadtests.bench.servers.server import AI_PERCENT, Backends

HOP_BY_HOP: Final = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"})


class Pool:
    """Idle connections to one backend."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: deque[Upstream] = deque()
        self._connecting: set[asyncio.Task[None]] = set()

    def ask(self, head: bytes, client: "Downstream") -> None:
        if self._idle:
            self._idle.pop().ask(head, client)
            return
        task = asyncio.get_running_loop().create_task(self._connect(head, client))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def give_back(self, upstream: "Upstream") -> None:
        self._idle.append(upstream)

    async def _connect(self, head: bytes, client: "Downstream") -> None:
        loop = asyncio.get_running_loop()
        _, upstream = await loop.create_connection(lambda: Upstream(self), "127.0.0.1", self._port)
        upstream.ask(head, client)


class Downstream(asyncio.Protocol):
    """A client's connection."""

    def __init__(self, legacy: Pool, ai: Pool) -> None:
        self._pools = (legacy, ai)
        self._parser = httptools.HttpRequestParser(self)
        self.transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._target = b""
        self._user = b""
        self._lines: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"x-user-id":
            self._user = value
        if lower not in HOP_BY_HOP:
            self._lines.append(b"%b: %b\r\n" % (name, value))

    def on_message_complete(self) -> None:
        method = self._parser.get_method()
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (method, self._target, b"".join(self._lines))
        on_ai = zlib.crc32(self._user) % 100 < AI_PERCENT
        self._pools[on_ai].ask(head, self)


class Upstream(asyncio.Protocol):
    """A connection to a backend."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._client: Downstream | None = None
        self._transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, head: bytes, client: Downstream) -> None:
        self._client = client
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(head)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._lines: list[bytes] = []
        self._body = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() not in HOP_BY_HOP:
            self._lines.append(b"%b: %b\r\n" % (name, value))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        head = b"HTTP/1.1 %d OK\r\n%b\r\n" % (status, b"".join(self._lines))
        client, self._client = self._client, None
        self._pool.give_back(self)
        if client is not None and not client.transport.is_closing():
            client.transport.write(head + self._body)


async def serve(port: int, backends: Backends) -> None:
    """Serve until cancelled."""
    legacy, ai = Pool(backends.legacy), Pool(backends.ai)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Downstream(legacy, ai), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    own, legacy_port, ai_port = (int(argument) for argument in sys.argv[1:4])
    uvloop.run(serve(own, Backends(legacy_port, ai_port)))

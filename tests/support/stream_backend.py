"""A backend over TLS or on a Unix socket, which asyncio speaks for us.

Where single bytes and the kinds of ends matter, see `recording_backend`.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Self

from router.routing.snapshot import Endpoint, Upstream
from tests.support.certificates import Authority, Certificate

OK: Final = b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """One connection from the router."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads: list[bytes] = []
        self.reader: Final = reader
        self.writer: Final = writer
        self.over: Final = asyncio.Event()
        """Set when the script has ended, at the latest when the router hangs up."""
        self.secured: Final[ssl.SSLObject] = writer.get_extra_info("ssl_object")

    async def request(self) -> tuple[bytes, bytes]:
        """Wait for the next request, whole: its head and its body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        lengths = [
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ]
        return head, await self.reader.readexactly(sum(lengths))

    async def send(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    def vanish(self) -> None:
        """End the connection below TLS, which says no word about it."""
        self.writer.get_extra_info("socket").shutdown(1)
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


async def answer_all(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.send(OK)


class StreamBackend:
    """Listens between `async with` and its end: on a free port, or at `path`."""

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        script: Script = answer_all,
        path: Path | None = None,
    ) -> None:
        self.peers: Final[list[Peer]] = []
        self.names: Final[list[str | None]] = []
        """What each TLS client called us."""
        self.port = 0
        self._context = context
        self._script = script
        self._path = path
        if context is not None:
            context.sni_callback = lambda _, name, __: self.names.append(name)
        self._tasks: Final[set[asyncio.Task[None]]] = set()

    @property
    def heads(self) -> list[bytes]:
        """The head of every request that arrived."""
        return [head for peer in self.peers for head in peer.heads]

    def upstream(self, host: str = "127.0.0.1", **settings: Any) -> Upstream:
        """Return a variant that has this endpoint alone."""
        endpoint = Endpoint(host, self.port, is_tls=self._context is not None)
        if self._path is not None:
            endpoint = Endpoint(str(self._path), 0)
        return Upstream((endpoint,), **settings)

    async def __aenter__(self) -> Self:
        if self._path is not None:
            self._server = await asyncio.start_unix_server(self._accept, self._path)
        else:
            self._server = await asyncio.start_server(
                self._accept, "127.0.0.1", 0, ssl=self._context
            )
            self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for peer in self.peers:
            peer.writer.transport.abort()
        for outcome in outcomes:
            if isinstance(outcome, AssertionError):
                raise outcome

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        self._tasks.add(asyncio.ensure_future(self._serve(peer)))

    async def _serve(self, peer: Peer) -> None:
        try:
            await self._script(peer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # the router has ended the connection
        finally:
            peer.over.set()
            peer.writer.close()


def server_context(
    own: Certificate, clients: Authority | None = None, *, newest: bool = True
) -> ssl.SSLContext:
    """Show this certificate, and ask for one that ``clients`` signed; newest: with TLS 1.3."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.load_cert_chain(own.certificate_path, own.key_path)
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients.pem)
    return context

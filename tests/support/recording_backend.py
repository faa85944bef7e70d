"""A backend that writes down every byte it gets, and answers as a test tells it to.

With a script each connection is served by it. Without one, connections wait in a queue, and the
test plays the backend's part line by line: `peer = await backend.accepted()`.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Final, Self

from tests.support.raw import PATIENCE, EndedError, RawSocket
from tests.support.strict import (
    AmbiguousError,
    Request,
    read_request_body,
    read_request_head,
)

OK: Final = b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok"


class BackendConnection(RawSocket):
    """One connection from the router, and the requests that came by it."""

    def __init__(self, connected: socket.socket, port: int = 0) -> None:
        super().__init__(connected)
        self.port: Final = port
        self.requests: Final[list[Request]] = []
        self.over: Final = asyncio.Event()
        """Set when a script has ended, which it does at the latest when the router hangs up."""

    async def head(self) -> Request:
        """Wait for the head of the next request."""
        request = await read_request_head(self)
        self.requests.append(request)
        return request

    async def body(self, request: Request) -> None:
        """Wait for the rest of ``request``."""
        await read_request_body(self, request)

    async def request(self) -> Request:
        """Wait for the next request, whole."""
        request = await self.head()
        await self.body(request)
        return request


Script = Callable[[BackendConnection], Awaitable[None]]


def answering(answer: Callable[[Request], bytes]) -> Script:
    """A script that answers each complete request with ``answer(request)``."""

    async def serve(peer: BackendConnection) -> None:
        while True:
            request = await peer.request()
            await peer.send(answer(request))

    return serve


def plain_ok(request: Request) -> bytes:
    return OK.removesuffix(b"ok") if request.method == b"HEAD" else OK


class RecordingBackend:
    """Listens on a free port of 127.0.0.1 between `async with` and its end."""

    def __init__(self, script: Script | None = None, *, port: int = 0) -> None:
        self.connections: Final[list[BackendConnection]] = []
        self.violations: Final[list[str]] = []
        """What arrived here and could be read in two ways."""
        self._script = script
        self._waiting: asyncio.Queue[BackendConnection] = asyncio.Queue()
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self._listener: Final = socket.create_server(("127.0.0.1", port), backlog=512)
        self._listener.setblocking(False)
        self.port: Final[int] = self._listener.getsockname()[1]

    @property
    def requests(self) -> list[Request]:
        """Every request whose head arrived, by connection."""
        return [request for peer in self.connections for request in peer.requests]

    async def accepted(self) -> BackendConnection:
        """Wait for the router's next connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._waiting.get()

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._listener, self._accept)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._listener)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        self._listener.close()
        for peer in self.connections:
            peer.close()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    def _spawn(self, coroutine: Awaitable[None]) -> None:
        self._tasks.add(asyncio.ensure_future(coroutine))

    def _accept(self) -> None:
        # Not loop.sock_accept: cancelled in the wrong moment it loses the connection that it has.
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connected, address = self._listener.accept()
            peer = BackendConnection(connected, address[1])
            self.connections.append(peer)
            if self._script is None:
                self._waiting.put_nowait(peer)
            else:
                self._spawn(self._serve(self._script, peer))

    async def _serve(self, script: Script, peer: BackendConnection) -> None:
        try:
            # A quiet connection is a pooled one: nobody has to speak on it in time.
            with contextlib.suppress(EndedError, TimeoutError):
                await script(peer)
        except AmbiguousError as ambiguous:
            self.violations.append(f"{ambiguous} in {bytes(peer.received)!r}")
        finally:
            peer.over.set()
            peer.close()

"""A relay before a server: what it passes on it may hold back, as a network does that is cut.

A connection that is cut is neither reset nor closed: nothing more comes through, in either
direction, until it is healed; then what was on its way goes on, as TCP would have sent it again.
Whoever connects meanwhile is let in and hears nothing. Only in that it is kinder than a network
that swallows a SYN: the time for a reply runs out, not the time for a connection.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, cast

from typing_extensions import override

from loadtests.ground import GroundError
from router.tasks import TaskOwner

HOST: Final = "127.0.0.1"


class Relay:
    """Listens for one server. is_cut: whether whoever connects from this port is cut off."""

    def __init__(self, target: int, is_cut: Callable[[int], bool] = lambda _: False) -> None:
        self.target: Final = target
        self.port = 0
        self.delay = 0.0
        """Seconds that all takes, in each direction."""
        self.links: Final[set[Link]] = set()
        self._is_cut: Final = is_cut
        self._tasks: Final = TaskOwner(self._on_death)
        self._deaths: Final[list[BaseException]] = []
        self._server: asyncio.Server

    async def open(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self).caller, HOST, 0, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End all that goes through it."""
        self._server.close()
        await self._tasks.close()
        for link in list(self.links):
            link.abort()
        if self._deaths:
            raise GroundError(f"a relay failed: {self._deaths[0]!r}")

    def joined(self, link: "Link") -> None:
        """Connect somebody to the server, at once or when he is healed."""
        self.links.add(link)
        if self._is_cut(link.port):
            link.cut()
        self._tasks.spawn(self._connect(link), "connect")

    async def _connect(self, link: "Link") -> None:
        await link.is_whole.wait()
        try:
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: link.server, HOST, self.target)
        except OSError:
            link.abort()

    def _on_death(self, _: str, error: BaseException) -> None:
        self._deaths.append(error)


class Link:
    """One connection: its two ends, and what is on its way between them."""

    def __init__(self, relay: Relay) -> None:
        self.relay: Final = relay
        self.caller: Final = End(self)
        self.server: Final = End(self)
        self.port = 0
        """The caller's."""
        self.who: str | None = None
        """The caller's name, once somebody has looked."""
        self.is_whole: Final = asyncio.Event()
        self.is_whole.set()
        self._has_ended = False
        self._on_the_way: Final[deque[tuple[float, Callable[[], None]]]] = deque()

    def cut(self) -> None:
        """Let nothing through any more."""
        self.is_whole.clear()
        for end in self._ends:
            end.read(is_on=False)

    def heal(self) -> None:
        """Let everything through that has waited."""
        self.is_whole.set()
        for end in self._ends:
            end.read(is_on=True)
        self._go_on()

    def abort(self) -> None:
        self.relay.links.discard(self)
        for end in self._ends:
            end.abort()

    # Told by its ends...

    def made(self, end: "End", port: int) -> None:
        if end is self.caller:
            self.port = port
            self.relay.joined(self)
        elif not self.is_whole.is_set():
            end.read(is_on=False)
        self._go_on()

    def heard(self, end: "End", data: bytes) -> None:
        self._in_turn(lambda: self._bring(end, data))

    def lost(self) -> None:
        self._in_turn(self._end)

    # Own...

    @property
    def _ends(self) -> tuple["End", "End"]:
        return self.caller, self.server

    def _in_turn(self, what: Callable[[], None]) -> None:
        """Do it after its delay, and never before what has come earlier."""
        earliest = asyncio.get_running_loop().time() + self.relay.delay
        due = max(earliest, self._on_the_way[-1][0]) if self._on_the_way else earliest
        self._on_the_way.append((due, what))
        self._arrive()

    def _arrive(self) -> None:
        loop = asyncio.get_running_loop()
        while self._on_the_way and self._on_the_way[0][0] <= loop.time():
            self._on_the_way.popleft()[1]()
        if self._on_the_way:
            loop.call_at(self._on_the_way[0][0], self._arrive)

    def _bring(self, end: "End", data: bytes) -> None:
        other = self.server if end is self.caller else self.caller
        other.waiting.append(data)
        self._go_on()

    def _end(self) -> None:
        self._has_ended = True
        self._go_on()

    def _go_on(self) -> None:
        if not self.is_whole.is_set():
            return
        for end in self._ends:
            end.write()
        if self._has_ended:
            self.relay.links.discard(self)
            for end in self._ends:
                end.close()


class End(asyncio.Protocol):
    """One end of a connection; ``waiting`` is what is to be written there."""

    def __init__(self, link: Link) -> None:
        self._link: Final = link
        self.waiting: Final[deque[bytes]] = deque()
        self._transport: asyncio.Transport | None = None

    # Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._link.made(self, transport.get_extra_info("peername")[1])

    @override
    def data_received(self, data: bytes) -> None:
        self._link.heard(self, data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._link.lost()

    # Told by its link...

    def read(self, *, is_on: bool) -> None:
        if self._is_there():
            self._there.resume_reading() if is_on else self._there.pause_reading()

    def write(self) -> None:
        while self.waiting and self._is_there():
            self._there.write(self.waiting.popleft())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # Own...

    @property
    def _there(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    def _is_there(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

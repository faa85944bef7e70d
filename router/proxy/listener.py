"""Where clients come in: the listening sockets of all slots, and on which of them we accept.

A worker holds the sockets of every slot, since it may have to stand in for a neighbour; it accepts
on those that it is told. To stop means to look away: the socket stays open, here and elsewhere, and
who waits in its queue is accepted by whoever looks next.
"""

import asyncio
import errno
import select
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from router.tasks import TaskOwner

BACKLOG: Final = 4096
"""Connections that may wait for a worker; the kernel's `net.core.somaxconn` caps it."""

ACCEPTED_A_TURN: Final = 64
"""TLS clients that are accepted before the others have their turn."""

EMPTIED_WITHIN: Final = 1.0
"""Seconds after which a queue that does not run empty is closed all the same."""

_NO_DESCRIPTOR: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Listener:
    """Accepts clients on the sockets of some slots; `make` gives each its protocol.

    Plain clients are accepted by the event loop. Those that speak TLS are accepted here, so that
    who has not finished its handshake is known (`handshaking`) and takes part in the limits.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        tasks: TaskOwner,
        make: Callable[[], asyncio.Protocol],
        clock: Callable[[], float],
    ) -> None:
        self._loop = loop
        self._tasks = tasks
        self._make = make
        self._clock = clock
        self._sockets: dict[int, Sequence[socket.socket]] = {}
        self._open: dict[socket.socket, asyncio.AbstractServer | None] = {}
        self._wanted: frozenset[int] = frozenset()
        self._changing = asyncio.Lock()
        self._tls: ssl.SSLContext | None = None
        self._handshake_timeout = 0.0
        self.is_paused = False
        self.handshaking = 0

    def hold(self, sockets: Mapping[int, Sequence[socket.socket]]) -> None:
        """Take the sockets over, by slot; nobody is accepted yet."""
        self._sockets.update(sockets)

    def speak_tls(self, context: ssl.SSLContext, handshake_timeout: float) -> None:
        """Let whoever is accepted from now on shake hands first, within so many seconds."""
        self._tls = context
        self._handshake_timeout = handshake_timeout

    @property
    def slots(self) -> frozenset[int]:
        """The slots whose sockets we accept on, or will as soon as there is room again."""
        return self._wanted

    async def accept(self, slots: Iterable[int]) -> None:
        """Accept on the sockets of exactly these slots."""
        self._wanted = frozenset(slots) & self._sockets.keys()
        await self._change()

    def pause(self) -> None:
        """Accept nobody for now; who comes waits in the queue."""
        if not self.is_paused:
            self.is_paused = True
            self._look_away(self._open)

    def resume(self) -> None:
        """Go on after `pause`."""
        if self.is_paused:
            self.is_paused = False
            self._tasks.spawn(self._change(), "accept again")

    async def finish(self) -> None:
        """Accept who waits already, then nobody any more, and let go of the sockets."""
        until = self._clock() + EMPTIED_WITHIN
        while not self.is_paused and self._clock() < until and _is_anybody_waiting(self._open):
            await self._turn()
        self._wanted = frozenset()
        await self._change()
        for sockets in self._sockets.values():
            for listening in sockets:
                listening.close()
        self._sockets.clear()

    async def _turn(self) -> None:
        """Let the loop accept once more."""
        turned = asyncio.Event()
        self._loop.call_soon(turned.set)
        await turned.wait()

    async def _change(self) -> None:
        async with self._changing:
            self._look_away(set(self._open) - self._due())
            for listening in self._due() - set(self._open):
                await self._look_at(listening)
            self._look_away(set(self._open) - self._due())  # it may have changed meanwhile

    def _due(self) -> set[socket.socket]:
        if self.is_paused:
            return set()
        return {listening for slot in self._wanted for listening in self._sockets[slot]}

    async def _look_at(self, listening: socket.socket) -> None:
        if self._tls is not None:
            self._open[listening] = None
            self._loop.add_reader(listening, self._shake_hands, listening, self._tls)
            return
        # The loop closes what it is given; our own descriptor keeps the queue.
        ours = listening.dup()
        start = (
            self._loop.create_unix_server
            if listening.family == socket.AF_UNIX
            else self._loop.create_server
        )
        self._open[listening] = await start(self._make, sock=ours, backlog=BACKLOG)

    def _look_away(self, sockets: Iterable[socket.socket]) -> None:
        for listening in list(sockets):
            server = self._open.pop(listening)
            if server is None:
                self._loop.remove_reader(listening)
            else:
                server.close()

    def _shake_hands(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        for _ in range(ACCEPTED_A_TURN):
            try:
                client, _ = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _NO_DESCRIPTOR:
                    self.pause()
                return  # or the client has left already
            self.handshaking += 1
            self._tasks.spawn(self._take_in(client, context), "TLS handshake")
            if self.is_paused:
                return

    async def _take_in(self, client: socket.socket, context: ssl.SSLContext) -> None:
        client.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(
                self._make, client, ssl=context, ssl_handshake_timeout=self._handshake_timeout
            )
        except OSError:
            return  # it speaks no TLS, or too slowly, or not ours; the loop has closed it
        finally:
            self.handshaking -= 1


def _is_anybody_waiting(listening: Iterable[socket.socket]) -> bool:
    queues = select.poll()
    for each in listening:
        queues.register(each, select.POLLIN)
    return bool(queues.poll(0))

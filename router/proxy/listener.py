"""Where clients come in: the listening sockets of all slots, and on which of them we accept.

A worker holds the sockets of every slot, since it may have to stand in for a neighbour; it accepts
on those that it is told. To stop means to look away: the socket stays open, here and elsewhere, and
who waits in its queue is accepted by whoever looks next.
"""

import asyncio
import contextlib
import errno
import select
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from router.tasks import TaskOwner
from router.wire.handover import QUEUE

ACCEPTED_A_TURN: Final = 64
"""TLS clients that are accepted before the others have their turn."""

EMPTIED_WITHIN: Final = 1.0
"""Seconds after which a queue that does not run empty is closed all the same."""

_NO_DESCRIPTOR: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Listener:
    """Accepts clients on the sockets of some slots; `make` gives each its protocol.

    Plain clients are accepted by the event loop. Those that speak TLS are accepted here, so that
    who has not finished its handshake is known (`handshaking`) and takes part in the limits: only
    where `has_room` one more is accepted.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        tasks: TaskOwner,
        make: Callable[[], asyncio.Protocol],
        clock: Callable[[], float],
        has_room: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._tasks = tasks
        self._make = make
        self._clock = clock
        self._has_room = has_room
        self._sockets: dict[int, Sequence[socket.socket]] = {}
        self._open: dict[socket.socket, asyncio.AbstractServer | None] = {}
        self._wanted: frozenset[int] = frozenset()
        self._changing = asyncio.Lock()
        self._is_finished = False
        self._tls: ssl.SSLContext | None = None
        self.handshake_timeout = 0.0
        """Seconds that a client may take to shake hands."""
        self._handshakes: set[asyncio.Task[None]] = set()
        self.is_paused = False

    def hold(self, sockets: Mapping[int, Sequence[socket.socket]]) -> None:
        """Take the sockets over, by slot; nobody is accepted yet."""
        self._sockets.update(sockets)

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """Let whoever is accepted from now on shake hands first."""
        self._tls = context

    @property
    def slots(self) -> frozenset[int]:
        """The slots whose sockets we accept on, or will as soon as there is room again."""
        return self._wanted

    @property
    def handshaking(self) -> int:
        """How many clients were accepted and have not finished their handshake."""
        return len(self._handshakes)

    async def accept(self, slots: Iterable[int]) -> None:
        """Accept on the sockets of exactly these slots; once it is finished, on none."""
        if not self._is_finished:
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
        self._is_finished = True
        self._wanted = frozenset()
        await self._change()
        for sockets in self._sockets.values():
            for listening in sockets:
                listening.close()
        self._sockets.clear()

    async def settled(self) -> None:
        """Return when everybody who was accepted has shaken hands, or has failed to."""
        if self._handshakes:
            await asyncio.wait(self._handshakes)

    async def _turn(self) -> None:
        """Let the loop accept once more, and begin with those whom it accepted."""
        turned = asyncio.Event()
        self._loop.call_soon(turned.set)
        await turned.wait()

    async def _change(self) -> None:
        async with self._changing:
            self._look_away(set(self._open) - self._due())
            for listening in self._due() - set(self._open):
                await self._try_to_look_at(listening)
            self._look_away(set(self._open) - self._due())  # it may have changed meanwhile

    def _due(self) -> set[socket.socket]:
        if self.is_paused:
            return set()
        return {listening for slot in self._wanted for listening in self._sockets[slot]}

    async def _try_to_look_at(self, listening: socket.socket) -> None:
        try:
            await self._look_at(listening)
        except OSError as error:
            if error.errno not in _NO_DESCRIPTOR:
                raise
            self.pause()  # whoever paused us resumes when there is room

    async def _look_at(self, listening: socket.socket) -> None:
        listening.listen(QUEUE)  # a slot that is new among others waits for us: `control.listening`
        if self._tls is not None:
            self._open[listening] = None
            self._loop.add_reader(listening, self._shake_hands, listening)
            return
        # The loop closes what it is given; our own descriptor keeps the queue.
        ours = listening.dup()
        start = (
            self._loop.create_unix_server
            if listening.family == socket.AF_UNIX
            else self._loop.create_server
        )
        try:
            self._open[listening] = await start(self._make, sock=ours, backlog=QUEUE)
        except BaseException:
            ours.close()
            raise

    def _look_away(self, sockets: Iterable[socket.socket]) -> None:
        for listening in list(sockets):
            server = self._open.pop(listening)
            if server is None:
                self._loop.remove_reader(listening)
            else:
                server.close()

    def _shake_hands(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTED_A_TURN):
            try:
                client, _ = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _NO_DESCRIPTOR:
                    self.pause()
                return  # or the client has left already
            handshake = self._tasks.spawn(self._take_in(client), "TLS handshake")
            self._handshakes.add(handshake)
            handshake.add_done_callback(self._handshakes.discard)
            if not self._has_room():
                self.pause()
            if self.is_paused:
                return

    async def _take_in(self, client: socket.socket) -> None:
        client.setblocking(False)
        # It speaks no TLS, or too slowly, or not ours: then the loop has closed it.
        with contextlib.suppress(OSError):
            await self._loop.connect_accepted_socket(
                self._make, client, ssl=self._tls, ssl_handshake_timeout=self.handshake_timeout
            )


def _is_anybody_waiting(listening: Iterable[socket.socket]) -> bool:
    queues = select.poll()
    for each in listening:
        queues.register(each, select.POLLIN)
    return bool(queues.poll(0))

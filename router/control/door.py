"""The control socket's other side: takes in the workers that we expect, and nobody else."""

import asyncio
import os
import socket
import struct
from dataclasses import dataclass
from typing import Final

from router.errors import WireError
from router.tasks import TaskOwner
from router.wire.channel import Channel
from router.wire.handover import receive_hello
from router.wire.messages import Hello

HELLO_WITHIN: Final = 2.0
"""Seconds that somebody who has connected may take for the first word."""

REST: Final = 0.2
"""Seconds until the next try when nobody can be taken in, for want of descriptors."""

_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid: unix(7)


@dataclass(frozen=True, slots=True)
class Guest:
    """A worker that said hello. Its counters and its sockets are ours to close."""

    pid: int
    hello: Hello
    channel: Channel
    counters: int
    listeners: list[socket.socket]

    def dismiss(self) -> None:
        """Let go of everything."""
        self.channel.close()
        os.close(self.counters)
        self.close_listeners()

    def close_listeners(self) -> None:
        for listener in self.listeners:
            listener.close()


class Door:
    """Who comes is known by the kernel's word for the process, not by their own."""

    def __init__(self, control: socket.socket, tasks: TaskOwner) -> None:
        self._control = control
        self._tasks = tasks
        self._expected: dict[int, asyncio.Future[Guest]] = {}
        self._attending: asyncio.Task[None] | None = None

    def expect(self, pid: int) -> "asyncio.Future[Guest]":
        """Take this process in when it comes; whoever waits no longer cancels."""
        coming = self._expected[pid] = asyncio.get_running_loop().create_future()
        coming.add_done_callback(lambda _: self._expected.pop(pid, None))
        return coming

    def open(self) -> None:
        """Take workers in from now on."""
        self._attending = self._tasks.spawn(self._attend(), "door")

    async def move(self, control: socket.socket) -> None:
        """Take them in at another socket; those that are expected are so there."""
        if self._attending is not None:
            self._attending.cancel()
            await asyncio.wait([self._attending])
        self.close()
        self._control = control
        self.open()

    def close(self) -> None:
        """Let go of the socket."""
        self._control.close()

    async def _attend(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, _ = await loop.sock_accept(self._control)
            except OSError:
                await asyncio.sleep(REST)
                continue
            connected.setblocking(False)
            self._tasks.spawn(self._welcome(connected), "welcome")

    async def _welcome(self, connected: socket.socket) -> None:
        pid = _peer(connected)
        if pid not in self._expected:
            connected.close()
            return
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                hello, (counters, *listeners) = await receive_hello(connected)
        except (WireError, TimeoutError):
            connected.close()
            return
        sockets = [socket.socket(fileno=descriptor) for descriptor in listeners]
        guest = Guest(pid, hello, await Channel.over(connected), counters, sockets)
        coming = self._expected.get(pid)
        if coming is None or coming.done():
            guest.dismiss()
        else:
            coming.set_result(guest)


def _peer(connected: socket.socket) -> int | None:
    """Return the process at the other end, or None if it is another user's."""
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(raw)
    return pid if uid == os.getuid() else None

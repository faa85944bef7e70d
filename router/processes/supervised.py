"""A worker and its supervisors: it obeys the one that is there, and serves on between two.

Whoever is on the roster of `state_dir` lives on without a supervisor, and tries to reach the next
one; whoever is not on it, drains and ends. So nobody is left behind by a supervisor that was killed
before it served or while it drained, nor by a folder that was removed.
"""

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from router.routing.snapshot import Snapshot
from router.tasks import TaskOwner
from router.wire.channel import Channel
from router.wire.control_socket import connect_control
from router.wire.handover import send_hello
from router.wire.messages import (
    Accept,
    Accepting,
    AiSeen,
    Applied,
    Apply,
    Drain,
    Hello,
    Lease,
    Leaving,
    Locate,
    Telemetry,
)
from router.wire.roster import entry_of, read_roster

RECONNECT_EVERY: Final = 0.2
"""Seconds."""

TELEMETRY_EVERY: Final = 1.0
"""Seconds."""


class DataPlane(Protocol):
    """What obeys: `proxy.worker.Worker`."""

    def extend(self, until: float) -> None:
        """Ask AI until then; 0 for never, whatever was said before."""
        ...

    def apply(self, snapshot: Snapshot) -> None: ...
    async def accept(self, slots: Iterable[int]) -> list[int]:
        """Return the slots that it really accepts on then: none once it drains."""
        ...

    def locate(self, said: Locate) -> None: ...
    def telemetry(self) -> Telemetry: ...
    def ai_seen(self) -> dict[str, AiSeen]: ...


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker serves: under which name, for which router, with which memory and sockets."""

    name: str
    state_dir: Path
    counters: int
    sockets: Mapping[int, Sequence[socket.socket]]


class Supervised:
    """Made inside a running event loop; `serve` once."""

    def __init__(
        self,
        worker: DataPlane,
        post: Post,
        tasks: TaskOwner,
        log: Callable[[str, str], None],
    ) -> None:
        self._worker = worker
        self._post = post
        self._tasks = tasks
        self._log = log
        self._snapshot = Snapshot(0, ())
        self._channel: Channel | None = None
        self._entry = entry_of(os.getpid())
        self._leaving: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def leave(self, seconds: float | None = None) -> None:
        """Finish within so many seconds, by default those of the snapshot, and end."""
        if not self._leaving.done():
            self._leaving.set_result(self._snapshot.drain_timeout if seconds is None else seconds)

    async def serve(self) -> float:
        """Return how many seconds what is in flight may take, once it is time to leave."""
        self._tasks.spawn(self._report_each_second(), "telemetry")
        self._tasks.spawn(self._follow(), "supervision")
        return await self._leaving

    def say(self, message: Leaving | Accepting) -> None:
        """Tell the supervisor, if there is one."""
        if self._channel is not None:
            self._channel.send(message)

    def hang_up(self) -> None:
        """Send what is still unsent, and close."""
        if self._channel is not None:
            self._channel.close()

    async def _follow(self) -> None:
        """Obey one supervisor after the other."""
        while True:
            try:
                control = self._reach()
            except OSError:
                pass  # it is there and busy, or no descriptor is left: neither says that we may go
            else:
                if control is not None:
                    await self._obey_over(control)
                if self._is_forgotten():
                    self.leave()
                elif control is not None and not self._leaving.done():
                    # Nobody moves the slots of one who dies now: so everybody accepts on all.
                    await self._worker.accept(self._post.sockets)
            if self._leaving.done():
                # The next supervisor does not know of us, and none of its rollbacks reaches us.
                self._worker.extend(0.0)
                return
            await asyncio.sleep(RECONNECT_EVERY)

    def _reach(self) -> socket.socket | None:
        """Connect to a supervisor and say hello; None if none is there, OSError if who knows."""
        try:
            control = connect_control(self._post.state_dir)
            try:
                self._introduce(control)
            except BaseException:
                control.close()
                raise
        except (FileNotFoundError, NotADirectoryError, ConnectionError):
            return None
        return control

    def _is_forgotten(self) -> bool:
        """Whether no supervisor will look for us, as far as the roster can be read."""
        try:
            return self._entry not in read_roster(self._post.state_dir)
        except OSError:
            return False

    async def _obey_over(self, control: socket.socket) -> None:
        """Obey a supervisor until it is gone."""
        self._channel = await Channel.over(control)
        try:
            await self._obey(self._channel)
        finally:
            self._channel.close()
            self._channel = None

    def _introduce(self, control: socket.socket) -> None:
        held = [
            (slot, each) for slot, all_of_it in self._post.sockets.items() for each in all_of_it
        ]
        hello = Hello(
            self._post.name,
            os.getpid(),
            [slot for slot, _ in held],
            self._snapshot.version,
            _stands(self._snapshot),
        )
        send_hello(control, hello, [self._post.counters, *(each.fileno() for _, each in held)])

    async def _obey(self, channel: Channel) -> None:
        while (message := await channel.receive()) is not None:
            match message:
                case Apply(snapshot):
                    self._worker.apply(snapshot)
                    if not self._snapshot.version:
                        gc.freeze()  # what stands by now stays; no collection need look at it again
                    self._snapshot = snapshot
                    seen = self._worker.ai_seen()
                    channel.send(Applied(snapshot.version, _stands(snapshot), seen))
                case Accept(slots):
                    channel.send(Accepting(await self._worker.accept(slots)))
                case Locate():
                    self._worker.locate(message)
                case Lease(until):
                    self._worker.extend(until)
                case Drain(timeout):
                    self.leave(timeout)
                case _:
                    self._log("worker_unexpected_message", type(message).__name__)

    async def _report_each_second(self) -> None:
        while True:
            await asyncio.sleep(TELEMETRY_EVERY)
            channel = self._channel
            if channel is not None and not channel.unsent:  # who does not listen is not flooded
                channel.send(self._worker.telemetry())


def _stands(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    return {it.name: (it.epoch, it.revision) for it in snapshot.services}

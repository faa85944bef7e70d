"""The line to the workers: tells all of them, and knows who has not answered yet."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from router.control.telemetry import Ledger
from router.routing.snapshot import Snapshot
from router.wire.messages import Applied, Apply, Ask, Telemetry, ToSupervisor, ToWorker


class Line(Protocol):
    """The one thing that is needed of a worker's channel."""

    def send(self, message: ToWorker) -> None: ...


@dataclass(slots=True)
class _Seat:
    """A worker's place; its occupant may die and be replaced."""

    line: Line | None = None
    applied: int = 0
    ticket: int = 0


class Broadcast:
    """Sends snapshots and questions to whoever sits on the seats.

    Nothing here waits before it sends, so what is published first is heard first. A worker that
    joins is told the latest snapshot; it never sees an older one.
    """

    def __init__(self, seats: Sequence[str], ledger: Ledger) -> None:
        self._seats = {name: _Seat() for name in seats}
        self._ledger = ledger
        self._latest: Snapshot | None = None
        self._ticket = 0
        self._news = asyncio.Event()

    # Coming and going...

    def join(self, name: str, line: Line) -> None:
        self._seats[name] = _Seat(line)
        if self._latest is not None:
            line.send(Apply(self._latest))

    def leave(self, name: str) -> None:
        self._ledger.retire(name)
        self._seats[name] = _Seat()
        self._wake()

    def heard(self, name: str, message: ToSupervisor) -> None:
        seat = self._seats[name]
        match message:
            case Applied(version):
                seat.applied = max(seat.applied, version)
            case Telemetry(ticket):
                self._ledger.record(name, message)
                seat.ticket = max(seat.ticket, ticket)
            case _:
                pass
        self._wake()

    # Telling and asking...

    def publish(self, snapshot: Snapshot) -> None:
        """Send ``snapshot`` to every worker, now."""
        self._latest = snapshot
        self._send(Apply(snapshot))

    async def acknowledged(self, version: int, within: float) -> tuple[str, ...]:
        """Wait until every worker serves by ``version`` or a later one; return who does not."""
        await self._until(lambda: not self._behind(version), within)
        return self._behind(version)

    async def refresh(self, within: float) -> None:
        """Ask for fresh counters and wait until they are here, or ``within`` seconds are over."""
        self._ticket += 1
        ticket = self._ticket
        self._send(Ask(ticket))
        await self._until(
            lambda: all(seat.ticket >= ticket for seat in self._seats.values() if seat.line), within
        )

    async def ready(self) -> None:
        """Return as soon as every worker serves."""
        while not self.is_ready:
            await self._news.wait()

    # Answering...

    def states(self) -> dict[str, int]:
        """Count the seats by state: `ready` has applied a snapshot, `starting` has not."""
        ready = sum(seat.applied > 0 for seat in self._seats.values())
        return {"ready": ready, "starting": len(self._seats) - ready}

    @property
    def is_ready(self) -> bool:
        return all(seat.applied > 0 for seat in self._seats.values())

    def _behind(self, version: int) -> tuple[str, ...]:
        return tuple(name for name, seat in self._seats.items() if seat.applied < version)

    def _send(self, message: ToWorker) -> None:
        for seat in self._seats.values():
            if seat.line is not None:
                seat.line.send(message)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _until(self, holds: Callable[[], bool], within: float) -> None:
        try:
            async with asyncio.timeout(within):
                while not holds():
                    await self._news.wait()
        except TimeoutError:
            return

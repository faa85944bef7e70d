"""The line to the workers: tells all of them, and knows who has not answered yet."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from router.control.acceptors import Acceptors, Line
from router.control.workers import WorkerState
from router.model import Variant
from router.routing.snapshot import Snapshot
from router.wire.messages import (
    Accepting,
    AiSeen,
    Applied,
    Apply,
    Lease,
    Leaving,
    Locate,
    Telemetry,
    ToSupervisor,
    ToWorker,
)

Stand = tuple[int, int]
"""The (epoch, revision) of a service."""

Stands = Mapping[str, Stand]
"""By service."""

Heard = Callable[[str, str, AiSeen], None]
"""Is told a worker, a service that it serves by what was asked for, and what AI has had of it."""


@dataclass(slots=True)
class _Member:
    """A seat, whose occupant may die and be replaced; or an orphan, which has none."""

    line: Line | None = None
    pid: int | None = None
    applied: int = 0
    stands: dict[str, Stand] = field(default_factory=dict[str, Stand])
    ai: dict[str, AiSeen] = field(default_factory=dict[str, AiSeen])
    telemetry: Telemetry = field(default_factory=Telemetry)
    is_leaving: bool = False

    @property
    def state(self) -> str:
        if self.is_leaving:
            return "leaving"
        return "ready" if self.applied else "starting"


class Broadcast:
    """Sends snapshots and all else to whoever sits on the seats, and to orphans while they serve.

    Nothing here waits before it sends, so what is published first is heard first. A worker that
    joins is told the latest snapshot; it never sees an older one. ``acceptors`` see to the slots.
    """

    def __init__(self, seats: Sequence[str], acceptors: Acceptors) -> None:
        self._seats = frozenset(seats)
        self._members = {name: _Member() for name in seats}
        self._acceptors = acceptors
        self._latest: Snapshot | None = None
        self._located: dict[tuple[str, Variant], Locate] = {}
        self._lease: Lease | None = None
        self._news = asyncio.Event()

    # Coming and going...

    def join(self, name: str, line: Line, pid: int) -> None:
        """Tell a worker all that the others know. Who sits on no seat is an orphan."""
        is_orphan = name not in self._seats
        self._members[name] = _Member(line, pid, is_leaving=is_orphan)
        if is_orphan:
            self._acceptors.presume(name)
        # Before the table that names them, or it would be served by without any endpoint.
        for located in self._located.values():
            line.send(located)
        if self._latest is not None:
            line.send(Apply(self._latest))
        if self._lease is not None:  # after the table: the lease is none for an older one
            line.send(self._lease)

    def leave(self, name: str) -> None:
        self._acceptors.forget(name)
        if name in self._seats:
            self._members[name] = _Member()
        else:
            self._members.pop(name, None)
        self._wake()

    def heard(self, name: str, message: ToSupervisor) -> None:
        member = self._members[name]
        match message:
            case Applied(version, stands, ai):
                member.applied = max(member.applied, version)
                member.stands, member.ai = stands, ai
                if member.line is not None and not member.is_leaving:
                    self._acceptors.ready(name, member.line)
            case Accepting(slots):
                self._acceptors.confirm(name, slots)
            case Telemetry():
                member.telemetry = message
            case Leaving():
                member.is_leaving = True
                self._acceptors.gone(name)
            case _:
                pass
        self._wake()

    # Telling...

    def publish(self, snapshot: Snapshot) -> None:
        """Send ``snapshot`` to every worker, now."""
        self._latest = snapshot
        self._send(Apply(snapshot))

    def locate(self, located: Locate) -> None:
        """Say where a variant's endpoints are, now and to whoever joins."""
        self._located[located.service, located.variant] = located
        self._send(located)

    def lease(self, until: float) -> None:
        """Let AI be asked until then, in seconds of CLOCK_BOOTTIME."""
        self._lease = Lease(until)
        self._send(self._lease)

    # Waiting...

    async def acknowledged(self, version: int, within: float) -> tuple[str, ...]:
        """Wait until every worker serves by ``version`` or a later one; return who does not."""
        return await self._all(lambda member: member.applied >= version, within)

    async def serving(self, service: str, stand: Stand, within: float) -> tuple[str, ...]:
        """Wait until every worker serves this service by ``stand`` or a later one."""
        return await self._all(lambda member: member.stands.get(service, (-1, 0)) >= stand, within)

    async def caught_up(self, service: str, stand: Stand, within: float) -> tuple[str, ...]:
        """Wait until nobody serves this service by less than ``stand``; return who does.

        Who does not serve yet is told the latest first, so nobody need wait for him.
        """

        def holds(member: _Member) -> bool:
            return member.stands.get(service, stand) >= stand

        return await self._all(holds, within)

    async def follow(self, stands: Stands, heard: Heard) -> None:
        """Tell each worker and service as it serves by its stand, or a later one.

        Return once every seat has a worker that does so with all of them.
        """
        told: set[tuple[str, str]] = set()
        while True:
            for name, service in self._serving(stands):
                if (name, service) not in told:
                    told.add((name, service))
                    seen = self._members[name].ai.get(service, AiSeen())
                    heard(name, service, seen)
            if all(self._serves(member, stands) for member in self._members.values()):
                return
            await self._news.wait()

    async def ready(self) -> None:
        """Return as soon as every seat has a worker that serves."""
        await self._until(lambda: self.is_ready and self.states()["starting"] == 0)

    async def covered(self) -> None:
        """Return as soon as one of our own workers accepts on every slot."""
        await self._until(lambda: self.is_ready)

    async def relieved(self) -> None:
        """Return as soon as no orphan accepts any more."""
        await self._until(lambda: not self._acceptors.has_presumed)

    async def deserted(self) -> None:
        """Return as soon as nobody accepts anywhere any more."""
        await self._until(lambda: self._acceptors.is_empty)

    # Answering...

    def states(self) -> dict[str, int]:
        """Count the workers by state: `ready` serve, `starting` not yet, `leaving` finish."""
        states = [member.state for member in self._members.values()]
        return {state: states.count(state) for state in ("ready", "starting", "leaving")}

    def telemetry(self) -> dict[str, Telemetry]:
        """Return the last word of every worker that is here."""
        return {name: it.telemetry for name, it in self._members.items() if it.line is not None}

    def workers(self) -> tuple[WorkerState, ...]:
        """Return what is known of every worker: those on our seats, and orphans."""
        return tuple(
            WorkerState(
                name, member.pid, member.state, self._acceptors.accepting(name), member.stands
            )
            for name, member in self._members.items()
        )

    def silent(self, stands: Stands) -> tuple[str, ...]:
        """Name the workers that are here, and have not said that they serve by all of these."""
        return tuple(
            name
            for name, member in self._members.items()
            if member.line is not None and not self._serves(member, stands)
        )

    @property
    def is_ready(self) -> bool:
        """Whether one of our own workers accepts on every slot."""
        return self._acceptors.is_complete

    # Own...

    def _send(self, message: ToWorker) -> None:
        for member in self._members.values():
            if member.line is not None:
                member.line.send(message)

    def _serving(self, stands: Stands) -> list[tuple[str, str]]:
        return [
            (name, service)
            for name, member in self._members.items()
            for service, stand in stands.items()
            if self._serves(member, {service: stand})
        ]

    def _serves(self, member: _Member, stands: Stands) -> bool:
        """Say whether it serves by these; what another config has taken out, nobody serves."""
        known = member.stands
        return all(
            known.get(service, (-1, 0)) >= stand
            or (service not in known and member.applied > 0 and self._is_taken_out(service))
            for service, stand in stands.items()
        )

    def _is_taken_out(self, service: str) -> bool:
        latest = self._latest
        return latest is not None and all(each.name != service for each in latest.services)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _all(self, holds: Callable[[_Member], bool], within: float) -> tuple[str, ...]:
        def missing() -> tuple[str, ...]:
            return tuple(name for name, member in self._members.items() if not holds(member))

        try:
            async with asyncio.timeout(within):
                await self._until(lambda: not missing())
        except TimeoutError:
            pass
        return missing()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._news.wait()

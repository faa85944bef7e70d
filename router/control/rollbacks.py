"""A rollback: decide → publish → keep → await acknowledgements → report. Nothing refuses it.

Rule 1: it is published before anything is waited for: no disk, no lock and no reason comes first.
Rule 2: its epoch is beyond all that may be remembered, so that nothing decided earlier follows it.
"""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from router.control.broadcast import Heard as HeardWord, Stands
from router.control.caller import Caller
from router.control.clocks import Clocks
from router.control.entries import entry_for, rolled_back
from router.control.events import tell
from router.control.fleet.fleet import Fleet
from router.control.keeping import Keeping, Kept
from router.control.orders import Acknowledged, ReplicaReport, RollbackReport
from router.control.served import Served
from router.control.telemetry import Spread
from router.control.workers import WorkerState
from router.release.commands import Rollback
from router.release.state import Release
from router.store.ledger import Durability, Ledger
from router.store.port import stand_of
from router.tasks import TaskOwner
from router.wire.counting import DURATION_BOUNDS
from router.wire.messages import AiSeen

ACKNOWLEDGE_WITHIN: Final = 0.8
"""Seconds after which a worker that has not acknowledged is killed and replaced.

One that is woken right before may still send what its sockets hold: that too within a second.
"""

REPORT_WITHIN: Final = 3.0
"""Seconds that a report waits until every seat serves by the rollback."""

Heard = Callable[[Acknowledged], None]


class Workers(Protocol):
    """The line to the workers (`Broadcast`)."""

    async def follow(self, stands: Stands, heard: HeardWord) -> None: ...
    def silent(self, stands: Stands) -> tuple[str, ...]: ...
    def workers(self) -> Sequence[WorkerState]: ...


@dataclass(frozen=True, slots=True)
class Word:
    """An acknowledgement: how many milliseconds after the call, and what AI has had until then."""

    service: str
    applied_ms: float
    seen: AiSeen


@dataclass(slots=True)
class Call:
    """One call: what it decided, and what was heard of it.

    started: by the stopwatch. at: by the clock that all processes share. killed_at: when somebody
    was killed, by that clock too; until then AI may have been asked.
    """

    started: float
    at: float
    stands: Stands
    keeping: asyncio.Task[tuple[Kept, ...]]
    words: list[Word] = field(default_factory=list[Word])
    killed_at: float = 0.0

    def heard(self, service: str) -> list[Word]:
        return [word for word in self.words if word.service == service]

    def last_ai_byte_ms(self, service: str) -> float | None:
        """Return when the last request to AI began, or might have; None where none ever has."""
        begun = [word.seen.last_begun for word in self.heard(service)]
        last = max(*begun, self.killed_at, 0.0)
        return self._ms(last) if last else None

    def applied_ms(self, service: str) -> float:
        """Return when the last worker acknowledged, or was killed since it did not."""
        heard = [word.applied_ms for word in self.heard(service)]
        return max(*heard, self._ms(self.killed_at), 0.0)

    def _ms(self, at: float) -> float:
        return round(max(0.0, at - self.at) * 1000, 1)


@dataclass(frozen=True, slots=True)
class Means:
    """What a rollback needs beside the releases. replace: kill a worker, and have one follow it.

    fleet: who else serves. lease: seconds for which a worker may ask AI without another word.
    """

    ledger: Ledger
    workers: Workers
    replace: Callable[[str], bool]
    clocks: Clocks
    tasks: TaskOwner
    fleet: Fleet
    replica: str
    lease: float


class Rollbacks:
    """Carries them out upon what is served."""

    def __init__(self, served: Served, keeping: Keeping, means: Means) -> None:
        self._served = served
        self._keeping = keeping
        self._means = means
        self.times: Final = Spread()
        """How long it took until the last worker served by a rollback."""

    # Decide and publish...

    def begin(self, services: Sequence[str], caller: Caller, reason: str) -> Call:
        """Publish it for all of these at once; raise only for a service that there is not."""
        clocks = self._means.clocks
        started, called = clocks.stopwatch(), clocks.boottime()
        command = Rollback(by=caller.name, at=clocks.wall(), reason=reason)
        decided = [self._decided(service, command) for service in dict.fromkeys(services)]
        self._served.put(*(after for _, after in decided))
        entries = [entry_for(caller, command, before, after) for before, after in decided]
        stands = {after.service: stand_of(after) for _, after in decided}
        return Call(started, called, stands, self._keeping.keep(entries))

    def _decided(self, service: str, command: Rollback) -> tuple[Release, Release]:
        before = self._served.release(service)
        if self._served.is_read:
            return before, rolled_back(before, command, self._served.plan(service))
        # No epoch that grew by ones has come as far as the time; should one have, `settle_blind`.
        self._keeping.decided_blind(service)
        beyond = replace(before, epoch=max(before.epoch, int(command.at)))
        return before, rolled_back(beyond, command, self._served.plan(service))

    # Await acknowledgements...

    async def finish(self, call: Call, heard: Heard | None) -> tuple[RollbackReport, ...]:
        """Return the reports, once all is said or too late; ``heard`` is told each word at once."""

        def on_word(worker: str, service: str, seen: AiSeen) -> None:
            word = Word(service, self._since(call), seen)
            call.words.append(word)
            if heard is not None:
                heard(Acknowledged(service, self._means.replica, worker, word.applied_ms))

        following = self._means.tasks.spawn(
            self._means.workers.follow(call.stands, on_word), "acknowledgements"
        )
        await asyncio.wait([following], timeout=ACKNOWLEDGE_WITHIN)
        if not following.done():
            self._replace_silent(call)
            left = REPORT_WITHIN - ACKNOWLEDGE_WITHIN
            await asyncio.wait([following], timeout=left)
        following.cancel()
        reports = {kept.release: self._report(call, kept) for kept in await call.keeping}
        self._served.took_effect(*(each for each, report in reports.items() if report.complete))
        return tuple(reports.values())

    def _replace_silent(self, call: Call) -> None:
        """Who is dead asks AI no more, and who follows him is told the latest first."""
        for worker in self._means.workers.silent(call.stands):
            if self._means.replace(worker):
                call.killed_at = self._means.clocks.boottime()
                tell("worker_replaced", level=logging.ERROR, worker=worker)

    # Report...

    def _report(self, call: Call, kept: Kept) -> RollbackReport:
        release, means = kept.release, self._means
        service, stand = release.service, call.stands[release.service]
        missing = means.workers.silent({service: stand})
        words = call.heard(service)
        heard_ms = max((word.applied_ms for word in words), default=None)
        applied_ms = self._since(call) if missing else call.applied_ms(service)
        if not missing:
            self._count(applied_ms / 1000)
        workers = means.workers.workers()
        acked = sum(worker.stands.get(service, (-1, 0)) >= stand for worker in workers)
        report = RollbackReport(
            service=service,
            epoch=release.epoch,
            revision=release.revision,
            complete=not missing,
            durable=kept.durable,
            applied_ms=applied_ms,
            last_ai_byte_ms=call.last_ai_byte_ms(service),
            replicas=(ReplicaReport(means.replica, len(workers), acked, heard_ms),),
            in_flight_ai=sum(word.seen.in_flight for word in words),
            bound_s=means.lease + self._served.stream_drain(service) if missing else 0.0,
            missing=missing,
            problems=kept.problems,
        )
        _tell(release, report)
        return report

    def _since(self, call: Call) -> float:
        return round((self._means.clocks.stopwatch() - call.started) * 1000, 1)

    def _count(self, seconds: float) -> None:
        buckets = [0] * (len(DURATION_BOUNDS) + 1)
        buckets[bisect_left(DURATION_BOUNDS, seconds)] = 1
        self.times.add(buckets, seconds)


def _tell(release: Release, report: RollbackReport) -> None:
    tell(
        "rolled_back",
        level=logging.WARNING,
        service=release.service,
        by=release.by,
        epoch=release.epoch,
        revision=release.revision,
        complete=report.complete,
        durable=report.durable,
        applied_ms=report.applied_ms,
        missing=report.missing,
    )
    if report.durable is Durability.NONE:
        tell(
            "rollback_not_kept",
            level=logging.ERROR,
            service=release.service,
            problems=report.problems,
        )

"""A rollback: decide → publish → keep → await acknowledgements → report. Nothing refuses it.

Rule 1: it is published before anything is waited for: no disk, no lock and no reason comes first.
Rule 2: its epoch is beyond all that may be remembered, so that nothing decided earlier follows it.
"""

import asyncio
import contextlib
import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from router.control.broadcast import Heard as HeardWord, Stands
from router.control.caller import ROUTER, Caller
from router.control.clocks import Clocks
from router.control.entries import entry_for, lost, rolled_back
from router.control.events import tell
from router.control.orders import Acknowledged, ReplicaReport, RollbackReport
from router.control.served import Served
from router.control.telemetry import Spread
from router.control.workers import WorkerState
from router.errors import StoreError, UnknownServiceError
from router.release.commands import Rollback
from router.release.state import Release, Standing
from router.store.audit import Entry
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

MOST_STEPS: Final = 8
"""Times that a rollback goes beyond what the store has; more would mean that it does not listen."""

KEPT_AGAIN: Final = "keep_again"
"""What the audit log calls a release that is written into a store which lacks it."""

Heard = Callable[[Acknowledged], None]


class Workers(Protocol):
    """The line to the workers (`Broadcast`)."""

    async def follow(self, stands: Stands, heard: HeardWord) -> None: ...
    def silent(self, stands: Stands) -> tuple[str, ...]: ...
    def workers(self) -> Sequence[WorkerState]: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """The release that holds in the end, where it is kept, and what went wrong, in sentences."""

    release: Release
    durable: Durability
    problems: tuple[str, ...]


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

    replica: this router's name. lease: seconds for which a worker may ask AI without another word.
    """

    ledger: Ledger
    workers: Workers
    replace: Callable[[str], bool]
    clocks: Clocks
    tasks: TaskOwner
    replica: str
    lease: float


class Rollbacks:
    """Carries them out upon what is served."""

    def __init__(self, served: Served, means: Means) -> None:
        self._served = served
        self._ledger = means.ledger
        self._means = means
        self._keeping = Counter[str]()
        self._renewing: asyncio.Task[None] | None = None
        self._blind: set[str] = set()
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
        for (_, after), entry in zip(decided, entries, strict=True):
            self._ledger.expect(after, entry)
        stands = {after.service: stand_of(after) for _, after in decided}
        self._keeping.update(stands.keys())
        keeping = self._means.tasks.spawn(self._keep_all(entries), "rollback")
        return Call(started, called, stands, keeping)

    def _decided(self, service: str, command: Rollback) -> tuple[Release, Release]:
        before = self._served.release(service)
        if self._served.is_read:
            return before, rolled_back(before, command, self._served.plan(service))
        # No epoch that grew by ones has come as far as the time; should one have, `settle_blind`.
        self._blind.add(service)
        beyond = replace(before, epoch=max(before.epoch, int(command.at)))
        return before, rolled_back(beyond, command, self._served.plan(service))

    # Keep...

    async def _keep_all(self, entries: Sequence[Entry]) -> tuple[Kept, ...]:
        return tuple(await asyncio.gather(*(self._kept(entry) for entry in entries)))

    async def _kept(self, entry: Entry) -> Kept:
        try:
            return await self._keep(entry)
        finally:
            self._keeping[entry.service] -= 1

    async def _keep(self, entry: Entry) -> Kept:
        """Keep what is served already; go beyond what the store turns out to have instead."""
        release = entry.new
        if release is None:
            raise ValueError("nothing is served by an entry without a release")
        self._served.remember(release.service)
        kept = await self._ledger.roll_back(release, entry=entry)
        problems = kept.because
        for _ in range(MOST_STEPS):
            further = None if kept.passed_by is None else self._beyond(kept.passed_by, entry)
            if further is None or further.new is None:
                break
            release = further.new
            kept = await self._ledger.roll_back(release, entry=further)
            problems += kept.because
        durable = kept.durable if kept.passed_by is None else Durability.STORE
        return Kept(release, durable, tuple(dict.fromkeys(problems)))

    def keep_soon(self, entry: Entry) -> None:
        """Keep what is served already, while others go on."""
        self._keeping[entry.service] += 1
        self._means.tasks.spawn(self._kept(entry), "keep")

    def keep_again(self) -> None:
        """Keep all that is served once more: what held it was removed."""
        if self._served.hold is not None:
            return
        at = self._means.clocks.wall()
        entries = [
            Entry(at, ROUTER.name, ROUTER.origin, KEPT_AGAIN, release.service, new=release)
            for release in self._served.releases
            if self._served.remembered(release.service) is not None
        ]
        self._keeping.update(entry.service for entry in entries)
        self._renewing = self._means.tasks.spawn(self._keep_anew(entries), "keep")

    def keep_displaced(self) -> bool:
        """Keep all again if somebody has taken store or journal away; say if that was begun."""
        is_busy = self._renewing is not None and not self._renewing.done()
        if is_busy or self._served.hold is not None or not self._ledger.is_displaced:
            return False
        self.keep_again()
        return True

    async def _keep_anew(self, entries: Sequence[Entry]) -> None:
        with contextlib.suppress(StoreError):  # whoever keeps something next tells why
            await self._ledger.reopen()
        await self._keep_all(entries)

    def in_store(self) -> tuple[Release, ...]:
        """Return the releases that are served, and that the store has as they are."""
        releases = self._served.releases
        return tuple(release for release in releases if self.is_in_store(release.service))

    def is_in_store(self, service: str) -> bool:
        """Say whether the store was given what is served, and has taken it."""
        is_away = self._keeping[service] > 0 or service in self._ledger.owed
        return not is_away and self._served.remembered(service) is not None

    def lose(self, service: str) -> None:
        """The store has forgotten it: have it stand still at 0, and the store know that."""
        release = self._served.find(service)
        if release is None:  # another config has taken it out meanwhile
            return
        plan = self._served.plan(service)
        entry = lost(release, plan, self._means.clocks.wall())
        if entry.new is not None:
            self._served.put(entry.new)
        tell("state_lost", level=logging.ERROR, services=(service,), problems=())
        self.keep_soon(entry)

    def settle_blind(self, found: Iterable[Release]) -> None:
        """Have what was rolled back before this was found outrun it, whatever the clock said."""
        for release in found:
            if release.service in self._blind:
                self.go_beyond(release)

    def go_beyond(self, newest: Release) -> None:
        """The store turns out to have this in place of what was to be kept."""
        at, why = self._means.clocks.wall(), "what the store has was decided in ignorance of one"
        entry = Entry(at, ROUTER.name, ROUTER.origin, Rollback.name, newest.service, why)
        further = self._beyond(newest, entry)
        if further is not None:
            self.keep_soon(further)

    def _beyond(self, newest: Release, entry: Entry) -> Entry | None:
        """Serve by what the store has instead, if that is rolled back as well; else go beyond it.

        None: nothing is left to be kept.
        """
        try:
            current, plan = self._served.release(newest.service), self._served.plan(newest.service)
        except UnknownServiceError:  # another config has taken it out meanwhile
            return None
        if stand_of(newest) <= stand_of(current):
            return None
        if newest.standing is Standing.ROLLED_BACK or not current.is_barred:
            self._served.put(newest)
            return None
        command = Rollback(by=entry.who, at=self._means.clocks.wall(), reason=entry.why)
        after = rolled_back(newest, command, plan)
        self._served.put(after)
        return replace(entry, at=command.at, command=command.title, old=newest, new=after)

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

"""A rollback: decide → publish → tell and keep → await acknowledgements → report.

Rule 1: nothing refuses it, and it is published before anything is waited for: no disk, no lock, no
other replica and no reason comes first.
Rule 2: its epoch is beyond all that may be remembered, so that nothing decided earlier follows it.
Rule 3: its report is complete only once every worker of every member has acknowledged.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from router.control.caller import Caller
from router.control.calling import Call, Heard
from router.control.clocks import Clocks
from router.control.company import Company
from router.control.entries import entry_for, rolled_back
from router.control.events import tell
from router.control.fleet.words import Word
from router.control.keeping import Keeping, Kept
from router.control.obeying import Obeying
from router.control.orders import Acknowledged, ReplicaReport, RollbackReport
from router.control.own_workers import Hearing, OwnWorkers, Workers, WorkerWord
from router.control.reporting import Others, Own, reported
from router.control.served import Served
from router.control.telemetry import Spread
from router.errors import StoreError
from router.release.commands import Command, Rollback
from router.release.state import Release
from router.release.transitions import Decision
from router.replica.acknowledging import Terms
from router.replica.membership import Presence
from router.store.ledger import Durability, Ledger
from router.store.port import stand_of
from router.tasks import TaskOwner

REPORT_WITHIN: Final = 3.0
"""Seconds that a report waits until every worker of every member serves by the rollback."""

LIST_EVERY: Final = 0.25
"""Seconds between two questions to the store for whoever has joined or left meanwhile."""

CONFIRM_WITHIN: Final = 1.0
"""Seconds that it waits for the store's word that its master may be lost."""


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
    replica: str
    lease: float
    company: Company


class Rollbacks:
    """Carries them out upon what is served."""

    def __init__(self, served: Served, keeping: Keeping, means: Means) -> None:
        self._served = served
        self._keeping = keeping
        self._means = means
        self._company = means.company
        self._own = OwnWorkers(means.workers, means.replace, means.clocks, means.tasks)
        self.times: Final = Spread()
        """How long it took until the last worker served by a rollback."""
        self.obey: Final = Obeying(
            served,
            keeping,
            self._own,
            means.company,
            replica=means.replica,
            times=self.times,
        )
        """What is done when another replica was called."""

    # Decide and publish...

    def begin(self, services: Sequence[str], caller: Caller, reason: str) -> Call:
        """Publish it for all of these at once; raise only for a service that there is not."""
        hearing = self._own.begin()
        command = Rollback(by=caller.name, at=self._means.clocks.wall(), reason=reason)
        decided = [self._decided(service, command) for service in dict.fromkeys(services)]
        return self._publish(hearing, decided, caller, command)

    def begin_drill(self, drill: Decision, caller: Caller, command: Command) -> Call:
        """Publish a rollback that is a rehearsal, and has been judged as such."""
        return self._publish(self._own.begin(), [(drill.before, drill.after)], caller, command)

    def _publish(
        self,
        hearing: Hearing,
        decided: Sequence[tuple[Release, Release]],
        caller: Caller,
        command: Command,
    ) -> Call:
        releases = [after for _, after in decided]
        self._served.put(*releases)
        hearing.stands = {after.service: stand_of(after) for after in releases}
        members = self._company.others()
        others = {after.service: Others.of(members) for after in releases}
        entries = [entry_for(caller, command, before, after) for before, after in decided]
        call = Call(hearing, others, self._keeping.keep(entries))
        self._tell(call, releases, members)
        return call

    def _decided(self, service: str, command: Rollback) -> tuple[Release, Release]:
        before = self._served.release(service)
        if self._served.is_read:
            return before, rolled_back(before, command, self._served.plan(service))
        # No epoch that grew by ones has come as far as the time; should one have, `settle_blind`.
        self._keeping.decided_blind(service)
        beyond = replace(before, epoch=max(before.epoch, int(command.at)))
        return before, rolled_back(beyond, command, self._served.plan(service))

    # Tell the others...

    def _tell(self, call: Call, releases: Sequence[Release], to: Sequence[Presence]) -> None:
        def hear(word: Word) -> None:
            if word.instance != self._company.me:
                call.hear(word, self._own.since(call.hearing))

        if to:
            self._company.tell.call(releases, to, hear)

    # Await acknowledgements...

    async def finish(self, call: Call, heard: Heard | None) -> tuple[RollbackReport, ...]:
        """Return the reports, once all is said or too late; ``heard`` is told each word at once."""
        call.listen(heard)
        others = self._means.tasks.spawn(self._hear_others(call), "words")
        await asyncio.gather(self._hear_own(call), asyncio.wait([others], timeout=REPORT_WITHIN))
        others.cancel()
        kept = await call.keeping
        self._join(call, kept)
        reports = {each.release: self._report(call, each) for each in kept}
        self._served.took_effect(*(each for each, report in reports.items() if report.complete))
        return tuple(reports.values())

    async def _hear_own(self, call: Call) -> None:
        replica = self._means.replica

        def on_word(word: WorkerWord) -> None:
            call.tell(Acknowledged(word.service, replica, word.worker, word.applied_ms))

        await self._own.follow(call.hearing, on_word, REPORT_WITHIN)

    async def _hear_others(self, call: Call) -> None:
        """Whoever is known of by the time the store has the rollback is waited for, too."""
        await asyncio.wait([call.keeping])
        kept = call.keeping.result()
        self._join(call, kept)
        if await self._is_confirmed():
            call.stored(kept, self._own.since(call.hearing))
        while not call.is_complete:
            self._company.fleet.nudge()  # the store lists once more who is there, and who left
            await call.news(LIST_EVERY)
            self._join(call, kept)

    def _join(self, call: Call, kept: Sequence[Kept]) -> None:
        newcomers = call.join(self._company.others())
        call.let_go(self._company.departed())
        self._tell(call, [each.release for each in kept], newcomers)
        if not self._company.max_lag:
            call.stored(kept, self._own.since(call.hearing))

    async def _is_confirmed(self) -> bool:
        """Whether what the store has taken outlives its master, if it has one."""
        try:
            return await self._company.confirmed(CONFIRM_WITHIN)
        except StoreError:
            return False

    # Report...

    def _report(self, call: Call, kept: Kept) -> RollbackReport:
        release = kept.release
        others = call.others[release.service]
        own = self._said(call.hearing, release.service, is_alone=not others.roll.members)
        terms = Terms(
            self._means.lease,
            self._served.stream_drain(release.service),
            self._company.max_lag,
            self._served.holds_on(release.service),
        )
        report = reported(kept, own, others, terms, self._own.since(call.hearing))
        if report.complete:
            self.times.count(report.applied_ms / 1000)
        _tell(release, report)
        return report

    def _said(self, hearing: Hearing, service: str, *, is_alone: bool) -> Own:
        replica, stand = self._means.replica, hearing.stands[service]
        silent = self._own.silent(service, stand)
        workers, acked = self._own.count(service, stand)
        heard = max((word.applied_ms for word in hearing.of(service)), default=None)
        return Own(
            ReplicaReport(replica, workers, acked, heard),
            silent if is_alone else tuple(f"{replica}/{worker}" for worker in silent),
            hearing.applied_ms(service),
            hearing.last_begun_ms(service),
            hearing.in_flight(service),
        )


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
        bound_s=report.bound_s,
        provided=report.provided,
        missing=report.missing,
    )
    if report.durable is Durability.NONE:
        tell(
            "rollback_not_kept",
            level=logging.ERROR,
            service=release.service,
            problems=report.problems,
        )

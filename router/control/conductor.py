"""The way of a command: decide → keep → publish → await acknowledgements → report.

A rollback goes another way, in which nothing comes before publishing (`rollbacks`). Everything else
is kept first: what was answered is remembered. Changes of one service come one after the other; a
rollback waits for none of them, and what was decided before it is not served after it.

The sections of this file are those of docs/life-of-a-command.md.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from router.control.broadcast import Stand
from router.control.caller import RELOAD, Caller
from router.control.calling import Call, Heard
from router.control.effect import Answers, Counted
from router.control.entries import entry_for, entry_of_refusal
from router.control.events import tell
from router.control.keeping import Keeping
from router.control.obstacles import open_change
from router.control.orders import Once, Order, Receipt, RollbackReport
from router.control.precedence import outrun, same
from router.control.rollbacks import Means, Rollbacks
from router.control.served import Compile, Served
from router.control.telemetry import Spread
from router.control.to_its_end import to_its_end
from router.errors import (
    CommandRefusedError,
    DrainingError,
    GrayRouterError,
    ReleaseRefusedError,
    RevisionPassedError,
    StoreError,
    StoreUnavailableError,
)
from router.release.commands import ComeBack, Rollback
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle, Refusal, RevisionPassed
from router.release.state import Release
from router.release.transitions import Decision, decide
from router.routing.snapshot import Snapshot
from router.store.audit import Entry, Event
from router.store.port import Answered, Passed, Repeated, stand_of

ACKNOWLEDGE_LIMIT: Final = 2.0
"""Seconds after which a report names the workers that have not acknowledged."""

T = TypeVar("T")


class Workers(Protocol):
    """The line to the workers (`Broadcast`)."""

    async def acknowledged(self, version: int, within: float) -> tuple[str, ...]: ...
    async def serving(self, service: str, stand: Stand, within: float) -> tuple[str, ...]: ...
    async def caught_up(self, service: str, stand: Stand, within: float) -> tuple[str, ...]: ...


Obstacles = Callable[[str], Iterable[Obstacle]]
"""What holds raises of a service back now, beside its release and its workers."""


KnownBirth = Callable[[], Awaitable[str | None]]
"""Which shared store is known to have what is served; raises StoreUnavailableError for none yet.

None: the store is ours alone.
"""


class Conductor:
    """Carries out commands upon what is served."""

    def __init__(
        self,
        served: Served,
        workers: Workers,
        means: Means,
        *,
        obstacles: Obstacles,
        totals: Callable[[], Counted],
        birth: KnownBirth,
    ) -> None:
        self.served: Final = served
        self.keeping: Final = Keeping(served, means.ledger, means.clocks, means.tasks)
        self.rollbacks: Final = Rollbacks(served, self.keeping, means)
        self.company: Final = means.company
        self._workers = workers
        self._ledger = means.ledger
        self._tasks = means.tasks
        self._clocks = means.clocks
        self._obstacles = obstacles
        self._birth = birth
        self._fleet = means.company.fleet
        self._totals = totals
        self._turns = defaultdict[str, asyncio.Lock](asyncio.Lock)
        self.draining: Final = asyncio.Event()
        """Set once every change is refused: the workers are on their way out."""

    # Answering...

    def release(self, service: str) -> Release:
        """Return the service's release as it stands."""
        return self.served.release(service)

    @property
    def latest(self) -> Snapshot:
        """What was published last."""
        return self.served.latest

    @property
    def releases(self) -> tuple[Release, ...]:
        return self.served.releases

    @property
    def is_draining(self) -> bool:
        return self.draining.is_set()

    @property
    def times_to_zero(self) -> Spread:
        """How long it took until the last worker served by a rollback."""
        return self.rollbacks.times

    def now(self) -> float:
        """Return Unix seconds: when a command is given, by the router's clock."""
        return self._clocks.wall()

    def totals(self) -> Counted:
        """Return what all workers counted until now: once for all that is shown together."""
        return self._totals()

    def effective_percent(self, service: str, totals: Counted) -> float | None:
        """Return the share of answers that AI gave since the service's share took effect."""
        return self.served.effect.percent(service, totals)

    def answers(self, service: str, totals: Counted) -> Answers | None:
        """Return what was answered here since the share took effect; None while it does not."""
        return self.served.effect.since(service, totals)

    # Accept...

    async def carry_out(self, order: Order) -> Receipt:
        """Make it so in every worker, and say how long it took.

        It is carried out to its end, also when whoever asked for it no longer waits.
        """
        self.served.release(order.service)
        if isinstance(order.command, Rollback):
            return await self._roll_one_back(order)
        return await self._to_its_end(self._noted(order, self._change(order)))

    async def begin_drill(self, order: Order, once: Once[Any] | None) -> Call | Answered:
        """Judge it as a change, and begin it as a rollback; or say what was answered before."""
        return await self._noted(order, self._rehearse(order, once))

    async def roll_back(
        self, services: Sequence[str], caller: Caller, reason: str, heard: Heard | None = None
    ) -> tuple[RollbackReport, ...]:
        """Send everybody to legacy; ``heard`` is told each acknowledgement as it comes."""
        call = self.rollbacks.begin(services, caller, reason)
        return await self._to_its_end(self.rollbacks.finish(call, heard))

    def observe(self, observer: Callable[[Event], None]) -> None:
        """Call it with every event of the audit log from now on, once that is kept."""

        def harmless(event: Event) -> None:
            try:
                observer(event)
            except Exception as error:  # noqa: BLE001 - what is kept has to be served all the same
                tell("observer_failed", failure=error, sequence=event.sequence)

        self._ledger.observers.append(harmless)

    def drain(self) -> None:
        """Refuse every change from now on: the workers are on their way out."""
        self.draining.set()

    async def _change(self, order: Order) -> Receipt:
        started = self._clocks.stopwatch()
        async with self._turns[order.service]:
            if (answered := await self._recalled(order.once, order.command.at)) is not None:
                return Receipt(self.release(order.service), (), 0.0, repeated=answered)
            decision = await self._decide(order)
            if (answered := await self._keep(order, decision)) is not None:
                return Receipt(self.release(order.service), (), 0.0, repeated=answered)
            self._publish(order, decision)
        missing = await self._acknowledged(decision.after)
        return self._report(order, decision, missing, started)

    async def _rehearse(self, order: Order, once: Once[Any] | None) -> Call | Answered:
        async with self._turns[order.service]:
            if (answered := await self._recalled(once, order.command.at)) is not None:
                return answered
            decision = await self._decide(order)
            return self.rollbacks.begin_drill(decision, order.caller, order.command)

    async def _recalled(self, once: Once[Any] | None, at: float) -> Answered | None:
        """Return what the same request was answered before."""
        if once is None:
            return None
        known = await self._ledger.store.recall(once.key, at)
        return None if known is None else same(once, known)

    # Decide...

    async def _decide(self, order: Order) -> Decision:
        found = await self._judge(order)
        match found:
            case RevisionPassed(service=service, revision=revision):
                raise RevisionPassedError(service, revision)
            case Refusal():
                raise ReleaseRefusedError(found.code, str(found))
            case _:
                return found

    async def _judge(self, order: Order) -> Decision | Refusal:
        found = self._judged(order, ())
        if not isinstance(found, Decision) or not found.is_raise:
            return found
        # Whoever raises step by step as fast as he can is held up for as long as that takes.
        stand = stand_of(found.before)
        ours = self._workers.caught_up(order.service, stand, ACKNOWLEDGE_LIMIT)
        behind = await self.company.behind_with(ours, order.service, stand, ACKNOWLEDGE_LIMIT)
        return self._judged(order, open_change(behind))

    def _judged(self, order: Order, more: tuple[Obstacle, ...]) -> Decision | Refusal:
        """Nothing here waits: what is judged is what is served."""
        if self.is_draining:
            raise DrainingError
        if self.served.hold is not None:
            raise StoreUnavailableError(self.served.hold)
        release, plan = self.release(order.service), self.served.plan(order.service)
        obstacles = (*self._obstacles(order.service), *more)
        return decide(release, order.command, plan, obstacles)

    # Keep...

    async def _keep(self, order: Order, decision: Decision) -> Answered | None:
        """Return once it is remembered; or what was answered if it was done before."""
        after, birth = decision.after, await self._birth()
        outcome = await self._ledger.change(
            after,
            based_on=self.served.remembered(order.service),
            entry=entry_for(order.caller, order.command, decision.before, after),
            answered=None if order.once is None else order.once.answer(after),
            birth=birth,
        )
        match outcome:
            case Repeated(known):
                return same(order.once, known)
            case Passed(newest):
                raise self._passed(order, decision.before, newest)
            case _:
                return None

    def _passed(self, order: Order, seen: Release, newest: Release | None) -> GrayRouterError:
        """Say what came in between; serve by it, if it is later than what is served.

        ``seen``: what the order was decided upon.
        """
        current = self.release(order.service)
        if newest is not None and newest == current and stand_of(seen) < stand_of(newest):
            return outrun(order.command, newest)  # it was heard of while the store was asked
        if newest is None or newest == current or stand_of(newest) < stand_of(current):
            self._look_for_a_loss(order.service)
            return StoreUnavailableError(
                f"the store no longer has the release of {order.service} that is served"
            )
        self.keeping.follow(newest)
        return outrun(order.command, newest)

    def _look_for_a_loss(self, service: str) -> None:
        if self._fleet.is_shared:  # a renewal finds what has become of it
            self._fleet.nudge()
        elif self.keeping.is_in_store(service):
            self.keeping.lose(service)

    # Publish...

    def _publish(self, order: Order, decision: Decision) -> None:
        """Serve by it, unless a rollback has come in between."""
        before, after = decision.before, decision.after
        current = self.served.find(order.service)
        self.served.remember(order.service)
        if current not in (None, before, after):  # a look at the store may have found it already
            raise outrun(order.command, self.release(order.service))
        self.served.put(after)

    # Await acknowledgements...

    async def _acknowledged(self, release: Release) -> tuple[str, ...]:
        stand = stand_of(release)
        ours = self._workers.serving(release.service, stand, ACKNOWLEDGE_LIMIT)
        return await self.company.behind_with(ours, release.service, stand, ACKNOWLEDGE_LIMIT)

    async def acknowledged(self, version: int) -> tuple[str, ...]:
        """Wait until every worker serves by ``version``, or name who does not in time."""
        return await self._workers.acknowledged(version, ACKNOWLEDGE_LIMIT)

    # Report...

    def _report(
        self, order: Order, decision: Decision, missing: tuple[str, ...], started: float
    ) -> Receipt:
        applied_ms = round((self._clocks.stopwatch() - started) * 1000, 1)
        after = decision.after
        self.served.took_effect(after)
        tell(
            "release_changed",
            service=after.service,
            command=order.command.title,
            by=order.caller.name,
            status=after.status,
            percent=after.share / 100,
            revision=after.revision,
            pending=decision.is_waiting,
            missing=missing,
        )
        return Receipt(after, missing, applied_ms, is_waiting=decision.is_waiting)

    async def _noted(self, order: Order, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        except (CommandRefusedError, StoreError) as refused:
            await self._note(order, refused)
            raise

    async def _note(self, order: Order, refused: Exception) -> None:
        code = refused.code if isinstance(refused, ReleaseRefusedError) else type(refused).__name__
        tell(
            "command_refused",
            level=logging.WARNING,
            service=order.service,
            command=order.command.title,
            by=order.caller.name,
            refusal=code,
        )
        await self.note(
            order.caller, order.command.title, order.service, order.command.reason, str(refused)
        )

    async def note(
        self, caller: Caller, command: str, service: str, why: str, refused: str
    ) -> None:
        """Have the audit log say that somebody was refused; wait for it no longer than a second."""
        at = self._clocks.wall()
        await self._ledger.note(entry_of_refusal(caller, command, service, why, refused, at=at))

    async def note_done(self, caller: Caller, command: str, service: str, why: str) -> None:
        """Have the audit log say that something was done that changed no release."""
        at, who = self._clocks.wall(), caller.name
        await self._ledger.note(Entry(at, who, caller.origin, command, service, why=why))

    # Another config...

    def adopt(
        self,
        compile_snapshot: Compile,
        plans: Mapping[str, ReleasePlan],
        herald: Callable[[], None],
    ) -> Snapshot:
        """Serve by another config from now on; return what was published.

        The services of ``plans`` keep their releases, new ones begin at 0. Nothing here waits, so
        no command comes in between; should compiling fail, nothing has changed. ``herald`` is
        called right before the snapshot is published.
        """
        if self.is_draining:
            raise DrainingError
        at = self._clocks.wall()
        new = self.served.adopt(
            compile_snapshot,
            plans,
            lambda service: self.served.newcomer(service, plans[service], at),
            herald,
        )
        if new:
            self._tasks.spawn(self._make_room(len(plans)), "journal")
        for release in new.values() if self.served.hold is None else ():
            command = ComeBack(by=RELOAD.name, at=at, reason=release.reason)
            self.served.remember(release.service)
            self.keeping.keep([entry_for(RELOAD, command, None, release)])
        return self.served.latest

    # Own...

    async def _make_room(self, services: int) -> None:
        try:
            await self._ledger.make_room(services)
        except StoreError as error:
            tell("journal_not_grown", level=logging.ERROR, error=str(error))

    async def _roll_one_back(self, order: Order) -> Receipt:
        (report,) = await self.roll_back([order.service], order.caller, order.command.reason)
        return Receipt(self.release(order.service), report.missing, report.applied_ms)

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        return await to_its_end(self._tasks, work, "command")

"""A drill: roll back → await acknowledgements → stay at 0 for a moment → let all be as before.

The first half is a rollback in everything. The second is a change, kept before it is served, and
commanded for the drill's very release: whatever comes in between leaves AI at 0. So does the end of
this router, for a release that is rolled back is all that it leaves behind.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from router.control.caller import Caller
from router.control.calling import Acknowledgement
from router.control.conductor import Conductor
from router.control.events import tell
from router.control.orders import Once, Order, RollbackReport
from router.control.to_its_end import to_its_end
from router.errors import GrayRouterError
from router.release.commands import Drill, Restore
from router.release.state import Release
from router.replica.drill import Left, Measured, restoring
from router.store.port import Answered
from router.tasks import TaskOwner

STAY: Final = 3.0
"""Seconds at 0. Twice in them each worker says whom of legacy's it leaves out, and most requests
that had begun at AI end; so legacy has carried everybody, and been looked at, before AI is asked
again. It costs AI's callers so many seconds of legacy."""

TAKEN_OUT: Final = "another config has taken the service out meanwhile"


@dataclass(frozen=True, slots=True)
class Published:
    """The drill is served, and its acknowledgements are awaited."""

    service: str
    epoch: int
    revision: int


Step = Published | Acknowledgement | RollbackReport
"""What happens meanwhile; the report is of the first half."""

Hear = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of a drill. because: why AI was left at 0, None where all is as it was before."""

    report: RollbackReport
    release: Release
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants a drill."""

    service: str
    command: Drill
    caller: Caller
    once: Once[Rehearsal] | None = None


class Drills:
    """Carries them out. stay: seconds at 0, once nobody asks AI any more."""

    def __init__(self, conductor: Conductor, tasks: TaskOwner, *, stay: float = STAY) -> None:
        self._conductor = conductor
        self._tasks = tasks
        self._stay = stay

    async def rehearse(self, wish: Wish, hear: Hear) -> Rehearsal | Answered:
        """Raise why none is possible, else return what became of it.

        It is carried out to its end, also when whoever asked for it no longer waits.
        """
        return await to_its_end(self._tasks, self._carried_out(wish, hear), "drill")

    async def _carried_out(self, wish: Wish, hear: Hear) -> Rehearsal | Answered:
        order = Order(wish.service, wish.command, wish.caller)
        call = await self._conductor.begin_drill(order, wish.once)
        if isinstance(call, Answered):
            return call
        during = self._conductor.release(wish.service)
        hear(Published(during.service, during.epoch, during.revision))
        (report,) = await self._conductor.rollbacks.finish(call, hear)
        hear(report)
        if report.complete:
            await self._stay_there()
        rehearsal = await self._ended(wish, during, report)
        _tell(wish, rehearsal)
        return rehearsal

    async def _stay_there(self) -> None:
        """Stay at 0; a router that stops waits no longer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._stay):
                await self._conductor.draining.wait()

    async def _ended(self, wish: Wish, during: Release, report: RollbackReport) -> Rehearsal:
        """Let all be as before if that may be."""
        conductor = self._conductor
        release = conductor.served.find(wish.service)
        if release is None:
            return Rehearsal(report, during, TAKEN_OUT)
        measured = Measured(report.applied_ms, is_complete=report.complete)
        command = restoring(during, measured, release, conductor.now())
        if isinstance(command, Left):
            why = command.because
            await conductor.note(wish.caller, Restore.name, wish.service, during.reason, why)
            return Rehearsal(report, release, why)
        once = None if wish.once is None else _once(wish.once, report)
        try:
            receipt = await conductor.carry_out(Order(wish.service, command, wish.caller, once))
        except GrayRouterError as refused:
            return Rehearsal(report, conductor.served.find(wish.service) or during, str(refused))
        return Rehearsal(report, receipt.release)


def _once(once: Once[Rehearsal], report: RollbackReport) -> Once[Release]:
    """Have the whole of it kept as the answer, together with the change that ends it."""
    return Once(once.key, once.fingerprint, lambda release: once.answer(Rehearsal(report, release)))


def _tell(wish: Wish, rehearsal: Rehearsal) -> None:
    report, release = rehearsal.report, rehearsal.release
    if rehearsal.because is None:
        tell(
            "drill_passed",
            service=wish.service,
            by=wish.caller.name,
            applied_ms=report.applied_ms,
            last_ai_byte_ms=report.last_ai_byte_ms,
            percent=release.share / 100,
            revision=release.revision,
        )
        return
    tell(
        "drill_failed",
        level=logging.ERROR,
        service=wish.service,
        by=wish.caller.name,
        because=rehearsal.because,
        complete=report.complete,
        applied_ms=report.applied_ms,
        status=release.status,
        percent=release.share / 100,
        revision=release.revision,
    )

"""Renews the lease with the store that is shared, and serves by what comes back.

send → judge what is answered → serve it → bring what the store lacks → extend the lease

Rule 1: when a renewal was sent is noted before it is sent, and the lease counts from there.
Rule 2: workers are told what changed before they are told for how long, in one order.
Rule 3: nothing waits between an answer and what follows from it.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from router.control.caller import ROUTER
from router.control.clocks import Clocks
from router.control.events import tell
from router.control.fleet.fleet import Fleet
from router.control.following import RETRY_EVERY, tell_followed
from router.control.keeping import KEPT_AGAIN, Keeping
from router.control.reach import Reach
from router.control.served import Served
from router.errors import (
    StoreDamagedError,
    StoreError,
    StoreTooNewError,
    StoreUnavailableError,
)
from router.release.state import Release
from router.replica.judging import Finding, Judgement, Serving, Stored, judge_all, renews
from router.replica.lease import RETURN_EVERY, Lease
from router.replica.lost_state import Losses
from router.store.audit import Entry
from router.store.meeting import Meeting, Reply
from router.store.port import Saved, Store, stand_of
from router.tasks import TaskOwner

BEAT_WITHIN: Final = 2.0
"""Seconds in which a renewal has to be answered; later the next one is sent."""

BEGUN: Final = "begin"
"""What the audit log calls a service that is new to the store."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A store, and the meeting that it offers."""

    store: Store
    meeting: Meeting


class Renewing:
    """`run` until cancelled.

    ``extend`` tells the workers until when AI may be asked, ``applied`` returns when they serve by
    a release, or after some time.
    """

    def __init__(
        self,
        shared: Shared,
        fleet: Fleet,
        served: Served,
        keeping: Keeping,
        reach: Reach,
        *,
        lease: float,
        extend: Callable[[float], None],
        applied: Callable[[Release], Awaitable[object]],
        clocks: Clocks,
        tasks: TaskOwner,
    ) -> None:
        self._shared = shared
        self._fleet = fleet
        self._served = served
        self._keeping = keeping
        self.reach: Final = reach
        self._extend = extend
        self._applied = applied
        self._clocks = clocks
        self._tasks = tasks
        self._lease = Lease(lease)
        self._losses = Losses()
        self._birth: str | None = None
        self._is_confirmed = asyncio.Event()
        self._confirmed: tuple[Release, ...] = ()
        self._is_held = asyncio.Event()
        self._is_too_new = False
        self._bringing: set[str] = set()

    async def run(self) -> None:
        """Renew for ever, at once whenever the store has changed."""
        listening = self._tasks.spawn(self._listen(), "news")
        try:
            while True:
                sent = self._clocks.boottime()
                has_answered = await self._renew(sent)
                await self._fleet.nudged(self._next(sent, has_answered=has_answered))
        finally:
            listening.cancel()

    async def birth(self, within: float) -> str | None:
        """Return which store it is that knows what is served.

        Raises StoreUnavailableError where that is not known within so many seconds.
        """
        try:
            async with asyncio.timeout(within):
                await self._is_confirmed.wait()
                while self._confirmed != self._served.releases:  # a later epoch makes another birth
                    self._is_confirmed.clear()
                    self._fleet.nudge()
                    await self._is_confirmed.wait()
        except TimeoutError:
            raise StoreUnavailableError("the store has not confirmed yet how all stands") from None
        return self._birth

    async def held(self, within: float) -> None:
        """Return as soon as AI may be asked, or too late."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._is_held.wait()

    async def leave(self) -> None:
        """Say that none of our workers is left; whether it is heard or not."""
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(BEAT_WITHIN):
                last = self._fleet.last_presence()
                await self._shared.meeting.beat(last, keep=self._fleet.horizon)

    # Send...

    async def _renew(self, sent: float) -> bool:
        before = {release.service: release for release in self._served.releases}
        presence, keep = self._fleet.next_presence(), self._fleet.horizon
        try:
            async with asyncio.timeout(BEAT_WITHIN):
                reply = await self._shared.meeting.beat(presence, keep=keep)
        except (StoreError, TimeoutError) as error:
            self._missed(error)
            return False
        self.reach.found()
        self._is_too_new = False
        self._heard(reply, sent, before)
        return True

    def _next(self, sent: float, *, has_answered: bool) -> float:
        """Return in how many seconds to renew next; a store that was away is asked more often."""
        now = self._clocks.boottime()
        due = self._lease.next_renewal(sent, now) if has_answered else sent + RETURN_EVERY
        return due - now

    async def _listen(self) -> None:
        """Pub/sub tells of a change at once; without it the store is looked at all the same."""
        version = -1
        while True:
            try:
                version = await self._shared.store.changed(version)
                self._fleet.nudge()
            except (StoreError, TimeoutError):
                await asyncio.sleep(RETRY_EVERY)

    # Judge...

    def _heard(self, reply: Reply, sent: float, before: Mapping[str, Release]) -> None:
        now = self._clocks.boottime()
        self._fleet.told(reply.members)
        birth = None if reply.birth is None else reply.birth.id
        stored = Stored(reply.loaded.releases, birth, sent)
        judgements = judge_all(stored, self._servings(before))
        self._losses = self._losses.seen(judgements, now)
        for judgement in judgements:
            self._act(judgement, stored, now)
        for service, release in stored.releases.items():
            if service not in before:  # no config has it now; one may have it again
                self._keeping.follow(release)
        self._renewed(judgements, stored, now)

    def _servings(self, before: Mapping[str, Release]) -> Sequence[Serving]:
        """Say what is served, and whether that began before the renewal was sent."""
        return [
            Serving(
                release,
                since=0.0 if before.get(release.service) is release else math.inf,
                birth=self._birth,
            )
            for release in self._served.releases
        ]

    # Serve and bring...

    def _act(self, judgement: Judgement, stored: Stored, now: float) -> None:
        service = judgement.release.service
        match judgement.finding:
            case Finding.CURRENT:
                self._served.remember(service)
            case Finding.LATER:
                self._keeping.follow(judgement.release)
                tell_followed(judgement.release)
                self._tasks.spawn(self._say_so(judgement.release), "applied")
            case Finding.BEHIND:
                self._bring(judgement.release, stored)
            case Finding.FORGETFUL:
                self._keeping.lose(service)
            case Finding.MISSING if self._losses.are_final(service, self._lease.length, now):
                self._keeping.lose(service)
            case _:
                pass

    async def _say_so(self, release: Release) -> None:
        """Let whoever has changed it know at once when our workers serve by it."""
        await self._applied(release)
        self._fleet.nudge()

    def _bring(self, release: Release, stored: Stored) -> None:
        """Have the store know what is served; a share only upon what it was seen to have."""
        self._served.put(release)
        service = release.service
        if service in self._bringing or self._keeping.is_under_way(service):
            return
        at = self._clocks.wall()
        before = stored.releases.get(service)
        what = KEPT_AGAIN if release.revision else BEGUN
        entry = Entry(at, ROUTER.name, ROUTER.origin, what, service, old=before, new=release)
        if not release.share:
            self._keeping.keep([entry])
        elif before is not None:
            self._bringing.add(service)
            self._tasks.spawn(self._bring_share(entry, before, stored.birth), "bring")

    async def _bring_share(self, entry: Entry, before: Release, birth: str | None) -> None:
        try:
            if entry.new is not None:
                outcome = await self._shared.store.compare_and_set(
                    entry.new, based_on=stand_of(before), entry=entry, birth=birth
                )
                if isinstance(outcome, Saved):
                    self._fleet.nudge()
        except (StoreError, TimeoutError):
            pass  # the next renewal finds the store behind once more, in its own time
        finally:
            self._bringing.discard(entry.service)

    # Extend...

    def _renewed(self, judgements: Sequence[Judgement], stored: Stored, now: float) -> None:
        if renews(judgements):
            self._birth = stored.birth
            self._confirmed = self._served.releases
            self._is_confirmed.set()
            self._lease = self._lease.renewed(stored.asked, now)
        else:
            self._is_confirmed.clear()
            is_loss = any(judgement.is_loss for judgement in judgements)
            self._lease = self._lease.broken(now) if is_loss else self._lease.missed()
        self._tell_lease()

    def _missed(self, error: Exception) -> None:
        """Nothing is renewed by what did not come, nor by what cannot be read."""
        self.reach.lost(str(error) or f"no answer within {BEAT_WITHIN:g} s")
        if isinstance(error, StoreTooNewError | StoreDamagedError):
            self._lease = self._lease.unjudged(self._clocks.boottime())
        else:
            self._lease = self._lease.missed()
        if isinstance(error, StoreTooNewError) and not self._is_too_new:
            self._is_too_new = True
            tell("store_too_new", level=logging.ERROR, error=str(error))
        self._tell_lease()

    def _tell_lease(self) -> None:
        if self._lease.until != self._fleet.lease_until:
            self._fleet.lease_until = self._lease.until
            self._extend(self._lease.until)
        is_held = self._lease.holds(self._clocks.boottime())
        if is_held and not self._is_held.is_set():
            tell("lease_held", seconds=self._lease.length)
            self._is_held.set()
        elif self._is_held.is_set() and not is_held:
            tell("lease_lost", level=logging.ERROR)
            self._is_held.clear()

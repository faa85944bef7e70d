"""Keeps what is served and what is remembered in step: at the start, and for ever after.

At the start AI is at 0 until it is known how everything stood, and as long as a rollback might not
be remembered. Afterwards what only the journal has is brought to the store, and what somebody else
has written there is served at once.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Final, Protocol

from router.control.broadcast import Stand, Stands
from router.control.caller import ROUTER
from router.control.clocks import Clocks
from router.control.entries import lost, outlived
from router.control.events import tell
from router.control.following import RETRY_EVERY
from router.control.keeping import Keeping
from router.control.reach import Reach
from router.control.served import Served, held_at_zero
from router.errors import StoreError
from router.release.plan import ReleasePlan
from router.release.state import Release
from router.store.audit import Entry
from router.store.ledger import Ledger, Recovered

BACK: Final = "store_back"
"""The first event of a store that had taken nothing for a while."""


class Follower(Protocol):
    """Serves at once what others write into the store (`Following`, `Renewing`)."""

    @property
    def reach(self) -> Reach: ...

    async def run(self) -> None: ...


class Custody:
    """Made once; `run` until cancelled."""

    def __init__(
        self,
        served: Served,
        keeping: Keeping,
        ledger: Ledger,
        clocks: Clocks,
        follower: Follower,
    ) -> None:
        self._served = served
        self._follower = follower
        self._reach = follower.reach
        self._keeping = keeping
        self._ledger = ledger
        self._clocks = clocks
        self._told: tuple[str, ...] = ()
        self._is_known = asyncio.Event()

    async def run(self, seen: Stands) -> None:
        """Find out how everything stood, then follow the store and bring it what it lacks.

        ``seen``: by what the workers of a killed predecessor serve.
        """
        await self._recover(seen)
        self._is_known.set()
        await asyncio.gather(self._follower.run(), self._catch_up())

    async def known(self, within: float) -> None:
        """Return as soon as it is known how everything stood, or too late."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._is_known.wait()

    @property
    def is_up(self) -> bool:
        """Whether the store can be read, and took what it was given last."""
        return self._reach.answers and not self._ledger.is_refused

    @property
    def trouble(self) -> str:
        """Why the store cannot be read now; empty where it can."""
        return self._reach.trouble

    # At the start...

    async def _recover(self, seen: Stands) -> None:
        """Serve by what is remembered; try again for as long as that cannot be relied on."""
        while True:
            services = len(self._served.releases)
            found = await self._ledger.recover(services, at=self._clocks.wall())
            if found.is_read and found.can_journal:
                break
            self._hold(found)
            await asyncio.sleep(RETRY_EVERY)
        self._settle(found, seen)

    def _hold(self, found: Recovered) -> None:
        """Have AI at 0 until store and journal do what is asked of them."""
        problems = found.problems or ("the store does not answer",)
        why = "; ".join(problems)
        self._keeping.settle_blind(found.releases.values())
        known = {name: held_at_zero(each, why) for name, each in found.releases.items()}
        self._served.restore(known, is_read=found.is_read, hold=why)
        if problems != self._told:
            self._told = problems
            tell("ai_held", level=logging.ERROR, problems=problems)

    def _settle(self, found: Recovered, seen: Stands) -> None:
        """Serve by what was found, or by less where that may not be all."""
        self._reach.begun()
        entries: dict[str, Entry] = {}
        known = dict(found.releases)
        for service in (release.service for release in self._served.releases):
            before = known.get(service) or self._fresh(service)
            plan = self._served.plan(service)
            after = self._judged(before, plan, seen.get(service), is_certain=found.is_certain)
            known[service] = after.new if after is not None and after.new else before
            if after is not None:
                entries[service] = after
        self._keeping.settle_blind(known.values())
        self._served.restore(known, is_read=True, hold=None)
        self._served.remember(*found.releases)
        self._tell_settled(found, entries)
        for entry in entries.values():
            self._keeping.keep([entry])

    def _fresh(self, service: str) -> Release:
        at, reason = self._clocks.wall(), "a service that is new begins at 0"
        return Release(service, updated_at=at, by="start", reason=reason)

    def _judged(
        self, release: Release, plan: ReleasePlan, seen: Stand | None, *, is_certain: bool
    ) -> Entry | None:
        """Return what follows if that cannot be all that there was, None if it may be."""
        at = self._clocks.wall()
        found = None if seen is None else outlived(release, seen, plan, at)
        if found is not None or is_certain or release.is_barred:
            return found
        return lost(release, plan, at)

    def _tell_settled(self, found: Recovered, entries: Mapping[str, Entry]) -> None:
        if entries:
            services = tuple(entries)
            tell("state_lost", level=logging.ERROR, services=services, problems=found.problems)
        elif found.problems:
            tell("store_noted", level=logging.WARNING, problems=found.problems)
        if self._told:
            tell("ai_let_go")

    # For ever after...

    async def _catch_up(self) -> None:
        while True:
            await asyncio.sleep(RETRY_EVERY)
            try:
                await self._bring()
            except StoreError:
                continue  # whoever was to know of it has been told

    async def _bring(self) -> None:
        """Bring what is owed; where nothing is, see whether the store takes anything again."""
        if self._ledger.owed:
            for newest in await self._ledger.catch_up():
                self._keeping.follow(newest)
        elif self._ledger.is_refused:
            why = "it took nothing for a while"
            await self._ledger.note(
                Entry(self._clocks.wall(), ROUTER.name, ROUTER.origin, BACK, "", why=why)
            )

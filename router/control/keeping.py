"""What is served already is kept: a rollback, a loss, and all of it once more if it was removed.

Rule 1: nothing here holds up what is served.
Rule 2: where the store has something else, what follows of both is served and kept (`joining`): a
rollback goes beyond what was decided in ignorance of it.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from router.control.caller import ROUTER
from router.control.clocks import Clocks
from router.control.entries import entry_for, lost
from router.control.events import tell
from router.control.served import Served
from router.errors import StoreError
from router.release.commands import Rollback
from router.release.state import Release
from router.replica.joining import join
from router.store.audit import Entry
from router.store.ledger import Durability, Ledger
from router.tasks import TaskOwner

MOST_STEPS: Final = 8
"""Times that a rollback goes beyond what the store has; more would mean that it does not listen."""

KEPT_AGAIN: Final = "keep_again"
"""What the audit log calls a release that is written into a store which lacks it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The release that holds in the end, where it is kept, and what went wrong, in sentences."""

    release: Release
    durable: Durability
    problems: tuple[str, ...]


class Keeping:
    """Writes behind what is served, and knows what the store still lacks."""

    def __init__(self, served: Served, ledger: Ledger, clocks: Clocks, tasks: TaskOwner) -> None:
        self._served = served
        self._ledger = ledger
        self._clocks = clocks
        self._tasks = tasks
        self._under_way = Counter[str]()
        self._renewing: asyncio.Task[tuple[Kept, ...]] | None = None
        self._blind: set[str] = set()

    # Keep...

    def keep(self, entries: Sequence[Entry]) -> asyncio.Task[tuple[Kept, ...]]:
        """Keep what is served already, while others go on; no change is kept before it."""
        for entry in entries:
            if entry.new is not None:
                self._ledger.expect(entry.new, entry)
        return self._spawn(entries, self._keep_all(entries))

    def keep_again(self) -> None:
        """Keep all that is served once more: what held it was removed."""
        if self._served.hold is not None:
            return
        at = self._clocks.wall()
        entries = [
            Entry(at, ROUTER.name, ROUTER.origin, KEPT_AGAIN, release.service, new=release)
            for release in self._served.releases
            if self._served.remembered(release.service) is not None
        ]
        self._renewing = self._spawn(entries, self._keep_anew(entries))

    def keep_displaced(self) -> bool:
        """Keep all again if somebody has taken store or journal away; say if that was begun."""
        is_busy = self._renewing is not None and not self._renewing.done()
        if is_busy or self._served.hold is not None or not self._ledger.is_displaced:
            return False
        self.keep_again()
        return True

    def _spawn(
        self, entries: Sequence[Entry], work: Coroutine[Any, Any, tuple[Kept, ...]]
    ) -> asyncio.Task[tuple[Kept, ...]]:
        self._under_way.update(entry.service for entry in entries)  # before anybody asks
        return self._tasks.spawn(work, "keep")

    async def _keep_anew(self, entries: Sequence[Entry]) -> tuple[Kept, ...]:
        with contextlib.suppress(StoreError):  # whoever keeps something next tells why
            await self._ledger.reopen()
        return await self._keep_all(entries)

    async def _keep_all(self, entries: Sequence[Entry]) -> tuple[Kept, ...]:
        return tuple(await asyncio.gather(*(self._kept(entry) for entry in entries)))

    async def _kept(self, entry: Entry) -> Kept:
        try:
            return await self._keep(entry)
        finally:
            self._under_way[entry.service] -= 1

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

    # Know...

    def in_store(self) -> tuple[Release, ...]:
        """Return the releases that are served, and that the store has as they are."""
        releases = self._served.releases
        return tuple(release for release in releases if self.is_in_store(release.service))

    def is_in_store(self, service: str) -> bool:
        """Say whether the store was given what is served, and has taken it."""
        is_away = self.is_under_way(service) or service in self._ledger.owed
        return not is_away and self._served.remembered(service) is not None

    def is_under_way(self, service: str) -> bool:
        """Say whether something of it is being kept just now."""
        return self._under_way[service] > 0

    def lose(self, service: str) -> None:
        """The store has forgotten it: have it stand still at 0, and the store know that."""
        release = self._served.find(service)
        if release is None:  # another config has taken it out meanwhile
            return
        plan = self._served.plan(service)
        entry = lost(release, plan, self._clocks.wall())
        if entry.new is not None:
            self._served.put(entry.new)
        tell("state_lost", level=logging.ERROR, services=(service,), problems=())
        self.keep([entry])

    # Meet...

    def meet(self, *releases: Release) -> bool:
        """Another replica serves by these rollbacks: serve by them at once, and keep them.

        Say if any was news.
        """
        at, entries = self._clocks.wall(), list[Entry]()
        for release in releases:
            current = self._served.find(release.service)
            joined = release if current is None else join(current, release)
            if not joined.share and joined != current:
                if not self._served.is_read:
                    self.decided_blind(release.service)
                entries.append(_of_rollback(at, current, joined))
        self._served.put(*(entry.new for entry in entries if entry.new is not None))
        if entries:
            self.keep(entries)
        return bool(entries)

    def follow(self, stored: Release) -> bool:
        """The store has this: serve by it, and beyond it where it lacks a rollback.

        Say if that was news.
        """
        current = self._served.find(stored.service)
        joined = stored if current is None else join(current, stored)
        is_news = self._served.put(joined)
        if joined == stored:
            self._served.remember(stored.service)
        if is_news and joined != stored:
            self.keep([_of_rollback(self._clocks.wall(), stored, joined)])
        elif is_news and joined.is_barred:  # the store may forget it, and we be restarted
            entry = _of_rollback(self._clocks.wall(), stored, joined)
            self._tasks.spawn(self._ledger.journal(joined, entry), "journal")
        return is_news

    def decided_blind(self, service: str) -> None:
        """Note that it was rolled back before anybody knew what the store has."""
        self._blind.add(service)

    def settle_blind(self, found: Iterable[Release]) -> None:
        """Have what was rolled back before this was found outrun it, whatever the clock said."""
        for release in found:
            if release.service in self._blind:
                self.follow(release)

    def _beyond(self, newest: Release, entry: Entry) -> Entry | None:
        """Serve by what the store has instead, or by what follows of both; None: it has that."""
        current = self._served.find(newest.service)
        if current is None:  # another config has taken it out meanwhile
            return None
        joined = join(current, newest)
        self._served.put(joined)
        if joined == newest:
            return None
        return replace(entry, at=self._clocks.wall(), old=newest, new=joined)


def _of_rollback(at: float, before: Release | None, after: Release) -> Entry:
    """Return what the audit log is to say of a rollback that was called elsewhere."""
    command = Rollback(by=after.by, at=at, reason=after.reason)
    return entry_for(replace(ROUTER, name=after.by), command, before, after)

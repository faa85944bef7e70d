"""Store and journal together: what is kept of a change, and in which order.

A change is kept before it is served: whoever asked for it may rely on it. A rollback is served
before it is kept: it goes to the journal at once, then to the store, and when neither takes it, it
holds all the same for as long as the router runs. What only the journal has is brought to the store
as soon as that is possible (`catch_up`), and before any other change.
"""

import asyncio
import contextlib
import enum
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from router.errors import StoreError
from router.release.state import Release
from router.replica.joining import join
from router.store.audit import Entry, Event, unplaced
from router.store.journal import Journal
from router.store.lane import Lane
from router.store.port import (
    Answered,
    Passed,
    Repeated,
    Saved,
    Stand,
    Store,
    stand_of,
)
from router.store.record import Record

JOURNAL_LIMIT: Final = 1.0
"""Seconds that a rollback's report waits for the journal."""

STORE_LIMIT: Final = 1.0
"""Seconds that it waits for the store after that."""

START_LIMIT: Final = 10.0
"""Seconds that a start waits for either: a router that knows nothing serves legacy alone."""

MOST_OWED: Final = 16
"""Rollbacks of one service that are kept for a store that is away; the oldest are let go."""

BY_ROUTER: Final = "router"
"""Who does what nobody has asked for, in the audit log."""

LOST_STATE: Final = "store_lost_state"
"""The first event of a store that took the place of one that could not be read."""

T = TypeVar("T")


class Durability(enum.StrEnum):
    """Where a rollback is kept when its report is given."""

    STORE = "store"
    JOURNAL = "journal"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a rollback.

    passed_by: the store holds this newer release instead; a rollback has to go beyond its epoch.
    because: what went wrong, in sentences.
    """

    durable: Durability
    passed_by: Release | None = None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recovered:
    """What is known at the start.

    is_read: store and journal have answered; else they may do so later.
    is_certain: nothing that was ever kept can be missing; else AI starts at 0.
    can_journal: a rollback will survive a full disk; else AI may not start above 0.
    problems: what the operator should know, in sentences.
    """

    releases: Mapping[str, Release]
    is_read: bool
    is_certain: bool
    can_journal: bool
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Owed:
    """A rollback that the store has not confirmed; `is_told`: observers know of it already."""

    release: Release
    entry: Entry
    is_told: bool = False


class Ledger:
    """Everything that a router writes down goes through here."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self.store: Final = store
        self.observers: Final[list[Callable[[Event], None]]] = []
        """Called with each event once it is kept; with that of a rollback no later than its report,
        as number 0 if the store does not have it by then."""
        self.is_refused = False
        """Whether the store did not take what it was given last."""
        self._journal = journal
        self._lane = Lane("journal")  # not the store's: that may be stuck just now
        self._owed: dict[str, deque[_Owed]] = {}
        self._bringing = asyncio.Lock()
        self._noted_losses = 0

    @property
    def owed(self) -> tuple[str, ...]:
        """The services of which the store does not have the last rollback."""
        return tuple(service for service, owed in self._owed.items() if owed)

    @property
    def is_displaced(self) -> bool:
        """Whether somebody has taken away what the journal or the store has open."""
        return self._journal.is_displaced or self.store.is_displaced

    # Begin...

    async def recover(self, services: int, *, at: float) -> Recovered:
        """Read store and journal: of each service the later release holds that knows the other.

        ``services``: for how many the journal needs room. ``at``: Unix seconds, for the audit log
        of a store that begins anew. What could not be read may be readable later: call it again.
        """
        loaded = await _try(self.store.load(), "store", START_LIMIT)
        records = await _try(self._lane.do(self._journal.read), "journal", START_LIMIT)
        releases = dict(loaded.value.releases) if loaded.value is not None else {}
        self._reconcile(releases, records.value or {})
        losses = [note.text for note in self.store.notes if note.is_loss]
        await self._note_losses(losses, at)
        room = await _try(self.make_room(services), "journal", START_LIMIT)
        brought = await _try(self.catch_up(), "store", START_LIMIT)
        unread = self._journal.problems
        told = (*(note.text for note in self.store.notes), *unread)
        is_whole = loaded.problem is None and records.problem is None
        return Recovered(
            releases,
            is_read=is_whole,
            is_certain=is_whole and not losses and not unread,
            can_journal=room.problem is None,
            problems=tuple(dict.fromkeys((*_problems(loaded, records, room, brought), *told))),
        )

    async def _note_losses(self, losses: Sequence[str], at: float) -> None:
        for loss in losses[self._noted_losses :]:
            if await self.note(Entry(at, BY_ROUTER, "", LOST_STATE, "", why=loss)) is None:
                return
            self._noted_losses += 1

    def _reconcile(self, releases: dict[str, Release], records: Mapping[str, Record]) -> None:
        for service, record in records.items():
            stored, known = releases.get(service), record.release
            holds = known if stored is None else join(known, stored)
            if holds == stored:
                self._journal.settle(service, stand_of(known))
            else:
                releases[service] = holds
                self._owe(holds, replace(record.entry, new=holds))

    async def make_room(self, services: int) -> None:
        """Have room in the journal for so many services; raise StoreError."""
        await self._lane.do(lambda: self._journal.prepare(services))

    # Change...

    async def change(
        self,
        release: Release,
        *,
        based_on: Stand | None,
        entry: Entry,
        answered: Answered | None = None,
        birth: str | None = None,
    ) -> Saved | Passed | Repeated:
        """Keep a change, before it is served; raise StoreError. All as in `compare_and_set`.

        It waits as long as the disk takes: whether a change was kept must not be guessed.
        """
        with self._writing():
            await self.catch_up(release.service)
            outcome = await self.store.compare_and_set(
                release, based_on=based_on, entry=entry, answered=answered, birth=birth
            )
        self._tell(outcome)
        return outcome

    def expect(self, release: Release, entry: Entry) -> None:
        """Take note of what is served by now, so that no change is kept before it."""
        self._owe(release, entry)

    async def roll_back(self, release: Release, *, entry: Entry) -> Kept:
        """Keep a rollback that is served already. It never raises, and never takes long."""
        owed = self._owe(release, entry)
        write = self._lane.do(lambda: self._journal.write(release, entry), in_any_case=True)
        written = await _try(write, "journal", JOURNAL_LIMIT)
        brought = await _try(self.catch_up(release.service), "store", STORE_LIMIT)
        passed_by = brought.value[-1] if brought.value else None
        if brought.problem is None and passed_by is None:
            durable = Durability.STORE
        else:
            durable = Durability.NONE if written.problem else Durability.JOURNAL
            self._tell_early(owed)
        return Kept(durable, passed_by, _problems(written, brought))

    async def journal(self, release: Release, entry: Entry) -> None:
        """Have a rollback outlive its store, which has it; where the disk takes nothing, not."""
        write = self._lane.do(lambda: self._journal.write(release, entry), in_any_case=True)
        if (await _try(write, "journal", JOURNAL_LIMIT)).problem is None:
            self._journal.settle(release.service, stand_of(release))

    async def catch_up(self, service: str | None = None) -> Sequence[Release]:
        """Bring to the store what only the journal has (of ``service``); raise StoreError.

        Return what stands there in place of it: the store knew something newer.
        """
        passed_by: list[Release] = []
        async with self._bringing:
            for each in self.owed if service is None else (service,):
                passed_by += [release async for release in self._bring(each)]
        return passed_by

    async def _bring(self, service: str) -> AsyncIterator[Release]:
        owed = self._owed.get(service, ())
        while owed:
            first = owed[0]
            with self._writing():
                outcome = await self.store.put_newer(first.release, entry=first.entry)
            self._journal.settle(service, stand_of(first.release))
            if owed and owed[0] is first:  # else it was crowded out meanwhile
                owed.popleft()
            if not first.is_told:
                self._tell(outcome)
            if isinstance(outcome, Passed) and outcome.newest is not None:
                yield outcome.newest

    def _owe(self, release: Release, entry: Entry) -> _Owed:
        owed = self._owed.setdefault(release.service, deque(maxlen=MOST_OWED))
        new = _Owed(release, entry)
        known = (each for each in owed if stand_of(each.release) == stand_of(release))
        if (first := next(known, None)) is not None:
            return first
        owed.append(new)
        return new

    def _tell(self, outcome: Saved | Passed | Repeated) -> None:
        if isinstance(outcome, Saved) and outcome.event is not None:
            self._observe(outcome.event)

    def _tell_early(self, owed: _Owed) -> None:
        """Nobody who waits for word of a rollback waits for a store that is away."""
        if not owed.is_told:
            owed.is_told = True
            self._observe(unplaced(owed.entry))

    def _observe(self, event: Event) -> None:
        for observer in self.observers:
            observer(event)

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        try:
            yield
        except (StoreError, TimeoutError):
            self.is_refused = True
            raise
        self.is_refused = False

    async def note(self, entry: Entry) -> Event | None:
        """Note a command that changed nothing; None where the store does not take it in time."""
        try:
            with self._writing():
                async with asyncio.timeout(STORE_LIMIT):
                    event = await self.store.append(entry)
        except (StoreError, TimeoutError):
            return None
        self._observe(event)
        return event

    # End...

    async def reopen(self) -> None:
        """Begin anew with what is at the places of journal and store by now; raise StoreError."""
        await self._lane.do(self._journal.reopen)
        await self.store.reopen()

    async def close(self) -> None:
        """Bring what is owed, then close journal and store; a disk that hangs is not waited for."""
        await _try(self.catch_up(), "store", STORE_LIMIT)
        await _try(self._lane.close(self._journal.close), "journal", JOURNAL_LIMIT)
        await _try(self.store.close(), "store", STORE_LIMIT)


@dataclass(frozen=True, slots=True)
class _Tried(Generic[T]):
    """What came of it; `problem` says in a sentence why nothing did."""

    value: T | None = None
    problem: str | None = None


async def _try(work: Awaitable[T], what: str, limit: float) -> _Tried[T]:
    try:
        async with asyncio.timeout(limit):
            return _Tried(await work)
    except StoreError as error:
        return _Tried(problem=str(error))
    except TimeoutError:
        return _Tried(problem=f"the {what} has not answered within {limit:g} s")


def _problems(*tried: _Tried[Any]) -> tuple[str, ...]:
    return tuple(each.problem for each in tried if each.problem is not None)

"""A ledger whose store breaks when it is told to, upon a machine that outlives it."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from router.errors import NotDurableError, StoreError
from router.release.state import Release
from router.store.audit import Entry, Event
from router.store.journal import Journal
from router.store.ledger import Kept, Ledger, Recovered
from router.store.memory import MemoryStore, Shelf
from router.store.port import Answered, Loaded, Note, Passed, Repeated, Saved, Stand
from tests.support.stored import NOON, Disk, entry_of, release_at

RAISED = release_at(0, 1, share=500)
ROLLBACK = release_at(1, 2)
AWAY = "store: database or disk is full"


class BrokenStore(MemoryStore):
    """A store that fails while `error` is set, and hangs while `may_answer` is not."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        super().__init__(shelf)
        self.error: StoreError | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.noted: list[Note] = []

    @property
    def notes(self) -> Sequence[Note]:
        return tuple(self.noted)

    async def load(self) -> Loaded:
        await self._obey()
        return await super().load()

    async def compare_and_set(
        self,
        release: Release,
        *,
        based_on: Stand | None,
        entry: Entry,
        answered: Answered | None = None,
        birth: str | None = None,
    ) -> Saved | Passed | Repeated:
        await self._obey()
        return await super().compare_and_set(
            release, based_on=based_on, entry=entry, answered=answered, birth=birth
        )

    async def put_newer(self, release: Release, *, entry: Entry) -> Saved | Passed:
        await self._obey()
        return await super().put_newer(release, entry=entry)

    async def append(self, entry: Entry) -> Event:
        await self._obey()
        return await super().append(entry)

    async def close(self) -> None:
        await self.may_answer.wait()
        await super().close()

    async def _obey(self) -> None:
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error


@dataclass
class Machine:
    """Its store and its disk outlive the ledgers that are opened upon them."""

    shelf: Shelf = field(default_factory=Shelf)
    disk: Disk = field(default_factory=Disk)
    opened: Callable[[Shelf], BrokenStore] = BrokenStore

    def __post_init__(self) -> None:
        self.store = self.opened(self.shelf)
        self.ledger = Ledger(self.store, Journal(self.disk))

    async def restart(self) -> Recovered:
        """Kill the router, and have the next one read what there is."""
        self.__post_init__()
        return await self.ledger.recover(1, at=NOON)

    async def roll_back(self, release: Release = ROLLBACK) -> Kept:
        return await self.ledger.roll_back(release, entry=entry_of(release))

    async def raise_(self, release: Release = RAISED) -> object:
        before = self.shelf.releases.get(release.service)
        based_on = (before.epoch, before.revision) if before else None
        return await self.ledger.change(release, based_on=based_on, entry=entry_of(release))

    def break_store(self) -> None:
        self.store.error = NotDurableError(AWAY)


def wait(event: threading.Event) -> None:
    """Hang as a disk does."""
    assert event.wait(10)

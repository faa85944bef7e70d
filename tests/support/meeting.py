"""A store in memory that several replicas share, with births and a book of who is there."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from router.release.state import Release
from router.replica.membership import Presence
from router.store.audit import Entry, Event
from router.store.meeting import Birth, Reply
from router.store.memory import Shelf
from router.store.port import Answered, Loaded, Passed, Repeated, Saved, Stand
from tests.support.ledgers import BrokenStore, Machine


@dataclass
class Place:
    """What all of its stores have in common. births: how many there were."""

    shelf: Shelf = field(default_factory=Shelf)
    presences: dict[str, Presence] = field(default_factory=dict[str, Presence])
    births: int = 0
    is_confirmed: bool = True
    max_lag: float = 0.0
    waiting: list[asyncio.Queue[bytes]] = field(default_factory=list[asyncio.Queue[bytes]])

    @property
    def birth(self) -> Birth | None:
        epochs = [release.epoch for release in self.shelf.releases.values()]
        return Birth(f"birth {self.births}", 0.0, max(epochs)) if epochs else None

    def forget(self, **older: Release) -> None:
        """Lose everything, or go back to these."""
        self.births += not older
        self.shelf.releases.clear()
        self.shelf.releases.update(older)
        self.shelf.version += 1
        for news in self.shelf.waiting:
            news.set()


class SharedStore(BrokenStore):
    """One replica's way to the place; it fails as a `BrokenStore` does."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.shelf)
        self.place = place
        self.beats = 0

    async def compare_and_set(
        self,
        release: Release,
        *,
        based_on: Stand | None,
        entry: Entry,
        answered: Answered | None = None,
        birth: str | None = None,
    ) -> Saved | Passed | Repeated:
        here = self.place.birth
        if birth is not None and (here is None or here.id != birth):
            return Passed(self.place.shelf.releases.get(release.service))
        return await super().compare_and_set(
            release, based_on=based_on, entry=entry, answered=answered
        )

    def _put(self, release: Release, entry: Entry) -> Event:
        before = self.place.shelf.releases.get(release.service)
        self.place.births += before is None or release.epoch > before.epoch
        return super()._put(release, entry)

    async def beat(self, presence: Presence, *, keep: float) -> Reply:
        await self._obey()
        self.beats += 1
        self.place.presences[presence.instance] = presence
        loaded = Loaded(self.place.shelf.version, dict(self.place.shelf.releases))
        return Reply(self.place.birth, loaded, tuple(self.place.presences.values()))

    @property
    def max_lag(self) -> float:
        return self.place.max_lag

    async def confirmed(self, within: float) -> bool:
        return self.place.is_confirmed

    async def call_out(self, text: bytes) -> int:
        await self._obey()
        for queue in self.place.waiting:
            queue.put_nowait(text)
        return len(self.place.waiting)

    async def calls(self) -> AsyncGenerator[bytes]:
        queue = asyncio.Queue[bytes]()
        self.place.waiting.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self.place.waiting.remove(queue)


def sharing(place: Place) -> Machine:
    """A machine of its own whose store is the place's."""
    return Machine(place.shelf, opened=lambda _: SharedStore(place))

"""A store that forgets: for tests, and for those who want none.

Several may be open upon one `Shelf`, as several routers are upon one database.
"""

import asyncio
import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from router.errors import StoreNotEmptyError, StoreUnavailableError
from router.release.state import Release
from router.store.audit import Entry, Event, Head, Link, event_of, forge, head_of
from router.store.port import (
    KEPT_FOR,
    LONGEST_PAGE,
    Answered,
    Loaded,
    Note,
    Page,
    Passed,
    Repeated,
    Saved,
    Stand,
    bounded,
    is_newer,
    may_follow,
)


@dataclass(slots=True)
class Shelf:
    """What memory stores hold. It belongs to one event loop."""

    version: int = 0
    releases: dict[str, Release] = field(default_factory=dict[str, Release])
    links: list[Link] = field(default_factory=list[Link])
    answers: dict[str, Answered] = field(default_factory=dict[str, Answered])
    secrets: dict[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    waiting: set[asyncio.Event] = field(default_factory=set[asyncio.Event])


class MemoryStore:
    """Keeps everything for as long as the shelf lives."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf or Shelf()
        self._is_closed = False

    @property
    def notes(self) -> Sequence[Note]:
        return ()

    @property
    def is_displaced(self) -> bool:
        return False

    # Releases...

    async def load(self) -> Loaded:
        shelf = self._open()
        return Loaded(shelf.version, dict(shelf.releases))

    async def compare_and_set(
        self,
        release: Release,
        *,
        based_on: Stand | None,
        entry: Entry,
        answered: Answered | None = None,
        birth: str | None = None,
    ) -> Saved | Passed | Repeated:
        shelf = self._open()
        known = answered and _fresh(shelf, answered.key, answered.at)
        if known:
            return Repeated(known)
        stored = shelf.releases.get(release.service)
        if stored == release:
            return Saved(release, None)
        if birth is not None or not may_follow(stored, release, based_on):
            return Passed(stored)
        if answered is not None:
            shelf.answers[answered.key] = answered
        return Saved(release, self._put(release, entry))

    async def put_newer(self, release: Release, *, entry: Entry) -> Saved | Passed:
        stored = self._open().releases.get(release.service)
        if stored == release:
            return Saved(release, None)
        if not is_newer(release, stored):
            return Passed(stored)
        return Saved(release, self._put(release, entry))

    async def changed(self, version: int) -> int:
        shelf = self._open()
        news = asyncio.Event()
        shelf.waiting.add(news)
        try:
            while shelf.version == version:
                await news.wait()
                news.clear()
                self._open()
        finally:
            shelf.waiting.discard(news)
        return shelf.version

    # The audit log...

    async def append(self, entry: Entry) -> Event:
        self._open()
        return self._append(entry)

    async def events(
        self, *, service: str | None = None, before: int | None = None, limit: int = 100
    ) -> Page:
        links = self._open().links
        end = len(links) if before is None else bisect.bisect_left(links, before, key=_sequence)
        older = (link for link in reversed(links[:end]) if service in (None, link.service))
        limit = bounded(limit)
        found = [link for link, _ in zip(older, range(limit + 1), strict=False)]
        following = found[limit - 1].sequence if len(found) > limit else None
        return Page([event_of(link) for link in found[:limit]], following)

    async def links(self, after: int, limit: int = LONGEST_PAGE) -> Sequence[Link]:
        links = self._open().links
        start = bisect.bisect_right(links, after, key=_sequence)
        return links[start : start + bounded(limit)]

    async def head(self) -> Head:
        return self._head(self._open())

    # Idempotency keys...

    async def recall(self, key: str, now: float) -> Answered | None:
        return _fresh(self._open(), key, now)

    async def remember(self, answered: Answered) -> None:
        shelf = self._open()
        shelf.answers[answered.key] = answered
        for key in [key for key in shelf.answers if not _fresh(shelf, key, answered.at)]:
            del shelf.answers[key]

    # Secrets...

    async def secret(self, name: str, fresh: bytes) -> bytes:
        return self._open().secrets.setdefault(name, fresh)

    # All of another store...

    async def fill(self, releases: Mapping[str, Release], links: Sequence[Link]) -> None:
        shelf = self._open()
        if shelf.releases or shelf.links:
            raise StoreNotEmptyError("the memory")
        shelf.releases.update(releases)
        shelf.links.extend(links)
        shelf.version += bool(releases)
        self._wake()

    # Its end...

    async def reopen(self) -> None:
        """Nothing lies at any place."""

    async def close(self) -> None:
        self._is_closed = True
        self._wake()

    # Own...

    def _open(self) -> Shelf:
        if self._is_closed:
            raise StoreUnavailableError("the store is closed")
        return self._shelf

    def _put(self, release: Release, entry: Entry) -> Event:
        self._shelf.releases[release.service] = release
        self._shelf.version += 1
        self._wake()
        return self._append(entry)

    def _append(self, entry: Entry) -> Event:
        event, link = forge(entry, self._head(self._shelf))
        self._shelf.links.append(link)
        return event

    def _wake(self) -> None:
        for news in self._shelf.waiting:
            news.set()

    @staticmethod
    def _head(shelf: Shelf) -> Head:
        return head_of(shelf.links[-1]) if shelf.links else Head()


def _fresh(shelf: Shelf, key: str, now: float) -> Answered | None:
    answered = shelf.answers.get(key)
    return answered if answered is not None and now - answered.at < KEPT_FOR else None


def _sequence(link: Link) -> int:
    return link.sequence

"""A store in a Redis that any number of routers share.

A change is decided here, by the laws of the port, upon what was just read, and written by a script
that compares the end of the audit chain with what was read: whoever was second looks again. So no
two routers ever chain an event to the same one, and of any number that write at once one gets
through each time.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from router.errors import StoreError, StoreNotEmptyError
from router.release.state import Release
from router.replica.membership import Presence
from router.store import redis_filling, redis_scripts as scripts
from router.store.audit import Entry, Event, Head, Link, event_of
from router.store.codec import canonical, is_same
from router.store.meeting import Reply
from router.store.port import (
    LONGEST_PAGE,
    Answered,
    Loaded,
    Page,
    Passed,
    Repeated,
    Saved,
    Stand,
    bounded,
    is_newer,
    may_follow,
)
from router.store.redis_chain import chain, remembered
from router.store.redis_leading import RedisLeading
from router.store.redis_rows import (
    LARGEST,
    Mark,
    answer_of,
    as_bytes,
    links_of,
    loaded_of,
    mark_of,
    number_of,
    presences_of,
    release_of,
)
from router.store.redis_server import Ear
from router.store.redis_tallying import RedisTallying

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Found:
    """What a change is decided upon."""

    mark: Mark
    release: Release | None
    answered: Answered | None


class RedisStore(RedisLeading, RedisTallying):
    """Any number of them may be open upon the same keys."""

    def as_it_is(self) -> "RedisStore":
        """Return the same store for one who does not make it."""
        return RedisStore(
            self._server,
            self._keys,
            max_lag=self._max_lag,
            look_again=self._look_again,
            must_exist=True,
        )

    # Releases...

    async def load(self) -> Loaded:
        mark, releases = await self._read(
            ("HGETALL", self._keys.mark), ("HGETALL", self._keys.releases)
        )
        return self._hand_out(mark_of(mark), releases)

    async def compare_and_set(
        self,
        release: Release,
        *,
        based_on: Stand | None,
        entry: Entry,
        answered: Answered | None = None,
        birth: str | None = None,
    ) -> Saved | Passed | Repeated:
        async def attempt() -> Saved | Passed | Repeated | None:
            found = await self._find(release.service, answered)
            if found.answered is not None:
                return Repeated(found.answered)
            if is_same(found.release, release):
                return Saved(release, None)
            is_other = birth is not None and birth != _id(found.mark)
            if is_other or not may_follow(found.release, release, based_on):
                return Passed(found.release)
            event = await self._add(entry, found.mark, release, answered)
            return None if event is None else Saved(release, event)

        return await self._until_settled(attempt)

    async def put_newer(self, release: Release, *, entry: Entry) -> Saved | Passed:
        async def attempt() -> Saved | Passed | None:
            found = await self._find(release.service)
            if is_same(found.release, release):
                return Saved(release, None)
            if not is_newer(release, found.release):
                return Passed(found.release)
            event = await self._add(entry, found.mark, release)
            return None if event is None else Saved(release, event)

        return await self._until_settled(attempt)

    async def changed(self, version: int) -> int:
        known = self._handed_out.edition if self._handed_out.version == version else None
        async with contextlib.AsyncExitStack() as stack:
            ear = await self._listen(stack)
            while True:
                mark = await self._mark()
                if mark.version != version or known not in (None, mark.edition):
                    return mark.version
                await self._hear(ear)

    # The audit log...

    async def append(self, entry: Entry) -> Event:
        async def attempt() -> Event | None:
            return await self._add(entry, await self._mark())

        return await self._until_settled(attempt)

    async def events(
        self, *, service: str | None = None, before: int | None = None, limit: int = 100
    ) -> Page:
        limit = bounded(limit)
        newest = LARGEST if before is None else max(0, min(before - 1, LARGEST))
        if service is None:
            (found,) = await self._read(
                ("XREVRANGE", self._keys.events, newest, "-", "COUNT", limit + 1)
            )
        else:
            found = await self._events_of(as_bytes(service), newest, limit + 1)
        following = number_of(found[limit - 1]) if len(found) > limit else None
        return Page([event_of(link) for link in links_of(found[:limit])], following)

    async def links(self, after: int, limit: int = LONGEST_PAGE) -> Sequence[Link]:
        oldest = max(0, min(after, LARGEST)) + 1
        (found,) = await self._read(
            ("XRANGE", self._keys.events, oldest, "+", "COUNT", bounded(limit))
        )
        return links_of(found)

    async def head(self) -> Head:
        return (await self._mark()).head

    # Idempotency keys...

    async def recall(self, key: str, now: float) -> Answered | None:
        (text,) = await self._read(("HGET", self._keys.answers, as_bytes(key)))
        return answer_of(key, text, now)

    async def remember(self, answered: Answered) -> None:
        keys = (self._keys.answers, self._keys.answer_ages)
        await self._run(scripts.REMEMBER, keys, remembered(answered))

    # Secrets...

    async def secret(self, name: str, fresh: bytes) -> bytes:
        key = as_bytes(name)
        (known,) = await self._read(("HGET", self._keys.secrets, key))
        if known is None:
            known = await self._run(scripts.FIRST, (self._keys.secrets,), (key, fresh))
        return bytes(known)

    # All of another store...

    async def fill(self, releases: Mapping[str, Release], links: Sequence[Link]) -> None:
        await self._look_over()
        if not await redis_filling.fill(self._server, self._keys, releases, links):
            raise StoreNotEmptyError(str(self._server))

    # Replicas that share it...

    async def beat(self, presence: Presence, *, keep: float) -> Reply:
        names = self._keys
        mark, releases, members = await self._run(
            scripts.BEAT,
            (names.mark, names.releases, names.replicas, names.replicas_until),
            (as_bytes(presence.instance), canonical(presence), int(keep * 1000)),
        )
        known = mark_of(mark)
        return Reply(known.birth, self._hand_out(known, releases), presences_of(members))

    @property
    def max_lag(self) -> float:
        return self._max_lag if self._server.is_behind_sentinels else 0.0

    async def confirmed(self, within: float) -> bool:
        if not self._server.is_behind_sentinels:
            return True
        await self._look_over()
        return await self._asked(self._server.replicated(self._keys.guard, within))

    async def call_out(self, text: bytes) -> int:
        (reached,) = await self._read(("PUBLISH", self._keys.calls, text))
        return int(reached)

    async def calls(self) -> AsyncGenerator[bytes]:
        await self._look_over()
        async with self._server.listening(self._keys.calls) as ear:
            while True:
                said = await ear.hear(self._look_again)
                self._refuse_if_closed()
                if said is not None:
                    yield said

    # Own...

    async def _find(self, service: str, answered: Answered | None = None) -> _Found:
        key = as_bytes(answered.key) if answered else b""
        mark, release, answer = await self._read(
            ("HGETALL", self._keys.mark),
            ("HGET", self._keys.releases, as_bytes(service)),
            ("HGET", self._keys.answers, key),
        )
        known = answer_of(answered.key, answer, answered.at) if answered else None
        return _Found(mark_of(mark), release_of(release), known)

    async def _add(
        self,
        entry: Entry,
        mark: Mark,
        release: Release | None = None,
        answered: Answered | None = None,
    ) -> Event | None:
        """Chain an event to the ``mark``, with what belongs to it; None: it stands no more."""
        chained = chain(self._keys, mark, entry, release, answered)
        reply = await self._run(scripts.KEEP, chained.keys, chained.words)
        self._refuse_if_broken(reply)
        return None if reply == scripts.MOVED else chained.event

    async def _events_of(self, service: bytes, newest: int, count: int) -> list[Any]:
        (found,) = await self._read(
            ("XREVRANGE", self._keys.events_of(service), newest, "-", "COUNT", count)
        )
        numbers = [number_of(each) for each in found]
        if not numbers:
            return []
        commands = [("XRANGE", self._keys.events, number, number) for number in numbers]
        return [entry for entries in await self._read(*commands) for entry in entries]

    async def _listen(self, stack: contextlib.AsyncExitStack) -> Ear | None:
        """Return None where nobody tells us anything: changes are noticed all the same."""
        self._refuse_if_closed()
        with contextlib.suppress(StoreError):
            return await stack.enter_async_context(self._server.listening(self._keys.news))
        return None

    async def _hear(self, ear: Ear | None) -> None:
        """Wait for news, and no longer than it may take without any."""
        if ear is not None:
            with contextlib.suppress(StoreError):
                await ear.hear(self._look_again)
                return
        await asyncio.sleep(self._look_again)

    def _hand_out(self, mark: Mark, releases: Sequence[bytes]) -> Loaded:
        loaded = loaded_of(mark, releases)
        self._handed_out = mark
        return loaded


def _id(mark: Mark) -> str | None:
    return None if mark.birth is None else mark.birth.id

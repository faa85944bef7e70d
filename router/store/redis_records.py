"""Records in a Redis that any number of routers share."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Final

from router.store.evicting import Held, evicted, is_too_much
from router.store.records import (
    LONGEST_READ,
    Limits,
    Place,
    Removed,
    Sampled,
    Samples,
    Sealed,
    Wanted,
    bounded,
    place_of,
    within,
)
from router.store.redis_counting import RedisCounting
from router.store.redis_kept import (
    KEEP,
    Kind,
    SampleHead,
    held_sample,
    held_sealed,
    original,
    sample_head,
    sampled,
    sealed_head,
    words_of_nothing,
    words_of_sample,
    words_of_sealed,
)
from router.store.redis_rows import as_bytes
from router.store.redis_server import Word

HEADS: Final = 500
"""Heads that are read in one step, and records that are removed in one."""

TEXTS: Final = 50
"""Texts that are read or written in one step: each may have half a megabyte."""


class RedisRecords(RedisCounting):
    """Any number of them may be open upon the same keys."""

    @property
    def _samples(self) -> Kind:
        return Kind("samples", self._keys)

    @property
    def _sealed(self) -> Kind:
        return Kind("sealed", self._keys)

    # Samples and originals...

    async def keep(self, samples: Sequence[Sampled], sealed: Sequence[Sealed] = ()) -> None:
        for piece in _pieces(samples, TEXTS):
            await self._keep(self._samples, (words_of_sample(self._samples, it) for it in piece))
        for some in _pieces(sealed, TEXTS):
            await self._keep(self._sealed, (words_of_sealed(self._sealed, it) for it in some))

    async def samples(self, wanted: Wanted) -> Samples:
        limit = bounded(wanted.limit)
        chosen: list[tuple[bytes, SampleHead]] = []
        async for number, head in self._candidates(wanted):
            if _is_wanted(number, head, wanted):
                chosen.append((number, head))
            if len(chosen) > limit:
                break
        found = await self._with_texts(chosen[:limit])
        following = place_of(found[-1]) if found and len(chosen) > limit else None
        return Samples(found, following)

    async def sample(self, number: str) -> Sampled | None:
        name = as_bytes(number)
        head, text = await self._one(self._samples, name)
        return None if None in (head, text) else sampled(name, sample_head(head), text)

    async def sealed(self, number: str) -> Sealed | None:
        name = as_bytes(number)
        head, text = await self._one(self._sealed, name)
        return None if None in (head, text) else original(name, sealed_head(head), text)

    async def all_sealed(
        self, service: str, *, after: Place | None = None, limit: int = LONGEST_READ
    ) -> Sequence[Sealed]:
        at, last = after or (float("-inf"), "")
        index = self._sealed.of("service", service)
        found: list[Sealed] = []
        step = min(TEXTS, bounded(limit) + 1)  # the last one of the page before stands there, too
        async for number, head, text in self._in_order(index, at, step):
            each = original(number, sealed_head(head), text)
            if place_of(each) > (at, last):
                found.append(each)
            if len(found) == bounded(limit):
                break
        return found

    # Their end...

    async def forget(self, caller: Sequence[bytes], *, service: str | None = None) -> Removed:
        samples = await self._forget(self._samples, caller, service, sample_head)
        sealed = await self._forget(self._sealed, caller, service, sealed_head)
        return Removed(samples=samples, sealed=sealed)

    async def prune(self, limits: Limits, now: float) -> Removed:
        minutes, totals = await self._end_counts(limits, now)
        oldest = now - limits.max_age
        samples = await self._drop_before(self._samples, self._samples.all, oldest)
        sealed = await self._drop_before(self._sealed, self._sealed.all, oldest)
        sealed += await self._drop_before(self._sealed, self._sealed.ends, now)
        gone = await self._too_many(limits)
        samples += await self._drop(self._samples, [it.id for it in gone if not it.is_sealed])
        sealed += await self._drop(self._sealed, [it.id for it in gone if it.is_sealed])
        return Removed(minutes, totals, samples, sealed)

    # Own...

    async def _keep(self, kind: Kind, records: Iterable[Iterable[Word]]) -> int:
        words = [word for record in records for word in record]
        return int(await self._run(KEEP, kind.hashes, (kind.name, *words)))

    async def _candidates(self, wanted: Wanted) -> AsyncIterator[tuple[bytes, SampleHead]]:
        """Yield the newest samples of a service (and a field), the first at the page's end."""
        kind = self._samples
        if wanted.field is None:
            index = kind.of("service", wanted.service)
        else:
            index = kind.of("field", wanted.service, wanted.field)
        newest = "+inf" if wanted.before is None else repr(wanted.before[0])
        begin = 0
        while True:
            (numbers,) = await self._read(
                ("ZREVRANGEBYSCORE", index, newest, repr(wanted.since), "LIMIT", begin, HEADS)
            )
            for number, head in await self._heads(kind, numbers):
                yield number, sample_head(head)
            begin += HEADS
            if len(numbers) < HEADS:
                return

    async def _heads(self, kind: Kind, numbers: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        if not numbers:
            return []
        (heads,) = await self._read(("HMGET", kind.heads, *numbers))
        pairs = zip(numbers, heads, strict=True)
        return [(number, head) for number, head in pairs if head is not None]

    async def _with_texts(self, chosen: Sequence[tuple[bytes, SampleHead]]) -> list[Sampled]:
        found: list[Sampled] = []
        for piece in _pieces(chosen, TEXTS):
            numbers = [number for number, _ in piece]
            (texts,) = await self._read(("HMGET", self._samples.texts, *numbers))
            found += [
                sampled(number, head, text)
                for (number, head), text in zip(piece, texts, strict=True)
                if text is not None  # else it was removed just now
            ]
        return found

    async def _one(self, kind: Kind, name: bytes) -> list[Any]:
        return await self._read(("HGET", kind.heads, name), ("HGET", kind.texts, name))

    async def _in_order(
        self, index: bytes, since: float, step: int
    ) -> AsyncIterator[tuple[bytes, bytes, bytes]]:
        begin = 0
        while True:
            (numbers,) = await self._read(
                ("ZRANGEBYSCORE", index, repr(since), "+inf", "LIMIT", begin, step)
            )
            if not numbers:
                return
            kind = self._sealed
            heads, texts = await self._read(
                ("HMGET", kind.heads, *numbers), ("HMGET", kind.texts, *numbers)
            )
            for number, head, text in zip(numbers, heads, texts, strict=True):
                if None not in (head, text):
                    yield number, head, text
            begin += step

    async def _forget(
        self,
        kind: Kind,
        callers: Sequence[bytes],
        service: str | None,
        read: Callable[[bytes], Any],
    ) -> int:
        gone = 0
        for digest in callers:
            (numbers,) = await self._read(("ZRANGE", kind.of("caller", digest), 0, -1))
            for piece in _pieces(numbers, HEADS):
                heads = await self._heads(kind, piece)
                meant = [it for it, head in heads if service in (None, read(head).service)]
                gone += await self._drop(kind, meant)
        return gone

    async def _drop_before(self, kind: Kind, index: str, oldest: float) -> int:
        (numbers,) = await self._read(("ZRANGEBYSCORE", index, "-inf", f"({oldest!r}"))
        return await self._drop(kind, numbers)

    async def _drop(self, kind: Kind, numbers: Sequence[str | bytes]) -> int:
        gone = 0
        for piece in _pieces(numbers, HEADS):
            names = (as_bytes(it) if isinstance(it, str) else it for it in piece)
            gone += await self._keep(kind, [words_of_nothing(names)])
        return gone

    async def _too_many(self, limits: Limits) -> list[Held]:
        samples, sealed, sizes = await self._read(
            ("ZCARD", self._samples.all),
            ("ZCARD", self._sealed.all),
            ("HVALS", self._keys.sizes),
        )
        if not is_too_much(samples, sealed, sum(map(int, sizes)), limits):
            return []
        records = [it async for it in self._all_held(self._samples, held_sample)]
        records += [it async for it in self._all_held(self._sealed, held_sealed)]
        return evicted(records, limits)

    async def _all_held(
        self, kind: Kind, read: Callable[[bytes, bytes], Held]
    ) -> AsyncIterator[Held]:
        (numbers,) = await self._read(("ZRANGE", kind.all, 0, -1))
        for piece in _pieces(numbers, HEADS):
            for number, head in await self._heads(kind, piece):
                yield read(number, head)


def _is_wanted(number: bytes, head: SampleHead, wanted: Wanted) -> bool:
    if wanted.before is not None and (head.at, number.decode()) >= wanted.before:
        return False
    if wanted.until is not None and head.at >= wanted.until:
        return False
    return within(head.phase, wanted.phase) and _shows(head, wanted)


def _shows(head: SampleHead, wanted: Wanted) -> bool:
    if wanted.field is None and wanted.change is None:
        return True
    return any(
        wanted.field in (None, field) and wanted.change in (None, change)
        for field, change in head.differences
    )


def _pieces(items: Sequence[Any], size: int) -> Iterable[Any]:
    left = iter(items)
    return iter(lambda: list(islice(left, size)), [])

"""Records that last as long as the process: for tests, and for those who want none on a disk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from router.errors import StoreUnavailableError
from router.store.evicting import evicted, held
from router.store.records import (
    LONGEST_READ,
    Limits,
    Minute,
    Place,
    Removed,
    Sampled,
    Samples,
    Sealed,
    Total,
    Wanted,
    bounded,
    place_of,
    within,
)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class RecordShelf:
    """What `MemoryRecords` hold. It belongs to one event loop."""

    minutes: dict[tuple[str, str, int, str], Minute] = field(
        default_factory=dict[tuple[str, str, int, str], Minute]
    )
    totals: dict[tuple[str, str, str], Total] = field(
        default_factory=dict[tuple[str, str, str], Total]
    )
    samples: dict[str, Sampled] = field(default_factory=dict[str, Sampled])
    sealed: dict[str, Sealed] = field(default_factory=dict[str, Sealed])


class MemoryRecords:
    """Keeps everything for as long as the shelf lives."""

    def __init__(self, shelf: RecordShelf | None = None) -> None:
        self._shelf = shelf or RecordShelf()
        self._is_closed = False

    # Counts...

    async def count(self, minutes: Sequence[Minute], totals: Sequence[Total]) -> None:
        shelf = self._open()
        for each in minutes:
            shelf.minutes[(each.service, each.phase, each.minute, each.replica)] = each
        for total in totals:
            shelf.totals[(total.service, total.phase, total.replica)] = total

    async def minutes(
        self, service: str, *, phase: str | None = None, since: float, until: float
    ) -> Sequence[Minute]:
        found = [
            each
            for each in self._open().minutes.values()
            if each.service == service
            and within(each.phase, phase)
            and since <= each.minute * 60 < until
        ]
        return sorted(found, key=lambda each: (each.minute, each.phase, each.replica))

    async def totals(self, service: str, *, phase: str | None = None) -> Sequence[Total]:
        found = [
            each
            for each in self._open().totals.values()
            if each.service == service and within(each.phase, phase)
        ]
        return sorted(found, key=lambda each: (each.at, each.phase, each.replica))

    # Samples and originals...

    async def keep(self, samples: Sequence[Sampled], sealed: Sequence[Sealed] = ()) -> None:
        shelf = self._open()
        shelf.samples.update({each.id: each for each in samples})
        shelf.sealed.update({each.id: each for each in sealed})

    async def samples(self, wanted: Wanted) -> Samples:
        found = [each for each in self._open().samples.values() if _is_wanted(each, wanted)]
        found.sort(key=place_of, reverse=True)
        limit = bounded(wanted.limit)
        following = place_of(found[limit - 1]) if len(found) > limit else None
        return Samples(found[:limit], following)

    async def sample(self, number: str) -> Sampled | None:
        return self._open().samples.get(number)

    async def sealed(self, number: str) -> Sealed | None:
        return self._open().sealed.get(number)

    async def all_sealed(
        self, service: str, *, after: Place | None = None, limit: int = LONGEST_READ
    ) -> Sequence[Sealed]:
        found = [
            each
            for each in self._open().sealed.values()
            if each.service == service and (after is None or place_of(each) > after)
        ]
        return sorted(found, key=place_of)[: bounded(limit)]

    # Their end...

    async def forget(self, caller: Sequence[bytes], *, service: str | None = None) -> Removed:
        shelf, sought = self._open(), set(caller)

        def is_meant(each: Sampled | Sealed) -> bool:
            return service in (None, each.service) and not sought.isdisjoint(each.callers)

        return Removed(
            samples=_drop(shelf.samples, [k for k, v in shelf.samples.items() if is_meant(v)]),
            sealed=_drop(shelf.sealed, [k for k, v in shelf.sealed.items() if is_meant(v)]),
        )

    async def prune(self, limits: Limits, now: float) -> Removed:
        shelf, oldest = self._open(), now - limits.max_age
        ended = (now - limits.minutes) / 60
        past = [k for k, each in shelf.minutes.items() if each.minute < ended]
        left = [k for k, each in shelf.totals.items() if each.at < oldest]
        aged = [k for k, each in shelf.samples.items() if each.at < oldest]
        over = [
            k
            for k, each in shelf.sealed.items()
            if min(each.expires, each.at + limits.max_age) < now
        ]
        minutes, totals = _drop(shelf.minutes, past), _drop(shelf.totals, left)
        samples, sealed = _drop(shelf.samples, aged), _drop(shelf.sealed, over)
        kept: list[Sampled | Sealed] = [*shelf.samples.values(), *shelf.sealed.values()]
        gone = evicted(map(held, kept), limits)
        samples += _drop(shelf.samples, [each.id for each in gone if not each.is_sealed])
        sealed += _drop(shelf.sealed, [each.id for each in gone if each.is_sealed])
        return Removed(minutes, totals, samples, sealed)

    async def close(self) -> None:
        self._is_closed = True

    # Own...

    def _open(self) -> RecordShelf:
        if self._is_closed:
            raise StoreUnavailableError("the store is closed")
        return self._shelf


def _is_wanted(sample: Sampled, wanted: Wanted) -> bool:
    until = float("inf") if wanted.until is None else wanted.until
    return (
        sample.service == wanted.service
        and within(sample.phase, wanted.phase)
        and wanted.since <= sample.at < until
        and (wanted.before is None or place_of(sample) < wanted.before)
        and _shows(sample, wanted.field, wanted.change)
    )


def _shows(sample: Sampled, field: str | None, change: str | None) -> bool:
    if field is None and change is None:
        return True
    return any(field in (None, f) and change in (None, c) for f, c in sample.differences)


def _drop(kept: dict[K, V], keys: Sequence[K]) -> int:
    for key in keys:
        del kept[key]
    return len(keys)

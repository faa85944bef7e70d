"""Which records go where there are too many: the oldest of what there is most of.

A field that differs a hundred times an hour would else crowd out the one pair in which another
differs, which is the one that people look for.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from router.store.records import Limits, Sampled, Sealed

FRAME: Final = 200
"""Bytes that a record takes beside its text."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record, as far as it matters here. kinds: what it is one of, by service."""

    id: str
    at: float
    size: int
    is_sealed: bool
    kinds: tuple[tuple[str, ...], ...]


def held(record: Sampled | Sealed) -> Held:
    """Return what counts of a record."""
    size = len(record.text) + FRAME
    if isinstance(record, Sealed):
        return Held(record.id, record.at, size, is_sealed=True, kinds=((record.service,),))
    kinds = tuple((record.service, *difference) for difference in record.differences)
    return Held(record.id, record.at, size, is_sealed=False, kinds=kinds)


def room_for(limit: int) -> int:
    """Return how many stay once there were more than ``limit``.

    A twentieth less, so that it is done in one piece now and then, and not for each one.
    """
    return limit - limit // 20


def is_too_much(samples: int, sealed: int, size: int, limits: Limits) -> bool:
    """Say whether anything has to go, of so many records of so many bytes."""
    return max(samples, sealed) > limits.max_count or size > limits.max_bytes


def evicted(records: Iterable[Held], limits: Limits) -> list[Held]:
    """Return what has to go, the first to go first."""
    order = _in_order(records)
    gone = [*_beyond(order, False, limits.max_count), *_beyond(order, True, limits.max_count)]
    dropped = {(each.is_sealed, each.id) for each in gone}
    left = [each for each in order if (each.is_sealed, each.id) not in dropped]
    return gone + _too_large(left, limits.max_bytes)


def _in_order(records: Iterable[Held]) -> Sequence[Held]:
    """Begin with what has most newer ones of its kind, of the kind of which there are fewest."""
    seen: Counter[tuple[str, ...]] = Counter()
    newest_first = sorted(records, key=lambda each: (each.at, each.id), reverse=True)
    ranked: list[tuple[int, int]] = []
    for index, each in enumerate(newest_first):
        ranked.append((min((seen[kind] for kind in each.kinds), default=0), index))
        seen.update(each.kinds)
    return [newest_first[index] for _, index in sorted(ranked, reverse=True)]


def _beyond(order: Sequence[Held], is_sealed: bool, limit: int) -> Sequence[Held]:
    of_kind = [each for each in order if each.is_sealed == is_sealed]
    return of_kind[: len(of_kind) - room_for(limit)] if len(of_kind) > limit else ()


def _too_large(order: Sequence[Held], limit: int) -> list[Held]:
    size = sum(each.size for each in order)
    gone: list[Held] = []
    if size <= limit:
        return gone
    room = room_for(limit)
    for each in order:
        if size <= room:
            break
        gone.append(each)
        size -= each.size
    return gone

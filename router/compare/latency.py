"""Durations by fixed buckets, sixteen to each doubling, so that counts add up anywhere.

A bucket is 4.4 % wide; the first one holds what is shorter, the last one what is longer.
"""

from math import log2
from typing import Final

from router.compare.cells import Counts

_SHORTEST: Final = 1e-4
"""Seconds."""
_IN_A_DOUBLING: Final = 16
_LEVEL: Final = 9
"""Bits for the bucket; above them stands the level of weight."""
LAST: Final = 25 * _IN_A_DOUBLING
"""The last bucket begins at 0.9 hours."""


def note(counts: Counts, seconds: float, level: int) -> None:
    """Count a duration."""
    bucket = 0
    if seconds > _SHORTEST:
        bucket = 1 + int(min(log2(seconds / _SHORTEST) * _IN_A_DOUBLING, LAST - 1))
    place = level << _LEVEL | bucket
    counts[place] = counts.get(place, 0) + 1


def bucket_in(place: int) -> int:
    """Return the bucket of a counted place."""
    return place & ((1 << _LEVEL) - 1)


def weight_at(place: int) -> int:
    """Return how many requests each duration in this place stands for."""
    return 1 << (place >> _LEVEL)


def end_of(bucket: int) -> float:
    """Return the seconds that no duration in this bucket exceeds; infinite for the last one."""
    if bucket >= LAST:
        return float("inf")
    return _SHORTEST * 2 ** (bucket / _IN_A_DOUBLING)


def start_of(bucket: int) -> float:
    """Return the seconds that every duration in this bucket exceeds."""
    return end_of(bucket - 1) if bucket else 0.0

"""Which of a variant's endpoints gets the next request?

The less loaded of two random ones: almost as even as looking at all of them, and without the
stampede that "least loaded of all" causes when several workers see the same idle endpoint
(Mitzenmacher, 2001). One that has just come is idle, so it would win every time: for a while it
stands for election only now and then, and more often from second to second.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

FIRST_PART: Final = 0.1
"""The part of its share that an endpoint gets at once when it comes."""

_FINE: Final = 1 << 20
"""Steps of a roll that is compared with a part."""


class Loaded(Protocol):
    """An endpoint with connections in use (`load`) and being opened."""

    load: int
    opening: int


T = TypeVar("T", bound=Loaded)
C = TypeVar("C")


def pick(candidates: Sequence[T], below: Callable[[int], int]) -> T:
    """Return one of ``candidates``, at least one; ``below(n)`` gives a random int in 0..n-1."""
    count = len(candidates)
    if count == 1:
        return candidates[0]
    first = below(count)
    second = below(count - 1)
    if second >= first:
        second += 1
    one, other = candidates[first], candidates[second]
    return one if one.load + one.opening <= other.load + other.opening else other


def part(age: float, slow_start: float) -> float:
    """Return which part of its share an endpoint gets that came ``age`` seconds ago."""
    if age >= slow_start:
        return 1.0
    return FIRST_PART + (1.0 - FIRST_PART) * age / slow_start


def electorate(
    candidates: Sequence[C], parts: Sequence[float], below: Callable[[int], int]
) -> Sequence[C]:
    """Return who stands for this election: all that are established, and a newcomer by its part.

    Where nobody is established there is nobody to spare the newcomers: all stand.
    """
    if all(each < 1.0 for each in parts):
        return candidates
    return [
        candidate
        for candidate, each in zip(candidates, parts, strict=True)
        if each >= 1.0 or below(_FINE) < each * _FINE
    ]

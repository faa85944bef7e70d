"""A value written down so that two values are equal under the rules where their bytes are.

Only tolerance and similarity cannot be written down: what they leave open is tried value by value.
"""

from typing import Final

from orjson import OPT_SORT_KEYS, Fragment, dumps

from router.compare.effort import Effort
from router.compare.folds import Leaves, is_kind, json_type
from router.compare.json_text import TooDeepError
from router.compare.pointers import NO_BRANCHES, Place
from router.compare.rules import ValueClass
from router.places.pointer import Json

DEEPEST: Final = 128
"""Levels that are entered. Beyond it documents are compared as long as they are equal."""

_BYTES_A_VALUE: Final = 400
"""That orjson writes in the time of one value here."""
_SIXTY_FOUR_BITS: Final = range(-(2**63), 2**64)
_ANYTHING: Final = Fragment(b"<any>")
"""In angle brackets, which no JSON has outside of its texts."""


class Normal:
    """Writes values down."""

    __slots__ = ("_effort", "_leaves", "_null_is_missing")

    def __init__(self, leaves: Leaves, effort: Effort, *, null_is_missing: bool) -> None:
        self._leaves = leaves
        self._effort = effort
        self._null_is_missing = null_is_missing

    def written(self, value: Json, place: Place | None, depth: int) -> bytes:
        """Write it down, or raise SpentError or TooDeepError."""
        return _sorted_keys(self._normal(value, place, depth))

    def name(self, value: Json) -> bytes:
        """Write a scalar down."""
        return dumps(self._normal(value, None, 0))

    def as_it_is(self, value: Json) -> bytes:
        """Write it down without looking at it, which is fast: equal bytes are equal values."""
        try:
            text = dumps(value, option=OPT_SORT_KEYS)
        except TypeError as error:  # orjson's own limit
            raise TooDeepError from error
        self._effort.spend(1 + len(text) // _BYTES_A_VALUE)
        return text

    def _normal(self, value: Json, place: Place | None, depth: int) -> object:
        if depth > DEEPEST:
            raise TooDeepError
        if _says_nothing(place) and not (value is None and self._null_is_missing):
            return _ANYTHING
        if isinstance(value, dict):
            return self._object(value, place, depth)
        if isinstance(value, list):
            return self._array(value, place, depth)
        return _scalar(self._leaves.folded(value), place)

    def _object(self, value: dict[str, Json], place: Place | None, depth: int) -> object:
        self._effort.spend(1 + len(value))
        below, other = (NO_BRANCHES, None) if place is None else place.branches()
        found: dict[str, object] = {}
        for key, held in value.items():
            where = below.get(key, other)
            if where is not None and where.ignored:
                continue
            if held is None and self._null_is_missing:
                continue
            found[key] = self._normal(held, where, depth + 1)
        return found

    def _array(self, value: list[Json], place: Place | None, depth: int) -> object:
        self._effort.spend(1 + len(value))
        if place is None:
            return [self._normal(held, None, depth + 1) for held in value]
        elements = [
            self._normal(held, place.element(index), depth + 1) for index, held in enumerate(value)
        ]
        if not place.unordered and place.match_by is None:
            return elements
        return [Fragment(text) for text in sorted(map(_sorted_keys, elements))]


def _says_nothing(place: Place | None) -> bool:
    return place is not None and (place.ignored or place.kind is ValueClass.ANY)


def _sorted_keys(value: object) -> bytes:
    return dumps(value, option=OPT_SORT_KEYS)


def _scalar(value: Json, place: Place | None) -> object:
    if place is not None and place.kind is not None and is_kind(value, place.kind):
        return Fragment(f"<{place.kind} {json_type(value).__name__}>".encode())
    return _number(value) if isinstance(value, int | float) else value


def _number(value: float) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        if not value.is_integer():
            return value
        value = int(value)
    return value if value in _SIXTY_FOUR_BITS else Fragment(b"%d" % value)

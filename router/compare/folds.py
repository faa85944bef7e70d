"""When are two values, neither both arrays nor both objects, taken for equal?

Numbers are what JSON says they are: 1 and 1.0 are one number, and true is none.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from router.compare.pointers import Place
from router.compare.rules import Fold, Tolerance, ValueClass
from router.compare.text import similarity
from router.compare.verdict import Change
from router.places.pointer import Json, same

_LONGEST_NUMBER: Final = 64
"""In characters: a longer text is no number, whatever it consists of."""
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_UUID: Final = re.compile(
    r"(?:urn:uuid:)?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)
_TIMESTAMP: Final = re.compile(  # ISO 8601 with hyphens, as RFC 3339 and most libraries write it
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?"
    r" ?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_EPOCHS: Final = ((10**8, 10**10), (10**11, 10**13), (10**14, 10**16), (10**17, 10**19))
"""Unix time in seconds, milli-, micro- and nanoseconds, from 1973 to 2286."""


class Leaves:
    """The leaves of two documents, compared as the rules say."""

    __slots__ = ("_case", "_folds", "_numbers", "_spaces")

    def __init__(self, fold: Fold) -> None:
        self._case = fold.case
        self._spaces = fold.whitespace
        self._numbers = fold.numeric_strings
        self._folds = fold.case or fold.whitespace or fold.numeric_strings

    def change(self, legacy: Json, ai: Json, place: Place | None) -> Change | None:
        """Return how they differ, or None."""
        if same_value(legacy, ai):
            return None
        if self._folds:
            legacy, ai = self.folded(legacy), self.folded(ai)
            if same_value(legacy, ai):
                return None
        plain = Change.VALUE if alike(legacy, ai) else Change.TYPE
        return plain if place is None else _ruled(legacy, ai, place, plain)

    def folded(self, value: Json) -> Json:
        """Return the value by which it is known to the folds."""
        if not isinstance(value, str) or not self._folds:
            return value
        if self._numbers and len(value) <= _LONGEST_NUMBER:
            number = _number(value.strip() if self._spaces else value)
            if number is not None:
                return number
        if self._spaces:
            value = " ".join(value.split())
        return value.casefold() if self._case else value


def _ruled(legacy: Json, ai: Json, place: Place, plain: Change) -> Change | None:
    """Return how they differ by the rules for their place. plain: without them."""
    if place.kind is not None:
        one, other = is_kind(legacy, place.kind), is_kind(ai, place.kind)
        if one and other and plain is Change.VALUE:
            return None
        if one or other:
            return Change.TYPE
    return None if _close(legacy, ai, place) else plain


def same_value(legacy: Json, ai: Json) -> bool:
    """Tell whether neither is a container and JSON calls them equal."""
    if type(legacy) is str or type(ai) is str:
        return legacy == ai
    return not isinstance(legacy, list | dict) and same(ai, legacy)


def alike(legacy: Json, ai: Json) -> bool:
    """Tell whether both are of one JSON type."""
    return json_type(legacy) is json_type(ai)


def json_type(value: Json) -> type:
    """Return its type; JSON has one for numbers."""
    return float if type(value) is int else type(value)


def is_kind(value: Json, kind: ValueClass) -> bool:
    """Tell whether a value is of a class."""
    return _KINDS[kind](value)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_uuid(value: Json) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_timestamp(value: Json) -> bool:
    if isinstance(value, str):
        return _TIMESTAMP.fullmatch(value) is not None
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and any(least <= value < most for least, most in _EPOCHS)
    )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: Final[Mapping[ValueClass, Callable[[Json], bool]]] = {
    ValueClass.ANY: lambda _: True,
    ValueClass.STRING: _is_text,
    ValueClass.NUMBER: _is_number,
    ValueClass.UUID: _is_uuid,
    ValueClass.TIMESTAMP: _is_timestamp,
}


def _close(legacy: Json, ai: Json, place: Place) -> bool:
    if isinstance(legacy, str) and isinstance(ai, str):
        return place.similarity is not None and similarity(legacy, ai) >= place.similarity
    if (
        place.tolerance is None
        or isinstance(legacy, bool)
        or isinstance(ai, bool)
        or not isinstance(legacy, int | float)
        or not isinstance(ai, int | float)
    ):
        return False
    return _within(legacy, ai, place.tolerance)


def _within(legacy: float, ai: float, tolerance: Tolerance) -> bool:
    allowed = max(tolerance.absolute, tolerance.relative * max(abs(legacy), abs(ai)))
    return abs(legacy - ai) <= allowed


def _number(text: str) -> int | float | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    if found[1] is None and found[2] is None:
        return int(text)
    number = float(text)
    return number if abs(number) != float("inf") else None

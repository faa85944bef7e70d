"""In which way a field differs from itself: a word without content, so that it can be counted.

From such words `suggest` proposes rules. A word may have a measure behind a colon: `number:0.01`
differed by at most 1 % of the larger one, `text:0.9` were alike by at least 0.9.
"""

from typing import Final

from router.compare.folds import is_kind
from router.compare.rules import ValueClass
from router.compare.text import similarity
from router.compare.verdict import Change, Difference
from router.places.pointer import Json, Missing

NUMBER: Final = "number"
TEXT: Final = "text"
STRING: Final = "string"
DISTANCES: Final = (1e-6, 1e-4, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
ALIKE: Final = (0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
_SHORTEST_TEXT: Final = 20
"""Characters. What is shorter is a word or a name: it is the same or it is not."""
_LOOKED_AT: Final = 1000
"""Characters: a pair may have a hundred long texts, and each is counted while pairs wait."""
_NAMED: Final = (ValueClass.TIMESTAMP, ValueClass.UUID)


def habit(difference: Difference) -> str:
    """Return the word for how two answers of one variant differ."""
    if difference.change is not Change.VALUE:
        return difference.change.value
    one, other = difference.legacy, difference.ai
    if isinstance(one, Missing) or isinstance(other, Missing):
        return Change.VALUE.value
    for kind in _NAMED:
        if is_kind(one, kind) and is_kind(other, kind):
            return kind.value
    if isinstance(one, str) and isinstance(other, str):
        return _of_texts(one, other)
    return _of_numbers(one, other)


def _of_texts(one: str, other: str) -> str:
    if min(len(one), len(other)) < _SHORTEST_TEXT:
        return STRING
    found = similarity(one[:_LOOKED_AT], other[:_LOOKED_AT])
    return next((f"{TEXT}:{least}" for least in ALIKE if found >= least), STRING)


def _of_numbers(one: Json, other: Json) -> str:
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return Change.VALUE.value
    if isinstance(one, bool) or isinstance(other, bool):
        return Change.VALUE.value
    try:
        distance = abs(one - other) / max(abs(one), abs(other))
    except OverflowError:  # one of them is beyond a double
        return NUMBER
    return next((f"{NUMBER}:{most}" for most in DISTANCES if distance <= most), NUMBER)

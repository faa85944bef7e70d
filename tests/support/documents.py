"""Documents as backends send them, and copies of them in which something differs: for laws."""

from typing import Any

from hypothesis import strategies as st

from router.compare.rules import CompareRules, Fold, Tolerance, ValueClass

KEYS = st.sampled_from(["a", "b", "c", "id", "tags", "items"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.0, 1e300])
TEXTS = st.sampled_from(
    ["", "a", "A", " a ", "b", "1", "1.0", "true", "2026-11-22", "2026-11-22T10:00:00Z"]
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)


DOCUMENTS = st.recursive(SCALARS, containers, max_leaves=15)


class Editor:
    """Makes a few changes to a document."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def edited(self, value: Any) -> Any:
        if self._draw(st.integers(0, 9)) == 0:
            return self._draw(SCALARS)
        if isinstance(value, dict):
            return self._object({key: self.edited(held) for key, held in value.items()})
        return self._array([*map(self.edited, value)]) if isinstance(value, list) else value

    def _object(self, held: dict[str, Any]) -> dict[str, Any]:
        for key in self._draw(st.lists(KEYS, max_size=1)):
            if key in held:
                del held[key]
            else:
                held[key] = 0
        return held

    def _array(self, elements: list[Any]) -> list[Any]:
        match self._draw(st.integers(0, 9)):
            case 0:
                return [*elements, self._draw(SCALARS)]
            case 1:
                return elements[1:]
            case 2:
                return [*reversed(elements)]
            case _:
                return elements


@st.composite
def pairs_of(draw: st.DrawFn) -> tuple[Any, Any]:
    """Draw a document, and the same with a few changes."""
    document = draw(DOCUMENTS)
    return document, Editor(draw).edited(document)


PAIRS = pairs_of() | st.tuples(DOCUMENTS, DOCUMENTS)

TOKENS = KEYS | st.sampled_from(["*", "0", "1"])
POINTERS = st.lists(TOKENS, max_size=3).map(lambda tokens: "".join(f"/{token}" for token in tokens))
FOLDS = st.builds(Fold, st.booleans(), st.booleans(), st.booleans(), st.booleans())
TOLERANCES = st.builds(Tolerance, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5]))


def pairs(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.dictionaries(POINTERS, values, max_size=most).map(lambda each: tuple(each.items()))


RULES = st.builds(
    CompareRules,
    ignore=st.lists(POINTERS.filter(bool), max_size=2).map(tuple),
    classes=pairs(st.sampled_from(ValueClass)),
    tolerance=pairs(TOLERANCES),
    unordered=st.lists(POINTERS, max_size=2).map(tuple),
    match_by=pairs(st.sampled_from(["id", "a", "/a/id"]), most=1),
    fold=FOLDS,
    text=pairs(st.sampled_from([0.3, 0.9])),
)
"""Any rules at all."""


def without_arrays(value: Any) -> Any:
    """Return a document, or a pair of them, with objects for arrays, which have more changes."""
    if isinstance(value, dict):
        return {key: without_arrays(held) for key, held in value.items()}
    if isinstance(value, tuple):
        return tuple(map(without_arrays, value))
    if isinstance(value, list):
        return {f"{index}": without_arrays(held) for index, held in enumerate(value)}
    return value

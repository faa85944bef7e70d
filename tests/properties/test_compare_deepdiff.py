"""deepdiff is asked, too: wherever both mean the same, both give the same verdict.

It knows Python's types and not JSON's: to it 1 is not 1.0, and in an array `True` is 1. So all
numbers are written with a point, and none is 0 or 1. Where arrays have no order, it is told so for
all of them, and repetitions count.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from deepdiff import DeepDiff
from hypothesis import given

from router.compare import arrays, folds, walk
from router.compare.judge import Judge
from router.compare.rules import CompareRules, Fold, Tolerance
from router.compare.verdict import Result
from router.places.pointer import Json
from tests.support.answers import answer, verdict
from tests.support.documents import PAIRS, without_arrays

Pair = tuple[Json, Json]
Rules = Callable[[Pair], CompareRules]


def unmistakable(value: Any) -> Any:
    """Return a document, or a pair of them, without numbers that are something else in Python."""
    if isinstance(value, dict):
        return {key: unmistakable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(unmistakable, value))
    return float(value) + 10 if type(value) in {int, float} else value


def places(value: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Yield each place of a document as a pattern, with what stands there."""
    yield at, value
    if isinstance(value, dict):
        for key, held in value.items():
            yield from places(held, f"{at}/{key}")
    if isinstance(value, list):
        for held in value:
            yield from places(held, f"{at}/*")


def arrays_of(pair: Pair) -> tuple[str, ...]:
    found = [place for document in pair for place in places(document)]
    return tuple({at for at, value in found if isinstance(value, list)})


def everywhere(pair: Pair, tolerance: Tolerance) -> tuple[tuple[str, Tolerance], ...]:
    return tuple({at: tolerance for document in pair for at, _ in places(document)}.items())


AGREED: list[tuple[str, Rules, dict[str, Any]]] = [
    ("no rules", lambda _: CompareRules(), {}),
    ("case", lambda _: CompareRules(fold=Fold(case=True)), {"ignore_string_case": True}),
    (
        "unordered",
        lambda pair: CompareRules(unordered=arrays_of(pair)),
        {"ignore_order": True, "report_repetition": True},
    ),
    (
        "tolerance",
        lambda pair: CompareRules(tolerance=everywhere(pair, Tolerance(absolute=0.5))),
        {"math_epsilon": 0.5},
    ),
    (
        "ignore",
        lambda _: CompareRules(ignore=("/id", "/items/*/a")),
        {"exclude_regex_paths": [r"^root\['id'\]", r"^root\['items'\]\[[^\]]+\]\['a'\]"]},
    ),
]


def ours(pair: Pair, rules: CompareRules) -> bool:
    """Tell whether we call it a match."""
    return Judge(rules).compare(*map(answer, pair)).result is Result.MATCH


def theirs(pair: Pair, options: dict[str, Any]) -> bool:
    return not DeepDiff(*pair, **options)


@pytest.mark.parametrize(
    ("rules", "options"), [each[1:] for each in AGREED], ids=[each[0] for each in AGREED]
)
@given(pair=PAIRS.map(unmistakable))
def test_deepdiff_gives_the_same_verdict(rules: Rules, options: dict[str, Any], pair: Pair) -> None:
    assert ours(pair, rules(pair)) == theirs(pair, options)


CHANGES = {
    "values_changed": "value",
    "type_changes": "type",
    "dictionary_item_removed": "missing",
    "dictionary_item_added": "extra",
}


@given(pair=PAIRS.map(unmistakable).map(without_arrays))
def test_deepdiff_finds_the_same_differences_in_the_same_places(pair: Pair) -> None:
    found = {(each.at, each.change.value) for each in verdict(*pair).differences}
    tree = DeepDiff(*pair, view="tree", threshold_to_diff_deeper=0)
    assert found == {
        ("".join(f"/{key}" for key in level.path(output_format="list")), CHANGES[change])
        for change, levels in tree.items()
        for level in levels
    }


# Whether deepdiff would notice...


def overlooked(*_: object) -> None:
    """Stand in for what sees that something is there, or is allowed."""


@pytest.mark.parametrize(
    ("broken", "name", "agreed", "pair"),
    [
        (walk.Walk, "_only", "no rules", ({}, {"a": "x"})),
        (walk, "_counts", "no rules", (["x"], ["x", "y"])),
        (walk.Walk, "_tell", "case", ({"a": "x"}, {"a": "y"})),
        (folds, "_within", "tolerance", ({"a": 10.0}, {"a": 10.5})),
        (arrays.Pairing, "cancel", "unordered", (["x", "y"], ["y", "x"])),
    ],
    ids=["a key", "an element", "a value", "a tolerance", "an order"],
)
def test_deepdiff_notices_a_judge_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, broken: object, name: str, agreed: str, pair: Pair
) -> None:
    rules, options = next(each[1:] for each in AGREED if each[0] == agreed)
    assert ours(pair, rules(pair)) == theirs(pair, options)
    monkeypatch.setattr(broken, name, overlooked)
    assert ours(pair, rules(pair)) != theirs(pair, options)

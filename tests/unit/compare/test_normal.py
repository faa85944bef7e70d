import pytest

from router.compare.effort import Effort
from router.compare.folds import Leaves
from router.compare.json_text import TooDeepError
from router.compare.normal import DEEPEST, Normal
from router.compare.pointers import places
from router.compare.rules import CompareRules, Fold, Tolerance, ValueClass
from router.places.pointer import Json


def written(value: Json, rules: CompareRules | None = None) -> bytes:
    rules = rules or CompareRules()
    normal = Normal(Leaves(rules.fold), Effort(), null_is_missing=rules.fold.null_is_missing)
    return normal.written(value, places(rules), 0)


def test_the_order_of_keys_and_the_spelling_of_numbers_are_no_difference() -> None:
    assert written({"a": 1, "b": [0.0]}) == written({"b": [-0.0], "a": 1.0})


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, "1"), (None, False), ([], {})])
def test_types_are(one: Json, other: Json) -> None:
    assert written(one) != written(other)


def test_what_is_ignored_is_not_written() -> None:
    rules = CompareRules(ignore=("/at",))
    assert written({"at": 1, "b": 2}, rules) == written({"b": 2}, rules)


def test_a_value_of_a_class_is_written_as_its_class_which_no_text_can_be() -> None:
    rules = CompareRules(classes=(("/*", ValueClass.NUMBER),))
    assert written([1], rules) == written([2], rules)
    assert written(["<number float>"], rules) != written([2], rules)


def test_null_is_not_missing_unless_it_is_folded() -> None:
    assert written({"a": None}) != written({})
    assert written({"a": 1}, CompareRules(fold=Fold(null_is_missing=True))) != written({})


def test_folds_are_applied() -> None:
    rules = CompareRules(fold=Fold(case=True, numeric_strings=True, null_is_missing=True))
    assert written({"a": "X", "b": "2", "c": None}, rules) == written({"a": "x", "b": 2}, rules)


def test_numbers_beyond_64_bits_are_written_in_full() -> None:
    rules = CompareRules(fold=Fold(numeric_strings=True))
    assert written("9" * 40, rules) != written("9" * 39 + "8", rules)
    assert written("1" + "0" * 22, rules) == written(1e22, rules)


@pytest.mark.parametrize(
    "rules", [CompareRules(unordered=("/*",)), CompareRules(match_by=(("/*", "id"),))]
)
def test_arrays_without_an_order_are_written_in_one(rules: CompareRules) -> None:
    assert written([[{"id": 1}, {"id": 2.0}]], rules) == written([[{"id": 2}, {"id": 1}]], rules)
    assert written([[[1, 2]]], rules) != written([[[2, 1]]], rules)


def test_tolerance_is_not_applied() -> None:
    rules = CompareRules(tolerance=(("", Tolerance(5)),))
    assert written(1, rules) != written(2, rules)


def test_null_is_written_where_it_is_the_element_of_an_array() -> None:
    rules = CompareRules(fold=Fold(null_is_missing=True), classes=(("/*", ValueClass.ANY),))
    assert written([None], rules) != written([1], rules)


def test_a_value_too_deep_is_refused_either_way() -> None:
    deep: Json = []
    for _ in range(DEEPEST * 3):
        deep = [deep]
    with pytest.raises(TooDeepError):
        written(deep)
    with pytest.raises(TooDeepError):
        Normal(Leaves(Fold()), Effort(), null_is_missing=False).as_it_is(deep)

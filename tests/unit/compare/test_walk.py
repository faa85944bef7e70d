import pytest

from router.compare.rules import Fold, Tolerance, ValueClass
from router.compare.walk import MOST_FOUND
from router.places.pointer import MISSING, Json
from tests.support.answers import changes, verdict


def nested(depth: int, core: Json) -> Json:
    value = core
    for _ in range(depth):
        value = {"a": value}
    return value


# Objects...


def test_what_differs_is_named_by_its_place_and_change() -> None:
    legacy = {"a": 1, "b": {"c": "x", "gone": 1}, "same": [1, {"x": 2}]}
    ai = {"a": 2, "b": {"c": 3, "new": 1}, "same": [1, {"x": 2}]}
    assert changes(legacy, ai) == [
        ("/a", "value"),
        ("/b/c", "type"),
        ("/b/gone", "missing"),
        ("/b/new", "extra"),
    ]


def test_a_difference_has_both_values_and_the_exact_place() -> None:
    (difference,) = verdict({"a": [{"b": 1}]}, {"a": [{"b": 2}]}).differences
    assert (difference.field, difference.at) == ("/a/*/b", "/a/0/b")
    assert (difference.legacy, difference.ai) == (1, 2)


def test_what_is_not_there_is_missing_and_not_null() -> None:
    (difference,) = verdict({"a": None}, {}).differences
    assert difference.legacy is None
    assert difference.ai is MISSING


def test_the_order_of_keys_says_nothing() -> None:
    assert changes({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}) == []


@pytest.mark.parametrize(
    ("legacy", "ai"),
    [
        ({"a": 1}, {"a": True}),
        ({"x": {"a": [0]}}, {"x": {"a": [False]}}),
        ([[1.0]], [[True]]),
        ({"z": 1, "x": {"b": 1, "a": True}}, {"x": {"a": 1, "b": 1}, "z": 1}),
    ],
)
def test_true_is_not_1_wherever_it_hides(legacy: Json, ai: Json) -> None:
    assert [change for _, change in changes(legacy, ai)] == ["type"]
    assert [change for _, change in changes(ai, legacy)] == ["type"]


def test_1_is_1_0() -> None:
    assert changes({"a": 1, "b": {"c": [1, 2.0]}}, {"a": 1.0, "b": {"c": [1.0, 2]}}) == []


def test_extra_keys_are_found_also_where_an_ignored_one_is_missing() -> None:
    assert changes({"id": 1, "a": 1}, {"a": 1, "new": 1}, ignore=("/id",)) == [("/new", "extra")]


def test_an_ignored_place_is_ignored_with_all_that_is_below() -> None:
    legacy = {"meta": {"a": 1, "b": [2]}, "items": [{"at": 1, "v": 1}]}
    ai = {"meta": {"b": 2, "c": 1}, "items": [{"v": 2}]}
    assert changes(legacy, ai, ignore=("/meta", "/items/*/at")) == [("/items/*/v", "value")]


def test_null_may_be_taken_for_missing() -> None:
    fold = Fold(null_is_missing=True)
    assert changes({"a": None}, {"b": None}, fold=fold) == []
    assert changes({"a": None, "b": 1}, {"a": 1, "b": None}, fold=fold) == [
        ("/a", "extra"),
        ("/b", "missing"),
    ]


# Arrays...


def test_elements_differ_where_they_stand() -> None:
    assert changes([1, {"a": 2}], [1, {"a": 3}]) == [("/*/a", "value")]


def test_the_same_elements_in_another_order_are_one_difference() -> None:
    legacy = {"tags": ["a", "b", {"c": 1}]}
    ai = {"tags": [{"c": 1.0}, "a", "b"]}
    assert changes(legacy, ai) == [("/tags", "order")]
    assert changes(legacy, {"tags": [{"c": 2}, "a", "b"]}) == [
        ("/tags/*", "type"),
        ("/tags/*", "value"),
        ("/tags/*", "type"),
    ]


def test_what_came_or_went_in_the_middle_is_one_difference() -> None:
    (gone,) = verdict([{"v": 1}, {"v": 2}, {"v": 3}], [{"v": 1}, {"v": 3}]).differences
    assert (gone.field, gone.change) == ("", "length")
    assert (gone.legacy, gone.ai) == ([{"v": 2}], [])
    (came,) = verdict([1, 2], [0, 1, 2]).differences
    assert (came.legacy, came.ai) == ([], [0])


def test_a_place_that_is_ignored_in_all_elements_does_not_hide_where_one_went() -> None:
    legacy = {"items": [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}, {"id": 3, "v": "c"}]}
    ai = {"items": [{"id": 7, "v": "a"}, {"id": 9, "v": "c"}]}
    assert changes(legacy, ai, ignore=("/items/*/id",)) == [("/items", "length")]


def test_elements_that_are_ignored_may_also_be_more_or_fewer() -> None:
    assert changes([1, 2], [5], ignore=("/*",)) == []
    assert changes([1, 2], [1], ignore=("/1",)) == []
    assert changes([1, 2], [1, 2, 3], ignore=("/1",)) == [("", "length")]


# Arrays without an order...


def test_unordered_arrays_are_equal_where_each_element_is_as_often_there() -> None:
    unordered = ("/tags",)
    assert changes({"tags": ["a", "b", "a"]}, {"tags": ["b", "a", "a"]}, unordered=unordered) == []
    assert changes({"tags": ["a", "b", "a"]}, {"tags": ["b", "a", "b"]}, unordered=unordered) == [
        ("/tags/*", "value")
    ]


def test_unordered_objects_are_compared_under_the_rules_below() -> None:
    rules = {"unordered": ("/items",), "ignore": ("/items/*/at",), "fold": Fold(case=True)}
    legacy = {"items": [{"at": 1, "v": "A"}, {"at": 2, "v": "b"}]}
    assert changes(legacy, {"items": [{"at": 3, "v": "B"}, {"v": "a"}]}, **rules) == []
    assert changes(legacy, {"items": [{"at": 3, "v": "B"}]}, **rules) == [("/items", "length")]


def test_unordered_numbers_find_partners_within_a_tolerance() -> None:
    rules = {"unordered": ("",), "tolerance": (("/*", Tolerance(absolute=1)),)}
    assert changes([1, 2, 3], [4, 3, 2], **rules) == []
    assert changes([1, 2, 3], [4, 3, 9], **rules) == [("/*", "value")]


def test_unordered_arrays_in_unordered_arrays_have_no_order_either() -> None:
    rules = {"unordered": ("", "/*/tags"), "tolerance": (("/*/tags/*", Tolerance(absolute=1)),)}
    legacy = [{"tags": [1, 10]}, {"tags": [20, 30]}]
    assert changes(legacy, [{"tags": [30, 21]}, {"tags": [10, 2]}], **rules) == []


def test_an_array_too_large_for_partners_is_compared_as_it_stands() -> None:
    many = [f"{number:05}" for number in range(60_000)]
    legacy, ai = {"a": many, "b": 1}, {"a": [*reversed(many)], "b": 2}
    said = verdict(legacy, ai, unordered=("/a",))
    assert said.more
    assert {difference.field for difference in said.differences} == {"/a/*"}


def test_long_texts_are_tried_with_each_other_only_as_long_as_that_takes_no_time() -> None:
    def texts(letters: str) -> list[Json]:
        return [letters * 40 + f"{number:04}" * 900 for number in range(20)]

    rules = {"unordered": ("",), "text": (("/*", 0.95),)}
    one, other = texts("ab"), texts("cd")
    assert changes(one[:2], [*reversed(other[:2])], **rules) == []
    assert changes(one, [*reversed(other)], **rules) != []


def test_elements_are_matched_by_a_key() -> None:
    rules = {"match_by": (("/items", "id"),)}
    legacy = {"items": [{"id": 1, "v": 1}, {"id": "1", "v": 2}, {"id": 2, "v": 3}]}
    ai = {"items": [{"id": 2, "v": 9}, {"id": "1", "v": 2}, {"id": 1.0, "v": 1}, {"id": 5}]}
    value, length = verdict(legacy, ai, **rules).differences
    assert (value.field, value.change, value.at) == ("/items/*/v", "value", "/items/2/v")
    assert (length.field, length.change) == ("/items", "length")
    assert (length.legacy, length.ai) == ([], [{"id": 5}])


def test_the_key_that_matches_may_lie_deeper() -> None:
    rules = {"match_by": (("", "/ref/id"),)}
    legacy = [{"ref": {"id": 1}, "v": 1}, {"ref": {"id": 2}, "v": 2}]
    assert changes(legacy, [legacy[1], legacy[0]], **rules) == []


def test_elements_without_the_key_are_matched_in_their_order() -> None:
    rules = {"match_by": (("", "id"),)}
    assert changes([{"id": 1}, {"v": 1}, 7], [{"v": 2}, 7, {"id": 1}], **rules) == [
        ("/*/v", "value")
    ]


# Bounds...


def test_a_difference_too_deep_is_an_error() -> None:
    assert verdict(nested(127, 1), nested(127, 2)).result == "divergent"
    assert verdict(nested(129, 1), nested(129, 2)).error == "too_deep"


def test_levels_of_arrays_count_however_their_elements_are_paired() -> None:
    def deep(core: Json) -> Json:
        value = core
        for level in range(150):
            value = [value, level] if level % 2 else [value]
        return value

    assert verdict(deep(1), deep(2)).error == "too_deep"
    assert verdict(deep([1]), deep([1, 2])).error == "too_deep"
    everywhere = tuple("/*" * level for level in range(150))
    assert verdict(deep(1), deep(2), unordered=everywhere).error == "too_deep"
    by_id = tuple((place, "id") for place in everywhere)
    assert verdict(deep(1), deep(2), match_by=by_id).error == "too_deep"


def test_documents_that_nest_to_the_parsers_limit_are_no_accident() -> None:
    assert verdict(b"[" * 1000 + b"]" * 1000, b"[" * 1000 + b"1" + b"]" * 1000).error == "too_deep"


def test_after_many_differences_the_walk_ends_and_says_so() -> None:
    one, other = [{"v": 1}] * (MOST_FOUND + 1), [{"v": 2}] * (MOST_FOUND + 1)
    said = verdict({"many": one, "z": 1}, {"many": other, "z": 2})
    assert said.more
    assert {difference.field for difference in said.differences} == {"/many/*/v"}


def test_classes_are_heeded_below_arrays_and_objects() -> None:
    kinds = (("/*/at", ValueClass.TIMESTAMP),)
    assert changes([{"at": "2026-01-01"}], [{"at": "2026-01-02"}], classes=kinds) == []

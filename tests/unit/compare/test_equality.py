import pytest

from router.compare.equality import surely, unsettled_indexes, unsettled_keys
from router.places.pointer import Json


@pytest.mark.parametrize(
    ("one", "two"),
    [("a", "a"), (1, 1), (None, None), ([1, {"a": True}], [1, {"a": True}]), ({}, {})],
)
def test_what_is_equal_in_json_is_surely_so(one: Json, two: Json) -> None:
    assert surely(one, two)


def test_the_order_of_keys_leaves_no_doubt() -> None:
    assert surely({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1})


@pytest.mark.parametrize(
    ("one", "two"), [(1, True), ([0], [False]), ({"a": [1.0]}, {"a": [True]}), ([1], [1.0])]
)
def test_what_python_alone_calls_equal_is_in_doubt(one: Json, two: Json) -> None:
    assert one == two
    assert not surely(one, two)


def test_what_is_too_deep_to_be_written_is_in_doubt() -> None:
    deep: Json = []
    for _ in range(300):
        deep = [deep]
    assert not surely(deep, [*deep] if isinstance(deep, list) else deep)


def test_keys_that_differ_are_not_there_or_hide_a_type_are_unsettled() -> None:
    legacy: dict[str, Json] = {"a": 1, "b": "x", "c": [1], "d": None, "e": "same", "f": {"g": 0}}
    ai: dict[str, Json] = {"f": {"g": False}, "e": "same", "c": [1], "b": "y", "a": 1, "h": 1}
    assert unsettled_keys(legacy, ai) == ["b", "d", "f"]


def test_a_key_that_is_null_is_not_one_that_is_missing() -> None:
    assert unsettled_keys({"a": None}, {}) == ["a"]
    assert unsettled_keys({"a": None}, {"a": None}) == []


def test_elements_that_differ_or_hide_a_type_are_unsettled() -> None:
    assert unsettled_indexes([1, "a", [1], 4], [1, "b", [1], 5]) == [1, 3]
    assert unsettled_indexes([1, "a", [1], 4], [1, "b", [True], 4]) == [1, 2]
    assert unsettled_indexes([True, "a"], [1, "a"]) == [0]
    assert unsettled_indexes(["a", {}], ["a", {}]) == []

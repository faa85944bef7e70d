import pytest

from router.compare.folds import Leaves, is_kind
from router.compare.pointers import places
from router.compare.rules import CompareRules, Fold, Tolerance, ValueClass
from router.compare.verdict import Change
from router.places.pointer import Json
from tests.support.answers import changes

PLAIN = Leaves(Fold())


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (0.0, -0.0), (None, None), ("a", "a")])
def test_what_json_calls_equal_is_equal(one: Json, other: Json) -> None:
    assert PLAIN.change(one, other, None) is None


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (1.0, True), (1, "1"), (None, False), ([], {})]
)
def test_values_of_two_types_differ_by_type(one: Json, other: Json) -> None:
    assert PLAIN.change(one, other, None) is Change.TYPE
    assert PLAIN.change(other, one, None) is Change.TYPE


@pytest.mark.parametrize(("one", "other"), [(1, 2.5), (True, False), ("a", "b")])
def test_values_of_one_type_differ_by_value(one: Json, other: Json) -> None:
    assert PLAIN.change(one, other, None) is Change.VALUE


def test_case_is_folded_as_unicode_says() -> None:
    leaves = Leaves(Fold(case=True))
    assert leaves.change("STRASSE", "straße", None) is None
    assert leaves.change("REFUND", "other", None) is Change.VALUE


def test_white_space_is_folded_to_single_spaces_and_none_at_the_ends() -> None:
    leaves = Leaves(Fold(whitespace=True))
    assert leaves.change(" a\n\tb ", "a b", None) is None
    assert leaves.change("ab", "a b", None) is Change.VALUE


@pytest.mark.parametrize(
    ("one", "other"), [("1", 1), ("1.50", 1.5), ("1e2", 100), ("2.0", "2"), ("9" * 40, "9" * 40)]
)
def test_texts_that_are_numbers_are_folded_to_them(one: Json, other: Json) -> None:
    assert Leaves(Fold(numeric_strings=True)).change(one, other, None) is None


@pytest.mark.parametrize("text", ["01", "1_000", "٣", " 1", "0x1", "NaN", "1e999", "9" * 65, ""])
def test_texts_that_json_would_not_read_as_numbers_stay_texts(text: str) -> None:
    leaves = Leaves(Fold(numeric_strings=True))
    assert leaves.folded(text) is text


def test_white_space_around_a_number_goes_with_the_other_fold() -> None:
    leaves = Leaves(Fold(whitespace=True, numeric_strings=True))
    assert leaves.change(" 1 ", 1, None) is None


def test_whole_numbers_in_texts_are_exact() -> None:
    leaves = Leaves(Fold(numeric_strings=True))
    assert leaves.change("9" * 40, "9" * 39 + "8", None) is Change.VALUE


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            ValueClass.UUID,
            ["9b2fcd66-3d5f-4a0d-8f2e-0a0b7c1d2e3f", "9B2FCD663D5F4A0D8F2E0A0B7C1D2E3F"],
        ),
        (
            ValueClass.TIMESTAMP,
            [
                "2026-11-22",
                "2026-11-22T10:00:00Z",
                "2026-11-22 10:00:00.123456789+01:00",
                "2026-11-22T10:00",
            ],
        ),
        (ValueClass.TIMESTAMP, [1_700_000_000, 1_700_000_000.5, 1_700_000_000_000]),
        (ValueClass.NUMBER, [1, 1.5, -3]),
        (ValueClass.STRING, ["", "x"]),
    ],
)
def test_two_values_of_a_class_are_equal(kind: ValueClass, values: list[Json]) -> None:
    for value in values:
        assert is_kind(value, kind)
        assert changes({"a": value}, {"a": values[0]}, classes=(("/a", kind),)) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ValueClass.UUID, "9b2fcd66"),
        (ValueClass.UUID, 5),
        (ValueClass.TIMESTAMP, "yesterday"),
        (ValueClass.TIMESTAMP, "2026-13-01"),
        (ValueClass.TIMESTAMP, 12),
        (ValueClass.TIMESTAMP, True),
        (ValueClass.NUMBER, "1"),
        (ValueClass.NUMBER, True),
        (ValueClass.STRING, None),
    ],
)
def test_what_is_not_of_the_class_is_not(kind: ValueClass, value: Json) -> None:
    assert not is_kind(value, kind)


def test_a_value_that_has_left_its_class_differs_by_type() -> None:
    kinds = (("/at", ValueClass.TIMESTAMP),)
    now = "2026-11-22T10:00:00Z"
    assert changes({"at": now}, {"at": "yesterday"}, classes=kinds) == [("/at", "type")]
    assert changes({"at": now}, {"at": 1_700_000_000}, classes=kinds) == [("/at", "type")]
    assert changes({"at": "never"}, {"at": "no"}, classes=kinds) == [("/at", "value")]


def test_any_asks_only_that_something_is_there() -> None:
    anything = (("/id", ValueClass.ANY),)
    assert changes({"id": 1}, {"id": [2]}, classes=anything) == []
    assert changes({"id": 1}, {}, classes=anything) == [("/id", "missing")]


@pytest.mark.parametrize(
    ("tolerance", "one", "other", "is_equal"),
    [
        (Tolerance(absolute=0.5), 1, 1.5, True),
        (Tolerance(absolute=0.5), 1, 1.51, False),
        (Tolerance(relative=0.1), 90, 100, True),
        (Tolerance(relative=0.1), 89, 100, False),
        (Tolerance(absolute=20, relative=0.1), 89, 100, True),
        (Tolerance(absolute=5), 1, True, False),
        (Tolerance(absolute=5), "1", 2, False),
    ],
)
def test_a_tolerance_is_absolute_or_of_the_larger_number(
    tolerance: Tolerance, one: Json, other: Json, is_equal: bool
) -> None:
    place = places(CompareRules(tolerance=(("", tolerance),)))
    assert (PLAIN.change(one, other, place) is None) is is_equal
    assert (PLAIN.change(other, one, place) is None) is is_equal


def test_a_tolerance_holds_for_texts_that_are_folded_to_numbers() -> None:
    place = places(CompareRules(tolerance=(("", Tolerance(absolute=1)),)))
    assert Leaves(Fold(numeric_strings=True)).change("1.5", 2, place) is None


def test_texts_are_equal_from_the_given_similarity_on() -> None:
    place = places(CompareRules(text=(("", 0.6),)))
    assert PLAIN.change("kitten", "sitting", place) is None
    assert PLAIN.change("kitten", "mouse", place) is Change.VALUE

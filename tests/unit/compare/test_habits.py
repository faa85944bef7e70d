import pytest

from router.compare.habits import ALIKE, DISTANCES, habit
from router.compare.verdict import Change, Difference
from router.places.pointer import MISSING, Json, Missing

LONG = "Your refund is on its way to you and will arrive soon."


def of(one: Json | Missing, other: Json | Missing = MISSING, change: Change = Change.VALUE) -> str:
    return habit(Difference("/a", change, "/a", one, other))


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        ("2026-11-22T01:00:00Z", "2026-11-22T01:00:01Z", "timestamp"),
        (1_795_000_000, 1_795_000_001, "timestamp"),
        ("6f1c2a7e-9b1d-4c55-8f00-1a2b3c4d5e6f", "00000000-0000-4000-8000-000000000000", "uuid"),
        (100, 101, "number:0.01"),
        (0.5, 0.51, "number:0.02"),
        (1, 900, "number"),
        (1, -1, "number"),
        (10**400, 1.5, "number"),
        (LONG, LONG.replace("soon", "today"), "text:0.9"),
        (LONG, "Nothing of the kind was ever said by me", "string"),
        ("red", "reds", "string"),
        (True, False, "value"),
        (None, 1, "value"),
        (MISSING, 1, "value"),
    ],
)
def test_a_value_that_differs_from_itself_has_a_word(
    one: Json | Missing, other: Json | Missing, word: str
) -> None:
    assert of(one, other) == of(other, one) == word


@pytest.mark.parametrize("change", [change for change in Change if change is not Change.VALUE])
def test_what_is_no_other_value_goes_by_its_change(change: Change) -> None:
    assert of("red", MISSING, change) == change.value


def test_a_word_says_nothing_of_what_stood_there() -> None:
    """A handful of words, whatever the values are: they are kept where contents are not."""
    values: list[Json] = ["a" * 50, "a" * 40 + "b" * 10, 3, 4.5, 10**12, True, None, [1], {}]
    words = {of(one, other) for one in values for other in values}
    measured = {f"text:{least}" for least in ALIKE} | {f"number:{most}" for most in DISTANCES}
    assert words <= {"number", "string", "value", "timestamp", *measured}


def test_of_endless_texts_only_the_beginning_is_read() -> None:
    assert of("x" * 10**6 + "y", "x" * 10**6 + "z") == "text:0.95"

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from router.settings.problems import NotAllowedError
from router.settings.written import OneOrMany, Written, choice


def read_even(value: object) -> int:
    if not isinstance(value, int) or value % 2:
        raise NotAllowedError(suggestion="2")
    return value


EVEN = Written("an even number", read_even, {"type": "integer", "multipleOf": 2})
EVENS: TypeAdapter[tuple[int, ...]] = TypeAdapter(
    Annotated[tuple[Annotated[int, EVEN], ...], OneOrMany()]
)


def test_a_refusal_says_in_words_what_is_allowed() -> None:
    with pytest.raises(NotAllowedError) as refused:
        EVEN.checked(3)
    assert (refused.value.allowed, refused.value.suggestion) == ("an even number", "2")


def test_one_value_stands_for_a_list() -> None:
    assert EVENS.validate_python(2) == EVENS.validate_python([2]) == (2,)
    with pytest.raises(ValidationError):
        EVENS.validate_python({"a": 2})


def test_the_editor_is_told_of_both_forms() -> None:
    one = {"type": "integer", "multipleOf": 2}
    assert EVENS.json_schema() == {"anyOf": [one, {"type": "array", "items": one}]}


def test_a_choice_names_its_words() -> None:
    colours = choice("red", "green", "blue", later=("violet",))
    assert colours.words == "red, green or blue"
    assert colours.checked("red") == "red"
    assert choice("red").words == "red"


@pytest.mark.parametrize(
    ("value", "suggestion", "is_to_come"),
    [("gren", "green", False), ("violet", None, True), (5, None, False), ([], None, False)],
)
def test_a_word_beside_the_choice_is_refused(
    value: object, suggestion: str | None, is_to_come: bool
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        choice("red", "green", later=("violet",)).checked(value)
    assert refused.value.suggestion == suggestion
    assert refused.value.supported_later is is_to_come

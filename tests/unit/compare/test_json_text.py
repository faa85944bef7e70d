import pytest

from router.compare.json_text import NotJsonError, TooDeepError, json_or_text, loads


def test_json_is_parsed() -> None:
    assert loads(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}


def test_of_a_key_that_stands_there_twice_the_last_counts() -> None:
    assert loads('{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("text", ["", "NaN", "{", "{'a': 1}", '"\\ud800"', "1 2"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(NotJsonError):
        loads(text)


def test_what_is_nested_too_deeply_is_told_apart_from_what_is_no_json() -> None:
    with pytest.raises(TooDeepError):
        loads("[" * 5000 + "]" * 5000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        (" [1]\n", [1]),
        ("12", "12"),
        ("true", "true"),
        ('"quoted"', '"quoted"'),
        ("[see above]", "[see above]"),
        ("", ""),
    ],
)
def test_a_text_is_an_object_or_an_array_or_itself(text: str, value: object) -> None:
    assert json_or_text(text) == value

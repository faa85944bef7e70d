import pytest

from router.compare.ndjson import lines_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ('{"a": 1}\r\n\r\n  {"a": 2}', [{"a": 1}, {"a": 2}]),
        ('\x1e{"a":\n1}\n\x1e2\n', [{"a": 1}, 2]),
        ("1\nnull\n", [1, None]),
        ("", []),
    ],
)
def test_each_line_is_a_value(text: str, values: list[object]) -> None:
    assert lines_of(text) == values


def test_a_line_that_is_broken_is_a_text_and_leaves_the_others_as_they_are() -> None:
    assert lines_of('{"a": 1}\n{"a": \n{"a": 3}') == [{"a": 1}, '{"a":', {"a": 3}]


def test_a_line_separator_within_a_text_ends_no_line() -> None:
    assert lines_of('"one\u2028two"\n') == ["one\u2028two"]

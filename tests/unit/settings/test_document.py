import itertools

import pytest

from router.settings.document import Document, TooManyValuesError, document_of, resolved
from router.settings.problems import Data
from router.settings.yaml_tree import read_tree


def document(text: str, **environ: str) -> Document:
    root = read_tree(text.encode("utf-8", "surrogatepass"))
    assert root is not None
    return document_of(root, environ)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("on", "on"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("010", 10),
        ("-3", -3),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".nan", ".nan"),
        ("12:30", "12:30"),
        ("2026-11-01", "2026-11-01"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_unquoted_words_hold_no_surprise(text: str, value: Data) -> None:
    assert resolved(text) == value
    assert type(resolved(text)) is type(value)


def test_the_key_on_is_a_word() -> None:
    assert document("fallback: {on: [connect]}").data == {"fallback": {"on": ["connect"]}}


def test_every_value_knows_its_line() -> None:
    marks = document("a:\n  b:\n    - 1\n    - c: 2\n").marks
    lines = {path: mark.line for path, mark in marks.items() if path}
    assert lines == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "b", 0): 3,
        ("a", "b", 1): 4,
        ("a", "b", 1, "c"): 4,
    }


def test_what_is_missing_has_the_line_of_what_is_around_it() -> None:
    found = document("a:\n  b:\n    c: 1\n")
    assert found.known(("a", "b", "x", "y")) == ("a", "b")
    assert found.line(("a", "b", "x", "y")) == 2


def test_of_a_repeated_key_the_first_counts_and_the_second_is_a_problem() -> None:
    found = document("a: 1\nb: 2\na: 3\n")
    assert found.data == {"a": 1, "b": 2}
    assert [(it.line, it.path, it.text) for it in found.problems] == [
        (3, "a", "key repeated from line 1")
    ]


def test_variables_are_filled_in_and_kept_secret() -> None:
    found = document("a: ${NAME}\nb: x${NAME}y\nc: plain\n", NAME="s")
    assert found.data == {"a": "s", "b": "xsy", "c": "plain"}
    assert [found.is_secret((key,)) for key in "abc"] == [True, True, False]


def test_a_default_is_used_only_where_the_variable_is_not_set() -> None:
    found = document("a: ${A:-1}\nb: ${B:-2}\nc: ${C:-}\n", A="7", C="")
    assert found.data == {"a": 7, "b": 2, "c": None}
    assert not found.is_secret(("b",))


def test_an_unset_variable_is_a_problem() -> None:
    (problem,) = document("a:\n  b: ${NONE}\n").problems
    assert (problem.line, problem.path) == (2, "a.b")
    assert problem.text == "the environment variable NONE is not set"
    assert problem.allowed == "a set variable, or ${NONE:-default}"


def test_a_value_of_the_environment_adds_no_yaml() -> None:
    found = document("a: ${NAME}\nb: '${NUMBER}'\n", NAME="{b: [1]}\nc: *x # ${NUMBER}", NUMBER="5")
    assert found.data == {"a": "{b: [1]}\nc: *x # ${NUMBER}", "b": "5"}


def test_two_dollars_stand_for_one() -> None:
    found = document("a: $${NAME}\nb: $x\nc: 'regex:/a$'\n")
    assert found.data == {"a": "${NAME}", "b": "$x", "c": "regex:/a$"}
    assert not found.problems


def test_names_of_keys_are_not_filled_in() -> None:
    assert document("${NAME}: 1\n", NAME="a").data == {"${NAME}": 1}


def test_a_merge_adds_what_is_not_written() -> None:
    found = document("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n")
    assert found.data == {"a": {"x": 1, "y": 2}, "b": {"y": 3, "x": 1}}
    assert found.line(("b", "x")) == 1
    assert found.line(("b", "y")) == 4


def test_several_merges_add_up_and_the_first_wins() -> None:
    found = document("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n")
    assert found.at(("c",)) == {"x": 1, "y": 2}


@pytest.mark.parametrize("text", ["a:\n  <<: 5\n", "a: &a {<<: {b: 1}}\nc: {<<: *a}\n"])
def test_a_merge_that_cannot_be_is_a_problem(text: str) -> None:
    assert len(document(text).problems) == 1


@pytest.mark.parametrize("text", ['a: "\\ud800"\n', '"\\ud800": a\n'])
def test_half_a_character_is_a_problem(text: str) -> None:
    (problem,) = document(text).problems
    assert "lone surrogate" in problem.text


def test_bytes_of_the_environment_that_are_no_text_are_a_problem() -> None:
    (problem,) = document("a: ${NAME}\n", NAME=b"\xff".decode("utf-8", "surrogateescape")).problems
    assert problem.path == "a"


def test_aliases_that_multiply_are_refused() -> None:
    rows = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    names = "abcdef"
    rows += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in itertools.pairwise(names)
    ]
    with pytest.raises(TooManyValuesError):
        document("\n".join(rows))


def test_aliases_that_deepen_are_refused() -> None:
    rows = ["a: &a x"]
    names = [f"n{number}" for number in range(100)]
    rows += [f"{new}: &{new} [*{old}]" for old, new in zip(["a", *names], names, strict=False)]
    with pytest.raises(TooManyValuesError):
        document("\n".join(rows))


def test_a_place_that_is_not_there_is_nothing() -> None:
    found = document("a: [1, {b: 2}]\n")
    assert found.at(("a", 1, "b")) == 2
    assert found.at(("a", 7)) is None
    assert found.at(("a", "b")) is None
    assert found.mapping("a") == {}
    assert found.items("a", 0) == [(("a", 0), 1)]
    assert found.items("x") == []

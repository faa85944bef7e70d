import pytest

from router.places.pointer import MISSING, Json, Missing, Scalar, key_bytes, pointer, same, value_at

# The document and answers of RFC 6901, section 5.
RFC: Json = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
HUGE = "9" * 10_000  # more digits than int() reads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", RFC),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_pointers_lead_where_the_standard_says(text: str, value: Json) -> None:
    assert value_at(RFC, pointer(text)) == value


@pytest.mark.parametrize(
    "text",
    ["/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/-1", "/foo/+1", "/foo/\u0661", "/foo/" + HUGE,
     "/foo/0/x", "/foo/x", "/a~1b/c"],
    ids=range(11),
)  # fmt: skip
def test_a_pointer_to_nothing_finds_nothing(text: str) -> None:
    assert value_at(RFC, pointer(text)) is MISSING


def test_an_index_of_two_digits_is_found() -> None:
    twelve: Json = list(range(12))
    assert value_at(twelve, pointer("/11")) == 11
    assert value_at(twelve, pointer("/01")) is MISSING


def test_an_escaped_tilde_before_a_one_is_no_slash() -> None:
    assert value_at({"~1": True}, pointer("/~01")) is True


@pytest.mark.parametrize("text", ["foo", "foo/0", "/a~", "/a~2b"])
def test_what_is_no_pointer_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(ValueError, match="is not a JSON pointer"):
        pointer(text)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("é7", "é7".encode()),
        ("", b""),
        (7, b"7"),
        (-7, b"-7"),
        (7.0, b"7"),
        (7.5, b"7.5"),
        (1e300, b"1e+300"),
        (True, b"true"),
        (False, b"false"),
        (None, None),
        ([], None),
        ({}, None),
        (MISSING, None),
    ],
)
def test_scalars_are_keys_and_nothing_else_is(value: Json | Missing, key: bytes | None) -> None:
    assert key_bytes(value) == key


@pytest.mark.parametrize(
    ("found", "expected", "verdict"),
    [
        (True, True, True),
        (1, 1.0, True),
        ("a", "a", True),
        (None, None, True),
        (1, True, False),
        (True, 1, False),
        (0, False, False),
        ("1", 1, False),
        ("A", "a", False),
        (MISSING, None, False),
        (None, False, False),
        ([], "", False),
    ],
)
def test_values_are_compared_as_json_does(
    found: Json | Missing, expected: Scalar, verdict: bool
) -> None:
    assert same(found, expected) is verdict

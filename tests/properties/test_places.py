"""Whatever a client sends is read or absent, and never an error."""

from urllib.parse import quote, quote_plus, urlencode

from hypothesis import given, strategies as st

from router.places.cookie import cookies
from router.places.document import Document, json_parser
from router.places.path import normalised, path_of
from router.places.pointer import Json, Missing, key_bytes, pointer, value_at
from router.places.query import parameters

segments = st.lists(
    st.sampled_from(["", ".", "..", "a", "b.", "%2e", "%2E%2e", "%61", "%2f", "..a", "%25"]),
    max_size=8,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
PARSE = json_parser()


@given(segments)
def test_a_normalised_path_has_nothing_left_to_resolve(parts: list[str]) -> None:
    path = path_of(("/" + "/".join(parts)).encode())
    assert path.startswith(b"/")
    assert b"//" not in path
    assert not {b".", b".."} & set(path.split(b"/"))
    assert normalised(path) == path == path_of(path)


@given(segments, st.text("abcXYZ019-._~", min_size=1), st.data())
def test_an_escape_that_was_not_needed_changes_no_path(
    parts: list[str], word: str, draw: st.DataObject
) -> None:
    escaped = "".join(
        f"%{ord(letter):02x}" if draw.draw(st.booleans()) else letter for letter in word
    )
    front = "/" + "".join(part + "/" for part in parts)
    assert path_of((front + escaped).encode()) == path_of((front + word).encode())


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_a_form_is_read_back_as_it_was_written(form: dict[str, str]) -> None:
    for quote_via in (quote, quote_plus):
        target = b"/?" + urlencode(form, quote_via=quote_via).encode()
        for name, text in form.items():
            assert list(parameters(target, name.encode())) == [text.encode()]


@given(st.binary(), st.binary(min_size=1))
def test_no_bytes_disturb_the_readers(junk: bytes, name: bytes) -> None:
    list(cookies([(b"cookie", junk), (b"cookie", name + b"=" + junk)], name))
    list(parameters(b"/?" + junk, name))
    assert isinstance(key_bytes(Document(junk, PARSE).at(pointer("/a"))), bytes | None)


@given(json_values, st.lists(st.text(max_size=3) | st.integers(0, 3).map(str), max_size=3))
def test_every_pointer_finds_a_value_or_nothing(document: Json, tokens: list[str]) -> None:
    escaped = (token.replace("~", "~0").replace("/", "~1") for token in tokens)
    found = value_at(document, pointer("".join("/" + token for token in escaped)))
    assert isinstance(key_bytes(found), bytes | None)
    assert isinstance(found, Missing) or found == _walk(document, tokens)


def _walk(document: Json, tokens: list[str]) -> Json:
    for token in tokens:
        if isinstance(document, dict):
            document = document[token]
        else:
            assert isinstance(document, list)
            document = document[int(token)]
    return document

import gzip
from dataclasses import replace

import pytest

from router.compare.bodies import Body, Kind, Unreadable, read_body
from router.compare.pair import Answer, Loss
from router.compare.rules import CompareRules, Profile
from router.model import Variant
from router.places.pointer import Json

GENERIC = CompareRules()
OPENAI = CompareRules(profile=Profile.OPENAI)
DIGEST = bytes(range(16))


def answer(body: bytes, content_type: bytes = b"application/json", *more: bytes) -> Answer:
    fields = [(b"date", b"now"), (b"content-type", content_type)]
    encodings = [(b"content-encoding", name) for name in more]
    return Answer(Variant.AI, 200, [*fields, *encodings], body, len(body))


def value_of(read: Body | Unreadable, kind: Kind = Kind.JSON) -> Json:
    assert isinstance(read, Body)
    assert read.kind is kind
    return read.value


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        (b"application/json", b'{"a": 1}', {"a": 1}),
        (b"application/json", b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"application/json", '{"a": "ü"}'.encode("utf-16"), {"a": "ü"}),
        (b"application/json; charset=latin-1", '{"a": "ü"}'.encode("latin-1"), {"a": "ü"}),
        (b"application/json; charset=klingon", b'{"a": 1}', {"a": 1}),
        (b"application/vnd.api+json", b"[1]", [1]),
        (b"application/json", b"12", 12),
        (b"text/plain", b' {"a": 1}', {"a": 1}),
        (b"", b"[1]", [1]),
        (b"application/x-ndjson", b'{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (b"text/event-stream", b"data: x\n\n", [{"event": "message", "data": "x"}]),
        (b"application/x-www-form-urlencoded", b"a=1", {"a": "1"}),
    ],
)
def test_a_body_is_the_value_that_it_says(content_type: bytes, body: bytes, value: object) -> None:
    assert value_of(read_body(answer(body, content_type), GENERIC)) == value


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        (b"text/html", b"<p>", "<p>"),
        (b"text/plain; charset=latin-1", b"K\xe4se", "Käse"),
        (b"text/plain", b"12", "12"),
        (b"", b"hello", "hello"),
        (b"text/plain", b"{hello}", "{hello}"),
        (b"application/json", b'{"a": NaN}', '{"a": NaN}'),
        (b"application/json", b"<html>502</html>", "<html>502</html>"),
    ],
)
def test_what_is_no_json_is_the_text_that_it_is(
    content_type: bytes, body: bytes, text: str
) -> None:
    assert value_of(read_body(answer(body, content_type), GENERIC), Kind.TEXT) == text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(b"image/png", b"\x89PNG"), (b"text/html; charset=klingon", b"<p>"), (b"", b"\x89PNG\0")],
)
def test_everything_else_is_known_by_size_and_digest(content_type: bytes, body: bytes) -> None:
    known = value_of(read_body(answer(body, content_type), GENERIC), Kind.BYTES)
    other = value_of(read_body(answer(body + b"?", content_type), GENERIC), Kind.BYTES)
    assert isinstance(known, dict)
    assert known["bytes"] == len(body)
    assert known != other


def test_a_body_is_read_through_its_encodings() -> None:
    packed = gzip.compress(gzip.compress(b'{"a": 1}'))
    assert value_of(read_body(answer(packed, b"application/json", b"gzip", b"gzip"), GENERIC)) == {
        "a": 1
    }


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"zstd", b"deflate", b"dcz"])
def test_a_body_that_is_not_encoded_as_it_says_is_undecodable(encoding: bytes) -> None:
    read = read_body(answer(b'{"a": 1}', b"application/json", encoding), GENERIC)
    assert read == Unreadable("undecodable")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (b"application/json", b"[" * 5000 + b"]" * 5000),
        (b"application/x-ndjson", b"[" * 5000 + b"]" * 5000),
        (b"text/event-stream", b"data: " + b"[" * 5000 + b"]" * 5000),
    ],
)
def test_what_is_nested_too_deeply_is_an_error(content_type: bytes, body: bytes) -> None:
    assert read_body(answer(body, content_type), GENERIC) == Unreadable("too_deep")


@pytest.mark.parametrize("body", [b"", gzip.compress(b"")], ids=["empty", "gzip of nothing"])
def test_nothing_is_empty_whatever_its_type(body: bytes) -> None:
    encoding = (b"gzip",) if body else ()
    read = read_body(answer(body, b"application/json", *encoding), GENERIC)
    assert value_of(read, Kind.EMPTY) == ""


def test_an_answer_without_a_body_is_not_decoded() -> None:
    assert value_of(read_body(answer(b"", b"", b"br"), GENERIC), Kind.EMPTY) == ""


def test_a_body_beyond_what_is_captured_is_known_by_its_digest() -> None:
    beyond = replace(answer(b""), size=1_000_000, digest=DIGEST)
    known = value_of(read_body(beyond, GENERIC), Kind.BEYOND)
    assert known == {"bytes": 1_000_000, "blake2b": DIGEST.hex()}


def test_a_body_of_which_nothing_is_known_is_too_large() -> None:
    assert read_body(replace(answer(b""), size=1), GENERIC) == Unreadable("too_large")


@pytest.mark.parametrize("loss", Loss)
def test_an_answer_that_is_not_whole_is_an_error_with_its_reason(loss: Loss) -> None:
    cut = replace(answer(b'{"a": 1}'), loss=loss)
    assert read_body(cut, GENERIC) == Unreadable(loss.value)


def test_the_openai_profile_sees_one_answer_in_a_stream_and_in_a_document() -> None:
    stream = (
        b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "He"}}]}\n\n'
        b'data: {"choices": [{"index": 0, "delta": {"content": "llo"}}]}\n\n'
        b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
        b"data: [DONE]\n\n"
    )
    whole = (
        b'{"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "choices": [{"index": 0,'
        b'"message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}'
    )
    streamed = value_of(read_body(answer(stream, b"text/event-stream"), OPENAI))
    assert streamed == value_of(read_body(answer(whole), OPENAI))
    assert streamed == {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}


def test_a_stream_of_something_else_stays_its_events_in_the_openai_profile() -> None:
    read = read_body(answer(b'data: {"a": 1}\n\n', b"text/event-stream"), OPENAI)
    assert value_of(read) == [{"event": "message", "data": {"a": 1}}]

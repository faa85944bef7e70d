"""Bodies are read the same however they were packed, cut and spelled; and none is too much."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import orjson
import zstandard
from hypothesis import given, strategies as st

from router.compare.bodies import Body, Kind, Unreadable, read_body
from router.compare.encodings import (
    DECODED_AT_LEAST,
    MOST_ENCODINGS,
    UndecodableError,
    decoded,
)
from router.compare.events import Event, events_of
from router.compare.openai import comparable
from router.compare.pair import Answer
from router.compare.rules import CompareRules, Profile
from router.model import Variant
from router.places.pointer import Json

ENCODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": gzip.compress,
    b"deflate": zlib.compress,
    b"br": brotli.compress,
    b"zstd": zstandard.compress,
}
ENCODINGS = st.lists(st.sampled_from(sorted(ENCODERS)), max_size=MOST_ENCODINGS)
LINE_ENDS = st.sampled_from(["\n", "\r", "\r\n"])
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
GENERIC, OPENAI = CompareRules(), CompareRules(profile=Profile.OPENAI)


def answer(body: bytes, content_type: bytes, *encodings: bytes) -> Answer:
    fields = [(b"content-type", content_type)]
    fields += [(b"content-encoding", name) for name in encodings]
    return Answer(Variant.AI, 200, fields, body, len(body))


@given(body=st.binary(), encodings=ENCODINGS)
def test_whatever_was_encoded_is_decoded(body: bytes, encodings: list[bytes]) -> None:
    packed = body
    for name in encodings:
        packed = ENCODERS[name](packed)
    assert decoded(packed, tuple(encodings)) == body


@given(body=st.binary(max_size=200), encodings=ENCODINGS)
def test_bytes_of_any_kind_decode_to_a_bounded_body_or_are_refused(
    body: bytes, encodings: list[bytes]
) -> None:
    try:
        assert len(decoded(body, tuple(encodings))) <= DECODED_AT_LEAST
    except UndecodableError:
        return


@given(size=st.integers(0, 2 * DECODED_AT_LEAST), name=st.sampled_from([b"gzip", b"zstd"]))
def test_a_bomb_of_any_size_is_bounded(size: int, name: bytes) -> None:
    try:
        assert len(decoded(ENCODERS[name](bytes(size)), (name,))) == size <= DECODED_AT_LEAST
    except UndecodableError:
        assert size > DECODED_AT_LEAST


@given(
    body=st.binary(max_size=100) | st.text(max_size=100).map(str.encode),
    content_type=st.sampled_from(
        (
            *(
                b"application/json",
                b"text/event-stream",
                b"application/x-ndjson",
                b"text/html",
                b"",
            ),
            *(b"text/html; charset=utf-16", b"application/json; charset=utf-32", b"image/png"),
            *(b"application/x-www-form-urlencoded", b"text/plain; charset=iso-2022-jp"),
        )
    )
    | st.binary(max_size=40),
    rules=st.sampled_from([GENERIC, OPENAI]),
)
def test_no_body_is_too_strange_to_be_read(
    body: bytes, content_type: bytes, rules: CompareRules
) -> None:
    read = read_body(answer(body, content_type), rules)
    assert isinstance(read, Body | Unreadable)
    if isinstance(read, Body):
        orjson.dumps(read.value)


@given(document=JSON)
def test_a_document_is_read_as_it_was_written(document: Json) -> None:
    read = read_body(answer(orjson.dumps(document), b"application/json"), GENERIC)
    assert read == Body(Kind.JSON, document)


@st.composite
def written_events(draw: st.DrawFn) -> tuple[list[Event], str]:
    """Draw events, and one of the ways to write them down."""
    events = [
        Event(name or "message", "\n".join(data), identity)
        for name, data, identity in draw(
            st.lists(st.tuples(LINES, st.lists(LINES, min_size=1, max_size=3), LINES), max_size=4)
        )
    ]
    lines: list[str] = []
    for event in events:
        lines += draw(st.lists(LINES.map(lambda text: f":{text}"), max_size=2))
        named = [f"event: {event.name}", f"id: {event.identity}"]
        data = [f"data: {line}" for line in event.data.split("\n")]
        lines += [*named, *data] if draw(st.booleans()) else [*data, *named]
        lines.append("")
    written = ""
    for line in lines:
        ends = ("\r", "\r\n") if not line and written.endswith("\r") else ("\n", "\r", "\r\n")
        written += line + draw(st.sampled_from(ends))  # a CR and an LF would be one end
    return events, written


@given(written_events())
def test_events_are_the_same_whatever_ends_their_lines(drawn: tuple[list[Event], str]) -> None:
    events, written = drawn
    assert events_of(written) == events


WORDS = (
    *("choices", "delta", "message", "tool_calls", "function", "function_call", "custom", "index"),
    *("content", "text", "arguments", "name", "id", "type", "error", "usage", "finish_reason"),
    *("output", "response", "item", "output_index", "content_index", "object", "status", "code"),
)
KINDS = st.sampled_from(
    (
        *("error", "response.completed", "response.output_item.added", "response.output_item.done"),
        *("response.output_text.delta", "response.function_call_arguments.delta", "function_call"),
        *("message", "response", "response.refusal.delta", '{"a": 1}', "[DONE]"),
    )
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | KINDS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    ),
    max_leaves=30,
)


@given(ODD)
def test_no_document_of_a_model_is_too_odd_to_be_compared(document: Json) -> None:
    read = read_body(answer(orjson.dumps(document), b"application/json"), OPENAI)
    assert isinstance(read, Body)
    assert comparable(read.value) is not None or document is None


PARTS = st.fixed_dictionaries({"type": ODD}, optional=dict.fromkeys(WORDS[:12], ODD))


@given(name=st.sampled_from(["choices", "output"]), parts=st.lists(PARTS, max_size=3))
def test_no_part_of_an_answer_is_too_odd_to_be_compared(name: str, parts: list[Json]) -> None:
    assert isinstance(comparable({name: parts}), dict)


@given(st.lists(ODD, max_size=6))
def test_no_stream_of_a_model_is_too_odd_to_be_put_together(events: list[Json]) -> None:
    stream = b"".join(b"data: %b\n\n" % orjson.dumps(event) for event in events)
    read = read_body(answer(stream, b"text/event-stream"), OPENAI)
    assert isinstance(read, Body)
    orjson.dumps(read.value)


def pieces(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@st.composite
def streamed(draw: st.DrawFn) -> tuple[Json, str]:
    """Draw a chat completion, and one of the ways to stream it."""
    choices: list[Json] = []
    chunks: list[tuple[int, Json]] = []
    for index in range(draw(st.integers(1, 3))):
        content = draw(st.text(max_size=20))
        called = draw(st.dictionaries(st.text(max_size=5), JSON, max_size=2))
        arguments = orjson.dumps(called).decode()
        names = [f"call_{number}" for number in range(draw(st.integers(0, 2)))]
        deltas: list[Json] = [{"content": piece} for piece in pieces(draw, content)]
        for number, name in enumerate(names):
            begun: Json = {"index": number, "id": name, "function": {"name": name}}
            deltas.append({"tool_calls": [begun]})
            deltas += [
                {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}
                for piece in pieces(draw, arguments)
            ]
        chunks += [(index, {"index": index, "delta": delta}) for delta in deltas]
        chunks.append((index, {"index": index, "delta": {}, "finish_reason": "stop"}))
        calls: list[Json] = [
            {"id": name, "function": {"name": name, "arguments": arguments}} for name in names
        ]
        message: Json = {"role": "assistant", "content": content, "tool_calls": calls}
        choices.append({"index": index, "message": message, "finish_reason": "stop"})
    # Choices may come in turns; within one the order is that of its pieces.
    mixed = draw(st.permutations([index for index, _ in chunks]))
    waiting = {index: [chunk for at, chunk in chunks if at == index] for index in set(mixed)}
    end = draw(LINE_ENDS)
    said = [orjson.dumps({"choices": [waiting[index].pop(0)]}).decode() for index in mixed]
    stream = "".join(f"data: {line}{end}{end}" for line in [*said, "[DONE]"])
    return {"id": "a", "choices": choices}, stream


@given(streamed())
def test_a_stream_cut_anywhere_is_the_answer_that_was_streamed(drawn: tuple[Json, str]) -> None:
    whole, stream = drawn
    assert read_body(answer(stream.encode(), b"text/event-stream"), OPENAI) == read_body(
        answer(orjson.dumps(whole), b"application/json"), OPENAI
    )

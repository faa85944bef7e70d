import pytest
from hypothesis import given, strategies as st

from router.errors import WireError
from router.model import BasisPoints, Variant
from router.routing.snapshot import (
    Condition,
    CookiePolicy,
    Endpoint,
    Match,
    Place,
    PlaceKind,
    Rule,
    Service,
    Snapshot,
    Split,
    Upstream,
)
from router.wire import codec
from router.wire.codec import Decoder, Message, encode
from router.wire.messages import Applied, Apply, Drain, Ejected, Lease, Leaving, Telemetry

texts = st.text(max_size=5)
counts = st.integers(0, 2**63)
seconds = st.floats(0, 1e9)
split = st.builds(
    Split,
    salt=texts,
    keys=st.tuples(st.builds(Place, st.sampled_from(PlaceKind), texts)),
    cookie=st.none() | st.builds(CookiePolicy, texts, counts),
    rules=st.tuples(
        st.builds(
            Rule,
            st.builds(
                Condition,
                json=st.tuples(
                    st.tuples(texts, texts | st.booleans() | counts | seconds | st.none())
                ),
            ),
            st.sampled_from(Variant),
        )
    ),
)
upstream = st.builds(Upstream, st.tuples(st.builds(Endpoint, texts, counts)), seconds)
service = st.builds(
    Service,
    name=texts,
    match=st.builds(Match, headers=st.tuples(st.tuples(texts, texts))),
    legacy=upstream,
    ai=upstream,
    split=split,
    share=st.integers(0, 10_000).map(BasisPoints),
)
ejected = st.builds(Ejected, texts, st.sampled_from(Variant), texts, st.floats(allow_nan=False))
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Snapshot, counts, st.lists(service, max_size=1).map(tuple)).map(Apply),
    st.builds(Drain, seconds),
    st.builds(Lease, st.floats(allow_nan=False)),
    st.builds(Leaving),
    st.builds(Applied, counts, st.dictionaries(texts, st.tuples(counts, counts), max_size=2)),
    st.builds(Telemetry, st.lists(ejected, max_size=2), st.booleans()),
)


@given(message=messages)
def test_every_message_arrives_as_it_was_sent(message: Message) -> None:
    assert list(Decoder().feed(encode(message))) == [message]


@given(sent=st.lists(messages, max_size=4), data=st.data())
def test_chunking_does_not_matter(sent: list[Message], data: st.DataObject) -> None:
    stream = b"".join(map(encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    decoder = Decoder()
    received = [
        message
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for message in decoder.feed(stream[start:end])
    ]
    assert received == sent


def test_messages_survive_byte_by_byte_delivery() -> None:
    sent: list[Message] = [Lease(7.5), Applied(8), Apply(Snapshot(9, ()))]
    decoder = Decoder()
    received = [m for byte in b"".join(map(encode, sent)) for m in decoder.feed(bytes([byte]))]
    assert received == sent


@given(body=st.binary(max_size=200))
def test_garbage_is_a_wire_error_or_a_message_but_never_another_exception(body: bytes) -> None:
    try:
        received = list(Decoder().feed(len(body).to_bytes(4, "big") + body))
    except WireError:
        return
    assert [encode(message)[4:] for message in received]


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\x00\x00\x01\xc1",
        b"\x00\x00\x00\x00",
        b"\x00\x00\x00\x05" + b"\x92\xa2No\xc0",
        encode(Applied(1)).replace(b"Applied", b"Acceptx"),
        (200_000).to_bytes(4, "big") + b"\x91" * 200_000,
    ],
)
def test_a_frame_without_a_message_of_ours_is_refused(frame: bytes) -> None:
    with pytest.raises(WireError):
        list(Decoder().feed(frame))


def test_an_announced_frame_beyond_the_limit_is_refused_before_its_body_arrives() -> None:
    with pytest.raises(WireError, match="at most"):
        list(Decoder().feed((codec.MAX_FRAME + 1).to_bytes(4, "big")))


def test_a_message_beyond_the_limit_is_refused_by_its_sender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(codec, "MAX_FRAME", 20)
    with pytest.raises(WireError, match="at most 20 fit"):
        encode(Apply(Snapshot(1, ())))


def test_what_the_encoding_cannot_hold_is_a_wire_error() -> None:
    with pytest.raises(WireError, match="Applied cannot be sent"):
        encode(Applied(2**70))

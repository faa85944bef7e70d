from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from router.compare.pair import Answer, Asked, Loss, Pair
from router.errors import WireError
from router.model import Variant
from router.wire import pairs
from router.wire.pairs import PairDecoder, encode_pairs, held_bytes

short = st.binary(max_size=6)
counts = st.integers(0, 2**63)
seconds = st.floats(0, 1e9)
fields = st.lists(st.tuples(short, short), max_size=2)
answers = st.builds(
    Answer,
    variant=st.sampled_from(Variant),
    status=st.integers(0, 999),
    fields=fields,
    body=short,
    size=counts,
    digest=short,
    seconds=seconds,
    first_byte=seconds,
    loss=st.none() | st.sampled_from(Loss),
)
whole_pairs = st.builds(
    Pair,
    service=st.text(max_size=5),
    request_id=short,
    phase=counts,
    at=seconds,
    request=st.builds(Asked, short, short, fields, short, counts),
    served=st.none() | st.sampled_from(Variant),
    legacy=answers,
    ai=answers,
    legacy_repeat=st.none() | answers,
    ai_repeat=st.none() | answers,
    weight=counts,
    callers=st.lists(short, max_size=2).map(tuple),
)
batches = st.lists(whole_pairs, max_size=3)


@given(sent=st.lists(batches, max_size=3), data=st.data())
def test_every_pair_arrives_as_it_was_sent_in_whatever_chunks(
    sent: list[list[Pair]], data: st.DataObject
) -> None:
    stream = b"".join(map(encode_pairs, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    decoder = PairDecoder()
    received = [
        batch
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for batch in decoder.feed(stream[start:end])
    ]
    assert received == sent


@given(body=st.binary(max_size=200))
def test_garbage_is_a_wire_error_or_a_batch_but_never_another_exception(body: bytes) -> None:
    try:
        received = list(PairDecoder().feed(len(body).to_bytes(4, "big") + body))
    except WireError:
        return
    assert received


def test_a_frame_that_nests_endlessly_holds_no_pairs() -> None:
    with pytest.raises(WireError, match="holds no pairs"):
        list(PairDecoder().feed((200_000).to_bytes(4, "big") + b"\x91" * 200_000))


def test_a_batch_beyond_the_limit_is_refused_before_its_body_arrives() -> None:
    with pytest.raises(WireError, match="at most"):
        list(PairDecoder().feed((pairs.MAX_BATCH + 1).to_bytes(4, "big")))


@given(batch=st.lists(whole_pairs, min_size=1, max_size=2))
def test_a_batch_beyond_the_limit_is_refused_by_its_sender(batch: list[Pair]) -> None:
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(pairs, "MAX_BATCH", 20)
        with pytest.raises(WireError, match="at most 20 fit"):
            encode_pairs(batch)


@given(pair=whole_pairs, body=st.binary(min_size=1, max_size=5000))
def test_what_a_pair_holds_is_never_less_than_what_its_bodies_do(pair: Pair, body: bytes) -> None:
    answer = Answer(Variant.AI, 200, [(b"a", b"b")], body, len(body))
    more = Pair(
        *(pair.service, pair.request_id, pair.phase, pair.at, pair.request, pair.served),
        *(pair.legacy, answer, pair.legacy_repeat, answer),
    )
    assert held_bytes(more) > 2 * len(body)


@given(pair=whole_pairs, size=st.integers(0, 50_000))
def test_a_pair_holds_no_less_than_what_it_takes_to_send_it(pair: Pair, size: int) -> None:
    long = [(b"x" * size, b""), (b"", b"x" * size)]
    asked = replace(pair.request, target=b"/" * size, fields=long, body=b"x" * size)
    legacy = replace(pair.legacy, fields=long)
    callers = (b"x" * size, *pair.callers)
    whole = replace(pair, request=asked, legacy=legacy, ai_repeat=legacy, callers=callers)
    assert held_bytes(whole) >= len(encode_pairs([whole]))

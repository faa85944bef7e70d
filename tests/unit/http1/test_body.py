import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from router.errors import MalformedMessageError
from router.http1.body import LONGEST_LINE, LONGEST_TRAILERS, Body, body_of
from router.http1.head import CHUNKED, UNTIL_CLOSE

WHOLE = b"4;a=b\r\nwiki\r\n5\r\npedia\r\n0\r\nx-sum: 9 \r\n\r\n"


def feed(body: Body, pieces: list[bytes]) -> bytes:
    """Feed until the body is done; what is left over of the pieces goes to its rest."""
    payload = b""
    for number, piece in enumerate(pieces):
        payload += body.feed(piece)
        if body.done:
            body.rest += b"".join(pieces[number + 1 :])
            break
    return payload


def cuts(stream: bytes) -> Iterator[list[bytes]]:
    yield [stream]
    yield [stream[at : at + 1] for at in range(len(stream))]
    for at in range(1, len(stream)):
        yield [stream[:at], stream[at:]]


@pytest.mark.parametrize("rest", [b"", b"GET / HTTP/1.1\r\n"])
def test_a_chunked_body_is_the_same_however_it_is_cut(rest: bytes) -> None:
    for pieces in cuts(WHOLE + rest):
        body = body_of(CHUNKED)
        assert feed(body, pieces) == b"wikipedia"
        assert (body.done, body.rest, body.trailers) == (True, rest, [(b"x-sum", b"9")])


@pytest.mark.parametrize("rest", [b"", b"GET"])
def test_a_body_of_known_length_ends_there(rest: bytes) -> None:
    for pieces in cuts(b"hello" + rest):
        body = body_of(5)
        assert feed(body, pieces) == b"hello"
        assert (body.done, body.rest) == (True, rest)


def test_a_body_of_no_bytes_is_done_before_it_begins() -> None:
    assert body_of(0).done


def test_a_body_that_ends_with_its_connection_never_says_that_it_is_done() -> None:
    body = body_of(UNTIL_CLOSE)
    assert body.feed(b"0\r\n\r\n") == b"0\r\n\r\n"
    assert not body.done


@pytest.mark.parametrize(
    "stream",
    [
        b"\r\n",
        b"-1\r\n",
        b"+1\r\nx\r\n",
        b"0x1\r\nx\r\n",
        b" 1\r\nx\r\n",
        b"1 \r\nx\r\n",
        b"g\r\n",
        b"1\nx\r\n",
        b"1\r\nxy\r\n",
        b"1\r\nx\n",
        b"1;\r\nx\r\n",
        b"1;a=\x00\r\nx\r\n",
        b"1\r\r\nx\r\n",
        b"ffffffffffffffff\r\n",
        b"11111111111111111\r\n",
        b"0\r\nbad trailer: x\r\n\r\n",
        b"0\r\n folded: x\r\n\r\n",
        b"0\r\nx: \x01\r\n\r\n",
        b"0\r\nx: 1\n\r\n",
        b"1;" + b"a" * LONGEST_LINE + b"\r\nx\r\n",
        b"0\r\n" + b"x: %b\r\n" % (b"v" * 4000) * (LONGEST_TRAILERS // 4000 + 1) + b"\r\n",
    ],
)
def test_what_is_no_chunked_body_is_refused_however_it_is_cut(stream: bytes) -> None:
    for pieces in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        with pytest.raises(MalformedMessageError):
            feed(body_of(CHUNKED), pieces)


@pytest.mark.parametrize("name", [b"Content-Length", b"host", b"Transfer_Encoding", b"Set-Cookie"])
def test_a_trailer_that_would_steer_the_message_is_dropped(name: bytes) -> None:
    body = body_of(CHUNKED)
    body.feed(b"0\r\n%b: 1\r\nx-kept: 2\r\n\r\n" % name)
    assert body.trailers == [(b"x-kept", b"2")]


EXTENSIONS = st.sampled_from([b"", b";a", b"; a=b", b' ;a="b\\"c;"', b";a=b;c", b"\t;\ta = b"])
TRAILERS = st.lists(st.sampled_from([(b"X-Sum", b"9"), (b"x-b", b""), (b"ETag", b'"\xff"')]))


@st.composite
def chunked_bodies(draw: st.DrawFn) -> tuple[bytes, bytes, list[tuple[bytes, bytes]]]:
    """Draw a stream in any valid spelling, its payload and its trailers."""
    payloads = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
    trailers = draw(TRAILERS)
    stream = b""
    for each in payloads:
        spelling = draw(st.sampled_from([b"%x", b"%X", b"0%x", b"%016X"]))
        stream += b"%b%b\r\n%b\r\n" % (spelling % len(each), draw(EXTENSIONS), each)
    stream += draw(st.sampled_from([b"0", b"000"])) + draw(EXTENSIONS) + b"\r\n"
    stream += b"".join(b"%b:\t%b \r\n" % field for field in trailers) + b"\r\n"
    return stream, b"".join(payloads), trailers


@given(
    body=chunked_bodies(),
    rest=st.binary(max_size=9),
    places=st.lists(st.integers(0, 400), max_size=8),
)
def test_any_cut_of_any_chunked_body_gives_the_same_payload(
    body: tuple[bytes, bytes, list[tuple[bytes, bytes]]], rest: bytes, places: list[int]
) -> None:
    stream, payload, trailers = body
    whole = stream + rest
    borders = [0, *sorted(min(place, len(whole)) for place in places), len(whole)]
    pieces = [whole[start:end] for start, end in itertools.pairwise(borders) if start < end]
    read = body_of(CHUNKED)
    assert feed(read, pieces) == payload
    assert (read.done, read.rest, read.trailers) == (True, rest, trailers)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
def test_what_was_chunked_comes_out_whole(payloads: list[bytes]) -> None:
    stream = b"".join(b"%X\r\n%b\r\n" % (len(each), each) for each in payloads) + b"0\r\n\r\n"
    body = body_of(CHUNKED)
    assert body.feed(stream) == b"".join(payloads)
    assert body.done

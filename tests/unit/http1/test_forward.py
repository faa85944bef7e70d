import pytest

from router.http1.forward import (
    cache_control,
    private_cache_control,
    reply_framing,
    reply_start,
    request_head,
    switching_start,
)
from router.http1.head import HEAD_END
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.reply_head import REPLY_READERS, ReplyHead, read_reply_head
from router.http1.request_head import REQUEST_READERS, read_request_head


def written(*lines: bytes) -> bytes:
    """Return what goes upstream for a request of these lines."""
    known = Names(replies=False, prefix=b"x-gray-", request_id=b"x-request-id")
    data = b"\r\n".join(lines) + HEAD_END
    head = read_request_head(data, len(data), Lines(known, REQUEST_READERS))
    return request_head(head, b"10.0.0.1:9001", b"via: 1.1 gray-router\r\n", b"x-own: 1\r\n")


def answer(*lines: bytes) -> ReplyHead:
    known = Names(replies=True, prefix=b"x-gray-", request_id=b"x-request-id")
    return read_reply_head(b"\r\n".join(lines) + HEAD_END, Lines(known, REPLY_READERS))


def test_a_request_is_written_anew_from_what_was_understood() -> None:
    head = written(
        b"POST http://A.example/p HTTP/1.1",
        b"Accept:  */*",
        b"HOST: A.example",
        b"Connection: keep-alive, x-drop",
        b"X-Drop: 1",
        b"X-Gray-Variant: ai",
        b"Content-Length: 007",
    )
    assert head == (
        b"POST /p HTTP/1.1\r\nhost: A.example\r\nAccept: */*\r\ncontent-length: 7\r\n"
        b"via: 1.1 gray-router\r\nx-own: 1\r\n\r\n"
    )


def test_a_request_without_a_host_is_sent_with_the_endpoints() -> None:
    assert b"\r\nhost: 10.0.0.1:9001\r\n" in written(b"GET / HTTP/1.0")


@pytest.mark.parametrize(
    ("lines", "framing"),
    [
        ([b"Transfer-Encoding: Chunked"], b"transfer-encoding: chunked\r\n"),
        ([b"Content-Length: 0"], b"content-length: 0\r\n"),
        ([b"Expect: 100-continue", b"Content-Length: 1"], b"expect: 100-continue\r\n"),
        ([b"Connection: upgrade", b"Upgrade: ws"], b"connection: upgrade\r\nupgrade: ws\r\n"),
        ([b"TE: trailers"], b"connection: te\r\nte: trailers\r\n"),
    ],
)
def test_framing_is_said_in_our_own_words(lines: list[bytes], framing: bytes) -> None:
    assert framing in written(b"POST / HTTP/1.1", b"Host: a", *lines)


def test_each_hop_takes_one_from_max_forwards() -> None:
    assert b"\r\nmax-forwards: 2\r\n" in written(
        b"OPTIONS * HTTP/1.1", b"Host: a", b"Max-Forwards: 3"
    )


@pytest.mark.parametrize(
    ("lines", "to_http10", "to_head", "expected"),
    [
        ([b"HTTP/1.1 200 OK", b"Content-Length: 3"], False, False, b"content-length: 3\r\n"),
        ([b"HTTP/1.1 200 OK", b"Content-Length: 3"], False, True, b"content-length: 3\r\n"),
        ([b"HTTP/1.1 200 OK"], False, True, b""),
        (
            [b"HTTP/1.1 304 Not Modified", b"Content-Length: 3"],
            False,
            False,
            b"content-length: 3\r\n",
        ),
        ([b"HTTP/1.1 204 No Content", b"Content-Length: 3"], False, False, b""),
    ],
)
def test_a_length_that_is_known_is_said(
    lines: list[bytes], to_http10: bool, to_head: bool, expected: bytes
) -> None:
    framing = reply_framing(answer(*lines), to_http10=to_http10, to_head=to_head)
    assert framing == (expected, False, False)


@pytest.mark.parametrize("lines", [[], [b"Transfer-Encoding: chunked"]])
def test_a_length_that_nobody_knows_becomes_chunks_or_the_end_of_the_connection(
    lines: list[bytes],
) -> None:
    head = answer(b"HTTP/1.1 200 OK", *lines)
    chunked = reply_framing(head, to_http10=False, to_head=False)
    assert chunked == (b"transfer-encoding: chunked\r\n", True, False)
    assert reply_framing(head, to_http10=True, to_head=False) == (b"", False, True)


def test_an_answer_starts_for_each_client_as_it_understands_it() -> None:
    head = answer(b"HTTP/1.1 200 OK", b"Server: x", b"Transfer-Encoding: chunked")
    start = b"HTTP/1.1 200 OK\r\nServer: x\r\n%bvia: 1.1 gray-router\r\n"
    for _ in range(2):
        assert reply_start(head, to_http10=True, to_head=False) == (start % b"", False, True)
        assert reply_start(head, to_http10=False, to_head=True) == (start % b"", False, False)
        chunked = start % b"transfer-encoding: chunked\r\n"
        assert reply_start(head, to_http10=False, to_head=False) == (chunked, True, False)


@pytest.mark.parametrize(
    ("lines", "told"), [([], b"websocket"), ([b"Upgrade: chat", b"Connection: upgrade"], b"chat")]
)
def test_a_change_of_the_protocol_names_it(lines: list[bytes], told: bytes) -> None:
    head = answer(b"HTTP/1.1 101 Switching Protocols", *lines)
    assert switching_start(head, b"websocket") == (
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: %b\r\n"
        b"via: 1.1 gray-router\r\n" % told
    )


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (None, b"private"),
        ([b"max-age=60"], b"private, max-age=60"),
        ([b"public, s-maxage=9", b"max-age=60"], b"private, max-age=60"),
        ([b"no-store"], b"no-store"),
        ([b"Private, max-age=5"], b"Private, max-age=5"),
        ([b'private="x-id"'], b'private="x-id"'),
        ([b"x-private-ish"], b"private, x-private-ish"),
    ],
)
def test_a_split_answer_stays_out_of_shared_caches(values: list[bytes] | None, line: bytes) -> None:
    assert private_cache_control(values) == b"cache-control: %b\r\n" % line


def test_cache_control_is_passed_on_as_it_came() -> None:
    assert cache_control([b"public", b"max-age=1"]) == (
        b"cache-control: public\r\ncache-control: max-age=1\r\n"
    )

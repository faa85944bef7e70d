import pytest

from router.errors import MalformedMessageError
from router.http1.head import CHUNKED, HEAD_END
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.request_head import (
    REQUEST_READERS,
    RequestHead,
    may_become_request,
    read_request_head,
)


def read(*lines: bytes, behind: bytes = b"") -> RequestHead:
    """Read a head made of these lines, with bytes behind it that must not matter."""
    known = Names(replies=False, prefix=b"x-gray-", request_id=b"x-request-id")
    data = b"\r\n".join(lines) + HEAD_END
    return read_request_head(data + behind, len(data), Lines(known, REQUEST_READERS))


def test_a_plain_request_is_understood() -> None:
    head = read(b"GET /a?b=c HTTP/1.1", b"Host: A.example:80", b"Accept: */*", behind=b"GET / HT")
    assert (head.method, head.target, head.minor) == (b"GET", b"/a?b=c", 1)
    assert (head.host, head.authority) == (b"a.example", b"A.example:80")
    assert (head.length, head.declared, head.keep_alive) == (0, None, True)
    assert head.lines == [b"Accept: */*\r\n"]


def test_a_request_of_http10_needs_no_host_and_ends_the_connection() -> None:
    head = read(b"GET / HTTP/1.0")
    assert (head.host, head.authority, head.keep_alive) == (b"", None, False)
    assert read(b"GET / HTTP/1.0", b"Connection: keep-alive").keep_alive


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b"GET http://a/p?q HTTP/1.1", b"/p?q"),
        (b"GET HTTPS://a HTTP/1.1", b"/"),
        (b"GET http://a?q HTTP/1.1", b"/?q"),
        (b"OPTIONS http://a HTTP/1.1", b"*"),
        (b"OPTIONS * HTTP/1.1", b"*"),
    ],
)
def test_a_target_goes_upstream_in_origin_form(line: bytes, target: bytes) -> None:
    assert read(line, b"Host: a").target == target


@pytest.mark.parametrize(
    "line",
    [
        b"GET  / HTTP/1.1",
        b"GET /  HTTP/1.1",
        b" GET / HTTP/1.1",
        b"GET / HTTP/1.2",
        b"GET / HTTP/2.0",
        b"GET / http/1.1",
        b"GET /",
        b"get / HTTP/1.1",
        b"GET a HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET /#f HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"GET /%zz HTTP/1.1",
        b"GET /\x80 HTTP/1.1",
        b"GET ftp://a/ HTTP/1.1",
        b"GET http:/// HTTP/1.1",
        b"GET http://u@a/ HTTP/1.1",
        b"CONNECT / HTTP/1.1",
        b"CONNECT a:80 HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_a_request_line_with_a_doubt_is_refused(line: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        read(line, b"Host: a")


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [b"Host: a", b"Host: a"],
        [b"Host: b"],
        [b"Host:"],
    ],
)
def test_a_request_names_one_host_and_the_target_no_other(fields: list[bytes]) -> None:
    with pytest.raises(MalformedMessageError):
        read(b"GET http://a/ HTTP/1.1", *fields)


@pytest.mark.parametrize(
    "fields",
    [
        [b"Content-Length: 1", b"Transfer-Encoding: chunked"],
        [b"Content-Length: 1", b"Content-Length: 1"],
        [b"Content-Length: 1, 1"],
        [b"Content-Length: +1"],
        [b"Content-Length: "],
        [b"Content-Length: 1234567890123456789"],
        [b"Transfer-Encoding: gzip, chunked"],
        [b"Transfer-Encoding: identity"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: ,chunked"],
    ],
)
def test_a_body_has_one_end_or_the_request_is_refused(fields: list[bytes]) -> None:
    with pytest.raises(MalformedMessageError):
        read(b"POST / HTTP/1.1", b"Host: a", *fields)


def test_http10_knows_no_chunks() -> None:
    with pytest.raises(MalformedMessageError):
        read(b"POST / HTTP/1.0", b"Transfer-Encoding: chunked")


def test_a_body_is_announced_by_length_or_chunks() -> None:
    declared = read(b"POST / HTTP/1.1", b"Host: a", b"Content-Length: 0")
    assert (declared.length, declared.declared) == (0, 0)
    assert read(b"POST / HTTP/1.1", b"Host: a", b"Content-Length: 7").length == 7
    assert read(b"POST / HTTP/1.1", b"Host: a", b"Transfer-Encoding: Chunked").length == CHUNKED


def test_a_wish_to_upgrade_is_heard_from_those_who_can() -> None:
    wish = [b"Connection: Upgrade", b"Upgrade: websocket"]
    assert read(b"GET / HTTP/1.1", b"Host: a", *wish).upgrade == b"websocket"
    assert read(b"GET / HTTP/1.0", b"Host: a", *wish).upgrade is None
    assert read(b"GET / HTTP/1.1", b"Host: a", b"Upgrade: websocket").upgrade is None
    http2 = [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AA"]
    deaf = read(b"GET / HTTP/1.1", b"Host: a", *http2)
    assert (deaf.upgrade, deaf.lines) == (None, [])
    with pytest.raises(MalformedMessageError):
        read(b"POST / HTTP/1.1", b"Host: a", *wish, b"Content-Length: 1")


def test_only_trailers_are_left_of_te() -> None:
    head = read(b"GET / HTTP/1.1", b"Host: a", b"Connection: TE", b"TE: deflate, trailers")
    assert head.te_trailers
    assert head.lines == []


def test_an_expectation_other_than_100_continue_is_the_backends_business() -> None:
    assert read(b"PUT / HTTP/1.1", b"Host: a", b"Expect: 100-Continue").expect_continue
    assert not read(b"PUT / HTTP/1.0", b"Host: a", b"Expect: 100-continue").expect_continue
    other = read(b"PUT / HTTP/1.1", b"Host: a", b"Expect: other")
    assert (other.expect_continue, other.lines) == (False, [b"Expect: other\r\n"])


def test_max_forwards_counts_for_trace_and_options_alone() -> None:
    assert read(b"OPTIONS * HTTP/1.1", b"Host: a", b"Max-Forwards: 3").max_forwards == 3
    get = read(b"GET / HTTP/1.1", b"Host: a", b"Max-Forwards: 3")
    assert (get.max_forwards, get.lines) == (None, [b"Max-Forwards: 3\r\n"])


@pytest.mark.parametrize("beginning", [b"G", b"GET /x HTT", b"GET / HTTP/1.1\r\nHo", b"\r"])
def test_a_beginning_of_a_request_is_waited_for(beginning: bytes) -> None:
    assert may_become_request(beginning, 0)


@pytest.mark.parametrize("beginning", [b"\x16\x03\x01", b"get ", b"GET /\nHost", b"\n", b"G" * 33])
def test_what_can_never_become_a_request_is_not_waited_for(beginning: bytes) -> None:
    assert not may_become_request(beginning, 0)

import pytest

from router.errors import MalformedMessageError
from router.http1.head import CHUNKED, HEAD_END, UNTIL_CLOSE
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.reply_head import REPLY_READERS, ReplyHead, ReplyHeads


def heads() -> ReplyHeads:
    known = Names(replies=True, prefix=b"x-gray-", request_id=b"x-request-id")
    return ReplyHeads(Lines(known, REPLY_READERS))


def read(*lines: bytes) -> ReplyHead:
    return heads().read(b"\r\n".join(lines) + HEAD_END)


def test_an_answer_is_understood() -> None:
    head = read(b"HTTP/1.1 200 All right", b"Content-Length: 2", b"X-Gray-Model: m", b"ETag: 1")
    assert (head.status, head.reason, head.length) == (200, b"All right", 2)
    assert head.lines == [b"ETag: 1\r\n"]
    assert head.keep_alive


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        ([b"HTTP/1.1 200 OK"], UNTIL_CLOSE),
        ([b"HTTP/1.1 200"], UNTIL_CLOSE),
        ([b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"], CHUNKED),
        ([b"HTTP/1.1 204 No Content"], 0),
        ([b"HTTP/1.1 204 No Content", b"Content-Length: 3"], 0),
        ([b"HTTP/1.1 103 Early Hints"], 0),
    ],
)
def test_an_answer_has_one_end(lines: list[bytes], length: int) -> None:
    assert read(*lines).length == length


@pytest.mark.parametrize(
    "lines",
    [
        [b"HTTP/1.1 099 Low"],
        [b"HTTP/1.1 600 High"],
        [b"HTTP/1.1 20 Short"],
        [b"HTTP/1.1  200 OK"],
        [b"HTTP/2 200 OK"],
        [b"HTTP/1.1 200 \x07"],
        [b"ICY 200 OK"],
        [b"HTTP/1.1 100 Continue", b"Content-Length: 0"],
        [b"HTTP/1.1 204 No Content", b"Transfer-Encoding: chunked"],
        [b"HTTP/1.1 200 OK", b"Content-Length: 1", b"Content-Length: 1"],
        [b"HTTP/1.1 200 OK", b"Content-Length: 1", b"Transfer-Encoding: chunked"],
        [b"HTTP/1.1 200 OK", b"Transfer-Encoding: gzip"],
        [b"HTTP/1.0 200 OK", b"Transfer-Encoding: chunked"],
        [b"HTTP/1.1 200 OK", b"X: 1", b" folded"],
    ],
)
def test_an_answer_with_a_doubt_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(MalformedMessageError):
        read(*lines)


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([b"HTTP/1.1 200 OK"], True),
        ([b"HTTP/1.1 200 OK", b"Connection: Close"], False),
        ([b"HTTP/1.0 200 OK"], False),
        ([b"HTTP/1.0 200 OK", b"Connection: keep-alive"], True),
    ],
)
def test_a_backend_says_whether_its_connection_is_kept(lines: list[bytes], kept: bool) -> None:
    assert read(*lines).keep_alive is kept


def test_a_date_is_passed_on_and_cache_control_is_kept_apart() -> None:
    fields = [b"Date: today", b"Cache-Control: public", b"cache-control: max-age=5"]
    head = read(b"HTTP/1.1 200 OK", *fields)
    assert head.has_date
    assert head.cache_control == [b"public", b"max-age=5"]
    assert head.lines == [b"Date: today\r\n"]


def test_a_head_that_comes_again_is_not_read_again() -> None:
    memory = heads()
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    assert memory.read(raw) is memory.read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"v" * ReplyHeads.LONGEST_REMEMBERED + b"\r\n\r\n",
    ],
    ids=["personal", "long"],
)
def test_what_is_personal_or_long_is_read_each_time(raw: bytes) -> None:
    memory = heads()
    assert memory.read(raw) is not memory.read(raw)

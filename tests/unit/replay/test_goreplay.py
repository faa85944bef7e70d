import io
from collections.abc import Iterator

import pytest

from router.compare.pair import Asked
from router.errors import RecordingError
from router.replay import goreplay
from router.replay.entries import Broken, Entry, Recorded
from router.replay.goreplay import SEPARATOR, read_goreplay

GET = b"GET /v1/items?page=2 HTTP/1.1\r\nHost: shop.example.com\r\nX-Tag: a\r\n\r\n"
POST = b"POST /v1/orders HTTP/1.1\r\nHost: shop.example.com\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /v1/orders HTTP/1.1\r\nHost: shop.example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n0\r\n\r\n"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def payload(message: bytes, kind: bytes = b"1", more: bytes = b"") -> bytes:
    return (
        kind
        + b" 932079936fa4306fc308d67588178d17d823647c 1439818823587396305"
        + more
        + (b"\n" + message + SEPARATOR)
    )


def entries(content: bytes) -> list[Entry]:
    return list(read_goreplay(io.BytesIO(content)))


def read(content: bytes) -> list[Asked]:
    return [entry.asked for entry in entries(content) if isinstance(entry, Recorded)]


def test_requests_come_as_they_were_recorded() -> None:
    get, post = read(payload(GET) + payload(POST, more=b" -1"))
    assert (get.method, get.target, get.body) == (b"GET", b"/v1/items?page=2", b"")
    assert get.fields == [(b"host", b"shop.example.com"), (b"x-tag", b"a")]
    assert (post.method, post.body, post.size) == (b"POST", b"hello", 5)


def test_a_chunked_body_is_put_together() -> None:
    (post,) = read(payload(CHUNKED))
    assert post.body == b"hello"


def test_recorded_answers_are_read_over() -> None:
    file = payload(GET) + payload(ANSWER, b"2", b" 200") + payload(ANSWER, b"3", b" 200")
    assert [asked.target for asked in read(file)] == [b"/v1/items?page=2"]


def test_how_the_file_is_cut_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    file = payload(GET) + payload(POST) + payload(CHUNKED)
    whole = read(file)
    for size in (1, 2, 3, 7, 64):
        monkeypatch.setattr(goreplay, "_PIECE", size)
        assert read(file) == whole


def test_the_first_requests_come_before_the_file_is_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return payload(GET)

    requests: Iterator[Entry] = read_goreplay(Endless())  # type: ignore[arg-type]  # it is read only
    assert isinstance(next(requests), Recorded)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (GET + SEPARATOR, "no line of GoReplay"),
        (payload(GET, b"4"), "no line of GoReplay"),
        (b"1 id" + b"\n" + GET + SEPARATOR, "no line of GoReplay"),
        (payload(GET[:-4]), "a request's head does not end"),
        (payload(POST[:-1]), "not as long as its head says"),
        (payload(POST + b"more"), "not as long as its head says"),
        (payload(b"GET  /two HTTP/1.1\r\nHost: a\r\n\r\n"), "the request line"),
        (payload(CHUNKED.replace(b"\r\n\r\n5", b"\r\nContent-Length: 5\r\n\r\n5")), ""),
    ],
    ids=["no line", "a kind", "few words", "head", "short", "long", "line", "framing"],
)
def test_what_is_no_recorded_request_is_said_and_the_rest_goes_on(content: bytes, why: str) -> None:
    _, broken, last = entries(payload(GET) + content + payload(GET))
    assert isinstance(broken, Broken)
    assert broken.place == "payload 2"
    assert why in broken.why
    assert "shop.example.com" not in broken.why
    assert last.place == "payload 3"


def test_a_file_that_is_cut_off_is_said_so_behind_what_came() -> None:
    requests = read_goreplay(io.BytesIO(payload(GET) + payload(POST)[: -len(SEPARATOR)]))
    assert isinstance(next(requests), Recorded)
    with pytest.raises(RecordingError, match="the last payload is cut off"):
        next(requests)


def test_a_file_without_any_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goreplay, "LARGEST_PAYLOAD", 100)
    monkeypatch.setattr(goreplay, "_PIECE", 10)
    with pytest.raises(RecordingError, match="does not end"):
        entries(b"x" * 1000)

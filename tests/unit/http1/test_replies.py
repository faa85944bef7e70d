from http import HTTPStatus

import h11
import orjson
import pytest

from router.http1 import replies
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.replies import (
    ALL_REFUSALS,
    BAD_REQUEST,
    RATE_LIMITED,
    REMEMBERED,
    Refusal,
    own_answer,
    status_line,
    write_refusal,
)
from router.http1.request_head import REQUEST_READERS, RequestHead, read_request_head


def understood(raw: bytes) -> tuple[h11.Response, bytes]:
    """Read an answer to GET as h11 does."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(raw)
    response, data, end = client.next_event(), client.next_event(), client.next_event()
    assert isinstance(response, h11.Response)
    assert isinstance(data, h11.Data)
    assert isinstance(end, h11.EndOfMessage)
    return response, bytes(data.data)


@pytest.mark.parametrize("refusal", ALL_REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refusal_is_a_problem_document_with_a_stable_code(refusal: Refusal) -> None:
    raw = write_refusal(
        refusal, b"id-1", b"x-gray-error: %b\r\n" % refusal.code.encode(), to_head=False
    )
    response, body = understood(raw)
    assert response.status_code == refusal.status
    assert (b"content-type", b"application/problem+json") in list(response.headers)
    assert orjson.loads(body) == {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "request_id": "id-1",
    }


def test_no_two_refusals_share_a_code() -> None:
    assert len({refusal.code for refusal in ALL_REFUSALS}) == len(ALL_REFUSALS)


def test_a_closer_reason_keeps_status_and_code() -> None:
    closer = BAD_REQUEST.because("Host is missing")
    assert (closer.status, closer.code) == (BAD_REQUEST.status, BAD_REQUEST.code)
    assert closer.detail == "Host is missing"


def test_a_refusal_of_head_has_its_length_and_no_body() -> None:
    whole = write_refusal(BAD_REQUEST, b"id", b"", to_head=False)
    assert write_refusal(BAD_REQUEST, b"id", b"", to_head=True) == whole[: whole.index(b"{")]


def test_a_status_line_keeps_the_backends_phrase_or_says_the_registered_one() -> None:
    assert status_line(200, b"Fine") == b"HTTP/1.1 200 Fine\r\n"
    assert status_line(404) == b"HTTP/1.1 404 Not Found\r\n"
    assert status_line(299) == b"HTTP/1.1 299 \r\n"


def test_backends_who_invent_phrases_take_no_memory() -> None:
    for number in range(REMEMBERED + 10):
        assert status_line(200, b"phrase %d" % number) == b"HTTP/1.1 200 phrase %d\r\n" % number
    assert len(replies._lines) <= REMEMBERED


def request(*lines: bytes) -> RequestHead:
    known = Names(replies=False, prefix=b"x-gray-", request_id=b"x-request-id")
    data = b"\r\n".join(lines) + b"\r\n\r\n"
    return read_request_head(data, len(data), Lines(known, REQUEST_READERS))


def test_trace_is_answered_with_the_request_but_for_what_identifies_the_caller() -> None:
    secrets = [b"Cookie: session=1", b"Authorization: Bearer x"]
    head = request(b"TRACE /x HTTP/1.1", b"Host: a", b"Accept: */*", *secrets)
    response, body = understood(own_answer(head, b"date: today\r\n"))
    assert response.status_code == 200
    assert body == b"TRACE /x HTTP/1.1\r\nAccept: */*\r\n\r\n"


def test_options_is_answered_with_success_and_nothing_else() -> None:
    head = request(b"OPTIONS * HTTP/1.1", b"Host: a", b"Max-Forwards: 0")
    answer = own_answer(head, b"date: today\r\n")
    assert answer == b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\ndate: today\r\n\r\n"


def test_who_may_come_again_later_is_told_when() -> None:
    told = write_refusal(RATE_LIMITED.until(3), b"id", b"", to_head=False)
    assert told.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"\r\nretry-after: 3\r\n" in told
    assert b"retry-after" not in write_refusal(RATE_LIMITED, b"id", b"", to_head=False)

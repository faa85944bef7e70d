import asyncio
from dataclasses import replace
from typing import Any

import pytest

from router.proxy.downstream import AHEAD_AT_MOST, REQUESTS_A_TURN
from router.proxy.serving import Serving
from router.routing.fallback import Failure
from router.routing.snapshot import HeaderPolicy, Limits, Snapshot
from tests.support.front import Front
from tests.support.score import SUPPORT

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
CHUNKS = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
ANSWERED_HERE = b"OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"
IDLE = Limits().idle_timeout


def limited(**limits: Any) -> Front:
    return Front(snapshot=Snapshot(1, (), limits=Limits(**limits)))


def cuts(stream: bytes) -> list[list[bytes]]:
    """Whole, byte by byte, and in two at every place."""
    halves = [[stream[:at], stream[at:]] for at in range(1, len(stream))]
    return [[stream], [stream[at : at + 1] for at in range(len(stream))], *halves]


# Requests...


@pytest.mark.parametrize("request_", [GET, POST + b"hello", b"\r\n" + GET])
def test_a_request_is_the_same_however_it_is_cut(request_: bytes) -> None:
    expected = Front().say(request_).sent_to_ai
    for pieces in cuts(request_):
        front = Front().say(*pieces)
        assert front.sent_to_ai == expected
        front.answer()
        assert front.statuses == [200]
        assert not front.transport.is_ended


def test_a_chunked_request_has_the_same_end_however_it_is_cut() -> None:
    for pieces in cuts(CHUNKS + b"5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n"):
        front = Front().say(*pieces)
        assert front.sent_to_ai.endswith(b"0\r\nX-Sum: 9\r\n\r\n")
        front.answer()
        assert front.statuses == [200]


def test_one_empty_line_before_a_request_is_forgiven_and_two_are_not() -> None:
    assert Front().say(b"\r\n", GET).is_busy()
    assert Front().say(b"\r\n", b"\r\n", GET).statuses == [400]
    again = Front().say(b"\r\n", GET)
    again.answer()
    assert again.say(b"\r\n", GET).is_busy()


def test_an_id_is_taken_over_where_it_looks_like_one() -> None:
    def told(*, value: bytes, policy: HeaderPolicy | None = None) -> bytes:
        snapshot = Snapshot(1, (), headers=policy or HeaderPolicy())
        request = b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: %b\r\n\r\n" % value
        return Front(snapshot=snapshot).say(request).sent_to_ai

    assert b"x-request-id: abc-1\r\n" in told(value=b"abc-1")
    assert b"x-request-id: minted\r\n" in told(value=b'a"b')
    trusted_only = HeaderPolicy(request_id_from_any=False)
    assert b"x-request-id: minted\r\n" in told(value=b"abc-1", policy=trusted_only)


# Refusals...


@pytest.mark.parametrize(
    "bad",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        CHUNKS.replace(b"Host", b"Content-Length: 1\r\nHost") + b"0\r\n\r\n",
        CHUNKS + b"x\r\n",
        CHUNKS + b"5\r\nhelloo\r\n",
    ],
)
def test_what_is_ambiguous_is_refused_once_however_it_is_cut(bad: bytes) -> None:
    for pieces in cuts(bad + GET):
        front = Front().say(*pieces)
        assert front.statuses == [400]
        assert b"connection: close\r\n" in front.transport.written
        assert front.transport.is_ended
        assert not front.is_busy()


def test_a_refusal_of_a_request_to_head_has_no_body() -> None:
    front = Front().say(b"HEAD / HTTP/1.1\r\n\r\n")
    assert front.statuses == [400]
    assert front.transport.written.endswith(b"\r\n\r\n")


def test_a_refusal_names_its_code_and_id() -> None:
    front = Front().say(b"GET / HTTP/1.1\r\n\r\n")
    assert b"x-gray-error: malformed_request\r\n" in front.transport.written
    assert b"x-request-id: minted\r\n" in front.transport.written
    assert front.refused == ["malformed_request"]


def test_a_refusal_in_a_backends_place_names_the_revision_that_decided() -> None:
    front = Front(replace(SUPPORT, revision=7)).say(GET)
    front.fail(Failure.MALFORMED)
    assert front.statuses == [502]
    assert b"x-gray-revision: 7\r\n" in front.transport.written
    assert b"x-gray-variant" not in front.transport.written


def test_our_own_header_is_kept_from_those_who_may_not_see_it() -> None:
    policy = HeaderPolicy(expose_to=("10.0.0.0/8",))
    front = Front(snapshot=Snapshot(1, (), headers=policy)).say(GET)
    front.fail(Failure.MALFORMED)
    assert front.statuses == [502]
    assert b"x-gray" not in front.transport.written


def test_a_backend_that_fails_leaves_the_connection_usable() -> None:
    front = Front(kept=False).say(GET)
    front.fail(Failure.BUSY)
    assert front.statuses == [503]
    assert front.say(GET).is_busy()


# Limits...


def test_a_head_too_large_is_refused_with_or_without_its_end() -> None:
    long = b"GET / HTTP/1.1\r\nHost: a\r\nX: %b" % (b"x" * 200)
    for end in (b"", b"\r\n\r\n"):
        front = limited(header_bytes=100).say(long + end)
        assert front.statuses == [431]
        assert front.refused == ["head_too_large"]


def test_a_target_too_long_has_a_status_of_its_own() -> None:
    long = b"GET /" + b"x" * 200
    for end in (b"", b" HTTP/1.1\r\nHost: a\r\n\r\n"):
        assert limited(header_bytes=100).say(long + end).statuses == [414]


def test_too_many_fields_are_refused() -> None:
    assert limited(header_count=1).say(GET).is_busy()
    more = b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
    assert limited(header_count=1).say(more).statuses == [431]


def test_a_body_announced_too_large_asks_nobody() -> None:
    front = limited(body=4).say(POST)
    assert front.statuses == [413]
    assert not front.score.heard


def test_a_body_that_grows_too_large_is_cut_off() -> None:
    front = limited(body=4).say(CHUNKS, b"4\r\n1234\r\n", b"1\r\n5\r\n")
    assert front.statuses == [413]
    assert "abandon ai" in front.score.heard


# One after the other...


def test_a_second_request_waits_for_the_first_answer() -> None:
    front = Front().say(GET + POST + b"hello" + GET)
    assert front.score.heard == ["ask ai"]
    front.answer()
    assert front.sent_to_ai.endswith(b"hello")
    front.answer()
    front.answer()
    assert front.statuses == [200, 200, 200]
    assert not front.is_busy()


def test_what_is_sent_ahead_is_bounded() -> None:
    front = Front().say(GET)
    front.say(GET * (AHEAD_AT_MOST // len(GET)))
    assert front.transport.reads()
    front.say(GET)
    assert not front.transport.reads()
    front.answer()
    assert front.is_busy()
    while front.is_busy():
        front.answer()
    assert front.transport.reads()
    assert len(front.statuses) == AHEAD_AT_MOST // len(GET) + 2


async def test_what_is_sent_ahead_in_one_read_is_bounded_as_well() -> None:
    front = Front().say(GET * (AHEAD_AT_MOST // len(GET) + 2))
    await asyncio.sleep(0)  # it has given its turn away, and would read on now
    assert not front.transport.reads()


def test_a_client_that_takes_no_answer_is_asked_for_no_further_request() -> None:
    front = Front().say(GET + GET)
    front.transport.fill()
    front.answer(200, b"Content-Length: 2", payload=b"ok")
    assert not front.is_busy()
    front.say(GET)
    assert not front.is_busy()
    front.transport.flush()
    assert front.is_busy()
    front.answer()
    front.answer()
    assert front.statuses == [200, 200, 200]


def test_refused_requests_sent_ahead_are_answered_as_they_are_taken() -> None:
    front = Front()
    front.transport.fill()
    front.say(b"OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n" * 3)
    assert front.statuses == []
    front.transport.flush()
    assert front.statuses == [200, 200, 200]


# Turns and changes...


def test_what_follows_a_body_is_the_next_request() -> None:
    front = Front().say(POST, b"hello" + GET)
    assert front.sent_to_ai.endswith(b"hello")
    front.answer()
    assert front.sent_to_ai.startswith(b"GET / ")


async def test_many_requests_that_ask_nobody_leave_others_their_turn() -> None:
    front = Front().say(ANSWERED_HERE * (2 * REQUESTS_A_TURN + 1))
    assert len(front.statuses) == REQUESTS_A_TURN
    await asyncio.sleep(0)
    assert len(front.statuses) == 2 * REQUESTS_A_TURN
    await asyncio.sleep(0)
    assert len(front.statuses) == 2 * REQUESTS_A_TURN + 1


async def test_a_client_that_has_left_has_no_further_turn() -> None:
    front = Front().say(ANSWERED_HERE * (REQUESTS_A_TURN + 1))
    front.transport.lose()
    await asyncio.sleep(0)
    assert len(front.statuses) == REQUESTS_A_TURN


def test_a_changed_table_holds_for_the_next_request_of_the_same_client() -> None:
    front = Front().say(GET)
    front.answer()
    hidden = HeaderPolicy(expose_to=("10.0.0.0/8",))
    front.serving = Serving(Snapshot(2, (), headers=hidden), ())
    front.transport.take_written()
    front.say(GET)
    assert front.statuses == [404]
    assert b"x-gray-error" not in front.transport.written


# Backpressure...


def test_a_client_that_does_not_read_holds_its_backend_back() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 9", payload=b"half", end=None)
    front.transport.fill()
    front.transport.flush()
    assert front.score.heard[-2:] == ["pause ai", "resume ai"]


def test_a_backend_that_does_not_read_holds_its_client_back() -> None:
    front = Front().say(POST)
    front.connection.pause_reading()
    front.connection.pause_reading()
    assert not front.transport.reads()
    front.pass_time(10 * IDLE)
    assert front.is_busy()
    front.connection.resume_reading()
    front.connection.resume_reading()
    assert front.transport.reads()
    front.pass_time(IDLE)
    assert front.statuses == [408]


def test_a_client_that_was_held_back_reads_on_for_its_next_request() -> None:
    front = Front().say(POST + b"hello")
    front.connection.pause_reading()
    front.answer()
    assert front.transport.reads()
    front.pass_time(IDLE)
    assert front.transport.is_closing()


# Tunnels...


def tunnel(*ahead: bytes) -> Front:
    front = Front().say(UPGRADE, *ahead)
    holder = front.asked.holder
    assert holder is not None
    holder.on_upgraded(front.score.head(101, b"Upgrade: websocket"), b"")
    return front


def test_bytes_pass_a_tunnel_and_those_that_came_early_go_first() -> None:
    front = tunnel(b"early")
    front.say(b"GET / HTTP/1.1\r\n")
    assert front.sent_to_ai.endswith(b"\r\n\r\nearlyGET / HTTP/1.1\r\n")


def test_the_end_of_a_tunnels_client_is_passed_on_and_the_backend_may_finish() -> None:
    front = tunnel()
    front.transport.end()
    assert front.score.heard[-1] == "end to ai"
    assert not front.transport.is_closing()


def test_the_end_of_a_tunnels_backend_is_passed_on() -> None:
    front = tunnel()
    front.connection.send_eof()
    assert front.transport.is_ended

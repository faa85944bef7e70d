"""How a client's connection ends."""

import pytest

from router.http1.replies import TOO_MANY_CONNECTIONS
from router.proxy.client_connection import LAST_REQUEST, LINGER
from router.routing.fallback import Failure
from router.routing.snapshot import Limits
from tests.support.front import Front

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
ANSWERED_HERE = b"OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"
IDLE = Limits().idle_timeout


# What waits for the end of the turn...


@pytest.mark.parametrize("request_", [CLOSE, b"GET / HTTP/1.1\r\n\r\n"])
def test_an_answer_that_waits_is_sent_before_its_connection_ends(request_: bytes) -> None:
    front = Front(soon=lambda _: None).say(request_)
    if front.is_busy():
        front.answer()
    assert front.transport.is_ended
    assert front.statuses


def test_an_answer_that_waits_is_sent_before_an_idle_connection_is_cut() -> None:
    front = Front(soon=lambda _: None).say(GET)
    front.answer()
    assert front.statuses == []
    assert not front.connection.cut()
    assert front.statuses == [200]
    assert not front.transport.is_reset


def test_a_part_that_waits_is_sent_before_its_connection_is_broken_off() -> None:
    front = Front(soon=lambda _: None).say(GET)
    front.answer(200, b"Content-Length: 9", payload=b"half", end=None)
    front.fail(Failure.LOST)
    assert front.transport.written.endswith(b"half")


# Ends...


def test_who_asks_and_leaves_does_not_want_the_answer() -> None:
    front = Front().say(GET)
    assert not front.connection.eof_received()
    assert front.transport.is_reset
    front.transport.lose()
    assert front.score.heard == ["ask ai", "abandon ai"]


def test_a_refusal_ends_the_connection_of_who_asked_for_that() -> None:
    front = Front(kept=False).say(CLOSE)
    front.fail(Failure.BUSY)
    assert front.statuses == [503]
    assert b"connection: close\r\n" in front.transport.written
    assert front.transport.is_ended


def test_a_client_that_was_held_back_is_read_again_behind_its_last_answer() -> None:
    front = Front().say(POST)
    front.connection.pause_reading()
    front.fail(Failure.MALFORMED)
    assert front.statuses == [502]
    assert front.transport.is_ended
    assert front.transport.reads()


def test_a_client_that_has_all_it_asked_for_may_leave() -> None:
    front = Front().say(GET)
    front.answer()
    front.transport.end()
    assert front.score.codes == {"ai": {200: 1}}
    assert not front.transport.is_reset


def test_behind_its_last_answer_a_client_is_given_time_to_notice() -> None:
    front = Front().say(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    front.answer()
    assert front.transport.is_ended
    assert not front.transport.is_closing()
    front.say(GET)
    assert not front.is_busy()
    front.pass_time(LINGER)
    assert front.transport.is_closing()
    assert front.statuses == [200]


def test_a_last_answer_may_be_taken_slowly() -> None:
    front = Front().say(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    front.transport.fill(100_000)
    front.answer()
    for unsent in (80_000, 60_000, 40_000):
        front.pass_time(IDLE - 1)
        front.transport.unsent = unsent
    assert not front.transport.is_closing()
    front.transport.flush()
    front.pass_time(2 * LINGER)
    front.pass_time(2 * LINGER)
    assert front.transport.is_closing()


@pytest.mark.parametrize("ends_with_connection", [True, False])
def test_a_broken_answer_never_looks_whole(ends_with_connection: bool) -> None:
    version = b"1.0" if ends_with_connection else b"1.1"
    front = Front().say(GET.replace(b"1.1", version))
    front.answer(200, b"Transfer-Encoding: chunked", payload=b"half", end=None)
    front.score.fail(Failure.LOST)
    assert front.transport.is_closing()
    assert front.transport.is_reset is ends_with_connection


def test_a_connection_that_is_gone_is_asked_for_nothing() -> None:
    front = Front()
    front.transport.lose()
    front.connection.write(b"x")
    front.connection.pause_reading()
    front.connection.resume_reading()
    front.connection.send_eof()
    front.connection.break_off(reset=True)
    front.connection.abort()
    front.connection.drain()
    assert front.transport.written == b""
    assert not front.transport.is_aborted


def test_a_client_that_leaves_costs_its_backend_nothing_more() -> None:
    front = Front().say(GET)
    front.transport.lose()
    assert front.score.heard == ["ask ai", "abandon ai"]
    assert front.score.codes == {"ai": {499: 1}}
    assert front.members == ["joined", "left"]


# A worker that drains...


def test_a_router_that_drains_answers_what_is_in_flight_and_ends_the_connection() -> None:
    busy = Front().say(GET)
    busy.draining = busy.score.draining = True
    busy.connection.drain()
    assert not busy.transport.is_ended
    busy.answer()
    assert b"connection: close\r\n" in busy.transport.written
    assert busy.transport.is_ended


@pytest.mark.parametrize("has_asked", [True, False])
def test_who_is_idle_when_a_drain_begins_may_ask_once_more_and_soon(has_asked: bool) -> None:
    quick, silent = Front(), Front()
    for front in (quick, silent):
        if has_asked:
            front.say(GET).answer()
        front.draining = front.score.draining = True
        front.connection.drain()
        assert not front.transport.is_closing()
    quick.say(GET).answer()
    assert quick.statuses[-1] == 200
    assert quick.transport.is_ended
    silent.pass_time(LAST_REQUEST)
    assert silent.transport.is_aborted
    assert not silent.transport.is_reset


def test_what_a_drain_cuts_off_is_only_what_is_in_flight() -> None:
    idle, busy = Front(), Front().say(GET)
    assert not idle.connection.cut()
    assert busy.connection.cut()
    assert busy.transport.is_reset


def test_an_event_stream_that_a_drain_cuts_off_ends_in_order() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Type: text/event-stream", payload=b"data: 1\n\n", end=None)
    assert not front.connection.cut()
    assert front.transport.written.endswith(b"0\r\n\r\n")
    assert front.transport.is_ended


def test_a_connection_too_many_is_told_so() -> None:
    front = Front()
    front.connection.refuse_connection(TOO_MANY_CONNECTIONS)
    assert front.statuses == [503]
    assert front.transport.is_ended
    assert not front.say(GET).is_busy()


def test_an_answer_that_began_before_the_drain_ends_the_connection_with_it() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 6", payload=b"ha", end=None)
    front.draining = front.score.draining = True
    front.connection.drain()
    assert not front.transport.is_ended
    front.score.go_on(b"lf", [])
    assert front.transport.is_ended

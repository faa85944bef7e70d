"""What a client's connection does at its end, in time, and when it is slow."""

import asyncio

import pytest

from router.proxy.downstream import LINGER, REQUESTS_A_TURN
from router.proxy.serving import Serving
from router.routing.fallback import Failure
from router.routing.snapshot import HeaderPolicy, Limits, Snapshot
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


# Slow clients...


@pytest.mark.parametrize("request_", [GET, CLOSE])
def test_who_takes_the_end_of_an_answer_slowly_is_not_idle(request_: bytes) -> None:
    front = Front().say(request_)
    front.transport.fill(100_000)
    front.answer()
    for unsent in (80_000, 60_000, 40_000, 20_000):
        for _ in range(int(IDLE) - 1):
            front.pass_time(1.0)
        front.transport.unsent = unsent
    assert not front.transport.is_closing()


def test_who_takes_nothing_of_an_answers_end_is_reset() -> None:
    front = Front().say(CLOSE)
    front.transport.unsent = 1000  # too little to be told that the buffer is full
    front.answer()
    for _ in range(int(IDLE + LINGER) + 1):
        front.pass_time(1.0)
    assert front.transport.is_reset


def test_who_is_idle_with_bytes_unsent_is_reset() -> None:
    front = Front().say(GET)
    front.transport.unsent = 1000
    front.answer()
    for _ in range(2 * int(IDLE) + 2):
        front.pass_time(1.0)
    assert front.transport.is_reset


def test_who_takes_nothing_of_a_broken_answer_is_reset_in_the_end() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 9", payload=b"half", end=None)
    front.transport.unsent = 1000
    front.fail(Failure.LOST)
    assert front.transport.is_closing()
    assert not front.transport.is_aborted
    front.pass_time(IDLE)
    assert front.transport.is_reset


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


def test_an_answer_that_began_before_the_drain_ends_the_connection_with_it() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 6", payload=b"ha", end=None)
    front.draining = front.score.draining = True
    front.connection.drain()
    assert not front.transport.is_ended
    front.score.go_on(b"lf", [])
    assert front.transport.is_ended


def test_a_client_that_was_held_back_is_read_again_behind_its_last_answer() -> None:
    front = Front().say(POST)
    front.connection.pause_reading()
    front.fail(Failure.MALFORMED)
    assert front.statuses == [502]
    assert front.transport.is_ended
    assert front.transport.reads()


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

"""What a client's connection does in time, and when it is slow."""

import pytest

from router.proxy.client_connection import LINGER
from router.proxy.downstream import AHEAD_AT_MOST
from router.routing.fallback import Failure
from router.routing.snapshot import Limits
from tests.support.front import Front

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
IDLE = Limits().idle_timeout
HEADER = Limits().header_timeout


# Time...


def test_a_client_that_asks_nothing_is_left_without_a_word() -> None:
    front = Front()
    front.pass_time(IDLE - 1)
    assert not front.transport.is_closing()
    front.pass_time(1)
    assert front.transport.is_closing()
    assert front.transport.written == b""


def test_a_head_has_its_time_and_a_drip_does_not_prolong_it() -> None:
    front = Front().say(b"GET ")
    front.pass_time(HEADER - 1)
    front.say(b"/ ")
    front.pass_time(1)
    assert front.statuses == [408]
    assert front.transport.is_ended


def test_a_kept_connection_has_the_idle_time_and_then_the_heads() -> None:
    front = Front().say(GET)
    front.pass_time(10 * IDLE)
    front.answer()
    front.pass_time(IDLE - 1)
    front.say(b"GET ")
    front.pass_time(HEADER - 1)
    assert front.statuses == [200]
    front.pass_time(1)
    assert front.statuses == [200, 408]


def test_each_part_of_a_body_has_the_idle_time() -> None:
    front = Front().say(POST)
    for _ in range(3):
        front.pass_time(IDLE - 1)
        front.say(b"x")
    front.pass_time(IDLE)
    assert front.statuses == [408]
    assert not front.is_busy()


def test_an_answer_may_take_its_time() -> None:
    front = Front().say(GET)
    front.pass_time(100 * IDLE)
    assert front.is_busy()
    assert not front.transport.is_closing()


# Slow clients...


def test_a_client_that_does_not_take_its_answer_is_reset() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 9", payload=b"half", end=None)
    front.transport.fill()
    front.pass_time(IDLE)
    assert front.transport.is_reset


def test_a_client_that_takes_a_little_is_waited_for() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 9", payload=b"half", end=None)
    front.transport.fill(100_000)
    front.transport.unsent = 90_000
    front.pass_time(IDLE)
    assert not front.transport.is_closing()
    front.pass_time(IDLE)
    assert front.transport.is_reset


def test_what_a_client_sends_does_not_excuse_what_it_does_not_take() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 9", payload=b"half", end=None)
    front.transport.fill()
    front.say(b"x" * (AHEAD_AT_MOST - 1), b"yz")
    assert not front.transport.reads()
    front.pass_time(IDLE)
    assert front.transport.is_reset


def test_a_client_that_took_all_has_the_idle_time_again() -> None:
    front = Front().say(GET)
    front.answer(200, b"Content-Length: 9", payload=b"half", end=None)
    front.transport.fill()
    front.score.go_on(b" more", [])
    front.transport.flush()
    front.pass_time(IDLE - 1)
    assert not front.transport.is_closing()
    front.pass_time(1)
    assert front.transport.is_closing()


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

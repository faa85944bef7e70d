"""What a connection says of its endpoint, and how its tunnels end with TLS."""

from collections.abc import Callable

import pytest

from tests.support.story import FIRST_BYTE, IDLE, OK, Story
from tests.support.transport import FakeTransport

# How its endpoint served...

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nall"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def answer(status: int) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status


@pytest.mark.parametrize("status", [502, 503, 504])
def test_the_answer_of_a_gateway_that_cannot_serve_is_a_failure(status: int) -> None:
    story = Story().ask()
    story.transport.receive(answer(status))
    assert story.judged == ["failed"]
    story.ask().transport.receive(answer(200))
    assert story.judged == ["failed"]


@pytest.mark.parametrize("status", [200, 304, 404, 429, 500, 501, 505])
def test_any_other_answer_is_a_service_which_only_counts_after_failures(status: int) -> None:
    story = Story().ask()
    story.transport.receive(answer(status))
    assert story.judged == []
    story.connection.state.failures = 1
    story.ask().transport.receive(answer(status))
    assert story.judged == ["served"]


def test_an_answer_serves_when_it_is_whole_and_not_before() -> None:
    story = Story().ask()
    story.connection.state.failures = 1
    story.transport.receive(HALF)
    assert story.judged == []
    story.transport.receive(b"lf")
    assert story.judged == ["served"]


def test_an_answer_that_ends_with_its_connection_serves_as_well() -> None:
    story = Story().ask()
    story.connection.state.failures = 1
    story.transport.receive(UNTIL_CLOSE)
    story.transport.end()
    assert story.judged == ["served"]


@pytest.mark.parametrize("came", [b"", b"HTTP/1.1 2", HALF, UNTIL_CLOSE])
def test_a_lost_answer_is_a_failure(came: bytes) -> None:
    story = Story().ask()
    story.transport.receive(came)
    story.transport.lose(ConnectionResetError())
    assert story.judged == ["failed"]


def test_a_kept_connection_may_end_before_its_next_answer_begins() -> None:
    story = Story().ask()
    story.transport.receive(OK)
    story.ask().transport.lose()
    assert story.judged == []


def test_but_not_in_the_middle_of_it() -> None:
    story = Story().ask()
    story.transport.receive(OK)
    story.ask().transport.receive(HALF)
    story.transport.lose()
    assert story.judged == ["failed"]


def test_a_malformed_answer_is_a_failure() -> None:
    story = Story().ask()
    story.transport.receive(b"ICY 200 OK\r\n\r\n")
    story.transport.lose()
    assert story.judged == ["failed"]


def test_silence_before_the_answer_is_a_failure_and_within_it_is_none() -> None:
    silent = Story().ask()
    silent.pass_time(FIRST_BYTE)
    silent.transport.lose()
    assert silent.judged == ["failed"]
    stalled = Story().ask()
    stalled.transport.receive(HALF)
    stalled.pass_time(IDLE)
    stalled.transport.lose()
    assert stalled.judged == []


@pytest.mark.parametrize("end", [FakeTransport.lose, FakeTransport.end])
def test_the_end_of_a_tunnel_is_nobodys_failure(end: Callable[[FakeTransport], None]) -> None:
    story = Story(wants_upgrade=True).ask()
    story.keeps_tunnel_open = False
    story.transport.receive(SWITCHED)
    end(story.transport)
    assert story.judged == []


def test_who_leaves_and_what_rests_say_nothing_about_the_endpoint() -> None:
    left = Story().ask()
    left.connection.abandon()
    left.transport.lose()
    rested = Story().ask()
    rested.transport.receive(OK)
    rested.transport.lose()
    assert (left.judged, rested.judged) == ([], [])

import asyncio

import pytest

from router.proxy.deadlines import NEVER
from router.proxy.ports import Trailers
from router.proxy.upstream import (
    LARGEST_HEAD,
    MOST_INTERIM,
)
from tests.support.story import FIRST_BYTE, IDLE, OK, Story


def cuts(stream: bytes) -> list[list[bytes]]:
    """Whole, byte by byte, and in two at every place."""
    halves = [[stream[:at], stream[at:]] for at in range(1, len(stream))]
    return [[stream], [stream[at : at + 1] for at in range(len(stream))], *halves]


# Answers...


@pytest.mark.parametrize(
    ("answer", "heard", "payload"),
    [
        (OK, ["release", "reply 200", "end"], b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ["release", "reply 204", "end"], b""),
        (
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            ["release", "reply 304", "end"],
            b"",
        ),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
            ["interim 103", "release", "reply 200", "end"],
            b"ok",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ["release", "reply 200", "end"], b""),
    ],
)
def test_an_answer_is_the_same_however_it_is_cut(
    answer: bytes, heard: list[str], payload: bytes
) -> None:
    for pieces in cuts(answer):
        story = Story().ask()
        story.transport.receive(*pieces)
        assert sorted(story.heard) == sorted(heard)
        assert story.payload == payload
        assert not story.transport.is_closing()


def test_a_chunked_answer_is_unwrapped_however_it_is_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for pieces in cuts(head + b"3\r\none\r\n3;x=y\r\ntwo\r\n0\r\nX-Sum: 9\r\n\r\n"):
        story = Story().ask()
        story.transport.receive(*pieces)
        assert (story.payload, story.trailers) == (b"onetwo", [(b"X-Sum", b"9")])
        assert story.heard.count("release") == story.heard.count("end") == 1


def test_the_connection_is_free_before_the_client_has_the_end_of_its_answer() -> None:
    story = Story().ask()
    assert not story.connection.reused
    story.transport.receive(OK)
    assert story.heard == ["release", "reply 200", "end"]
    assert story.connection.reused


def test_an_answer_to_head_has_no_body() -> None:
    story = Story(is_head=True).ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    assert story.heard == ["release", "reply 200", "end"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nrest",
    ],
)
def test_a_connection_with_a_doubt_is_closed_behind_its_answer(answer: bytes) -> None:
    story = Story().ask()
    story.transport.receive(answer)
    assert story.heard[-1] == "end"
    assert "release" not in story.heard
    assert story.transport.is_closing()


def test_an_answer_before_the_end_of_the_request_is_passed_on_and_the_connection_closed() -> None:
    story = Story().ask(last=False)
    story.transport.receive(OK)
    assert story.heard == ["reply 200", "end"]
    assert story.transport.is_closing()


def test_a_connection_that_has_not_taken_all_of_its_request_serves_no_other() -> None:
    story = Story().ask()
    story.transport.fill()
    story.transport.receive(OK)
    assert story.heard == ["full", "reply 200", "end"]
    assert story.transport.is_closing()


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    story = Story().ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\n\r\nsome", b"thing")
    assert story.heard == ["reply 200"]
    story.transport.end()
    assert story.heard == ["reply 200", "lost", "end"]
    assert story.payload == b"something"


# What is not passed on...


def test_bytes_that_nobody_asked_for_close_the_connection() -> None:
    story = Story()
    story.transport.receive(OK)
    assert story.transport.is_closing()
    assert story.heard == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_an_answer_that_is_malformed_fails_however_it_is_cut(answer: bytes) -> None:
    for pieces in cuts(answer):
        story = Story().ask()
        story.transport.receive(*pieces)
        assert story.heard == ["failed malformed"]
        assert story.transport.is_aborted


def test_a_body_that_is_malformed_fails_behind_its_head() -> None:
    story = Story().ask()
    story.transport.receive(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", b"x\r\n"
    )
    assert story.heard == ["reply 200", "failed malformed"]
    assert story.transport.is_aborted


def test_a_head_without_end_is_not_held_for_ever() -> None:
    story = Story().ask()
    line = b"A: " + b"b" * 1000 + b"\r\n"
    story.transport.receive(b"HTTP/1.1 200 OK\r\n", *[line] * (LARGEST_HEAD // len(line) + 1))
    assert story.heard == ["failed malformed"]


async def test_a_head_beyond_the_limit_fails_also_when_it_comes_whole() -> None:
    story = Story().ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\nA: %b\r\n\r\n" % (b"b" * LARGEST_HEAD))
    assert story.heard == ["failed malformed"]


def test_a_backend_that_never_comes_to_its_answer_fails() -> None:
    story = Story()
    interim = b"HTTP/1.1 102 Processing\r\n\r\n"
    for _ in range(2):
        story.heard.clear()
        story.ask().transport.receive(interim * MOST_INTERIM + OK)
        assert story.heard[-3:] == ["release", "reply 200", "end"]
    story.ask().transport.receive(interim * (MOST_INTERIM + 1))
    assert story.heard[-1] == "failed malformed"


# Endings...


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_an_end_in_the_middle_is_a_failure(answer: bytes) -> None:
    story = Story().ask()
    story.transport.receive(*filter(None, [answer]))
    story.transport.end()
    assert story.heard[-2:] == ["lost", "failed lost"]


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_a_body_without_a_length_that_is_cut_off_never_ends_well(error: Exception | None) -> None:
    story = Story().ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    story.transport.lose(error)
    assert story.heard == ["reply 200", "lost", "failed lost"]


def test_an_end_with_an_error_behind_it_is_no_good_end() -> None:
    story = Story().ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    story.connection.eof_received()
    story.transport.lose(ConnectionResetError())
    assert story.heard == ["reply 200", "lost", "failed lost"]


def test_who_has_abandoned_a_connection_hears_nothing_more_of_it() -> None:
    story = Story().ask()
    story.connection.abandon()
    assert story.transport.is_aborted
    story.transport.lose()
    assert story.heard == ["lost"]
    assert not story.connection.is_usable()


def test_what_is_sent_on_a_lost_connection_is_lost() -> None:
    story = Story().ask(last=False)
    story.transport.lose()
    story.connection.send(b"more", last=True)
    story.connection.send_eof()
    assert story.heard == ["lost", "failed lost"]
    assert story.connection.deadline == NEVER


# Time...


def test_the_first_byte_is_waited_for_from_the_end_of_the_request() -> None:
    story = Story().ask(last=False)
    story.pass_time(10 * FIRST_BYTE)
    assert story.heard == []
    story.connection.send(b"body", last=True)
    story.pass_time(FIRST_BYTE - 1)
    assert story.heard == []
    story.pass_time(1)
    assert story.heard == ["failed timed_out"]
    assert story.transport.is_aborted


def test_a_drip_of_the_head_does_not_prolong_the_wait_for_it() -> None:
    story = Story().ask()
    story.pass_time(FIRST_BYTE - 1)
    story.transport.receive(b"HTTP/1.1 ")
    story.pass_time(1)
    assert story.heard == ["failed timed_out"]


def test_each_part_of_a_body_may_take_the_idle_time() -> None:
    story = Story().ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha")
    for _ in range(3):
        story.pass_time(IDLE - 1)
        story.transport.receive(b"l")
    assert story.heard == ["reply 200"]
    story.pass_time(IDLE)
    assert story.heard == ["reply 200", "failed timed_out"]


def test_a_backend_that_takes_nothing_is_not_waited_for_for_ever() -> None:
    story = Story().ask(last=False)
    story.transport.fill()
    story.pass_time(IDLE)
    assert story.heard == ["full", "failed timed_out"]


@pytest.mark.parametrize("last", [True, False])
def test_a_backend_that_takes_again_has_its_time_to_answer(last: bool) -> None:
    story = Story().ask(last=last)
    story.transport.fill()
    story.transport.flush()
    expected = story.clock.now + FIRST_BYTE if last else NEVER
    assert story.connection.deadline == expected
    assert story.heard == ["full", "writable"]


def test_a_backend_that_has_begun_to_answer_has_the_idle_time() -> None:
    story = Story().ask(last=False)
    story.transport.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    story.transport.fill()
    story.transport.flush()
    assert story.connection.deadline == story.clock.now + IDLE
    story.connection.send(b"the rest", last=True)
    assert story.connection.deadline == story.clock.now + IDLE


def test_a_kept_connection_is_given_up_in_time() -> None:
    story = Story()
    story.connection.deadline = story.deadlines.after(5.0)
    story.pass_time(5.0)
    assert story.transport.is_aborted
    assert story.heard == []


def test_a_connection_that_is_taken_rests_no_longer() -> None:
    story = Story()
    story.connection.deadline = story.deadlines.after(5.0)
    story.ask(last=False)
    story.pass_time(6.0)
    assert story.connection.is_usable()


# Backpressure...


def test_a_backend_that_we_do_not_read_is_not_silent_by_its_own_doing() -> None:
    story = Story().ask()
    story.transport.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    story.connection.pause_reading()
    story.pass_time(10 * IDLE)
    assert story.heard == ["reply 200"]
    story.connection.resume_reading()
    story.pass_time(IDLE)
    assert story.heard == ["reply 200", "failed timed_out"]


def test_a_connection_is_read_again_when_its_exchange_is_over() -> None:
    class Slow(Story):
        def on_reply_body(self, payload: bytes, end: Trailers | None) -> None:
            super().on_reply_body(payload, end)
            if end is None:
                self.connection.pause_reading()

    story = Slow().ask()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    story.transport.receive(head, b"2\r\nok\r\n")
    assert not story.transport.reads()
    # What the kernel had handed over before the pause still comes.
    story.connection.data_received(b"0\r\n\r\n")
    assert story.heard == ["reply 200", "release", "end"]
    assert story.transport.reads()
    story.connection.pause_reading()
    assert not story.transport.reads()


# Given back...


async def test_a_connection_on_which_nothing_was_sent_goes_back_in_the_next_turn() -> None:
    story = Story()
    story.connection.give_back()
    assert story.heard == []
    await asyncio.sleep(0)
    assert story.heard == ["release"]


async def test_a_connection_that_is_lost_before_it_went_back_is_lost() -> None:
    story = Story()
    story.connection.give_back()
    story.transport.lose()
    await asyncio.sleep(0)
    assert story.heard == ["lost"]

import pytest

from router.proxy.upstream import LINGER
from tests.support.story import IDLE, Story


def tunnel() -> Story:
    story = Story(wants_upgrade=True).ask()
    head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    story.transport.receive(head + b"\x81\x00")
    return story


def test_behind_a_switch_bytes_pass_as_they_are() -> None:
    story = tunnel()
    story.transport.receive(b"HTTP/1.1 2", b"\r\n\r\n")
    assert story.heard == ["upgraded"]
    assert story.payload == b"\x81\x00HTTP/1.1 2\r\n\r\n"


def test_each_end_of_a_tunnel_may_be_silent_for_the_idle_time() -> None:
    story = tunnel()
    story.pass_time(IDLE - 1)
    story.transport.receive(b"a")
    story.pass_time(IDLE - 1)
    story.connection.send(b"b", last=False)
    story.pass_time(IDLE - 1)
    assert story.heard == ["upgraded"]
    story.pass_time(1)
    assert story.heard == ["upgraded", "failed timed_out"]


@pytest.mark.parametrize("stays_open", [True, False])
def test_a_tunnel_ends_in_halves_where_the_other_half_still_speaks(stays_open: bool) -> None:
    story = tunnel()
    story.keeps_tunnel_open = stays_open
    story.transport.end()
    assert story.transport.is_closing() is not stays_open
    story.heard.remove("upgraded")
    assert story.heard == (
        ["half closed"] if stays_open else ["half closed", "lost", "failed lost"]
    )


def test_our_end_of_a_tunnel_is_passed_on() -> None:
    story = tunnel()
    story.connection.send_eof()
    assert story.transport.is_ended


def test_a_tunnel_that_is_parted_with_ends_in_order_and_what_still_comes_is_dropped() -> None:
    story = tunnel()
    story.connection.send(b"bye", last=False)
    story.connection.part()
    assert story.transport.is_ended
    story.transport.receive(b"and more")
    assert not story.transport.is_closing()
    story.transport.end()
    assert story.transport.is_closing()
    assert story.transport.written.endswith(b"bye")
    assert story.heard == ["upgraded", "lost"]


def test_a_backend_that_does_not_see_the_end_of_its_tunnel_is_cut_off() -> None:
    story = tunnel()
    story.connection.part()
    story.pass_time(LINGER)
    assert story.transport.is_aborted
    assert story.heard == ["upgraded"]

import asyncio
from collections.abc import Callable

import pytest

from router.proxy.outbox import Outbox
from tests.support.transport import FakeTransport


class Turn:
    """A loop's turn, which ends when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []
        self.outbox = Outbox(self.calls.append)

    def end(self) -> None:
        calls, self.calls[:] = self.calls[:], []
        for call in calls:
            call()


def transport() -> FakeTransport:
    return FakeTransport(asyncio.Protocol())


def test_nothing_is_sent_before_the_end_of_the_turn_and_all_of_it_then() -> None:
    turn, one, other = Turn(), transport(), transport()
    turn.outbox.put(one, b"a")
    turn.outbox.put(other, b"b")
    turn.outbox.put(one, b"c")
    assert (one.written, other.written) == (b"", b"")
    turn.end()
    assert (one.written, other.written) == (b"ac", b"b")


def test_a_turn_is_ended_once_however_much_is_sent_in_it() -> None:
    turn, one = Turn(), transport()
    for _ in range(3):
        turn.outbox.put(one, b"a")
    assert len(turn.calls) == 1
    turn.end()
    turn.outbox.put(one, b"b")
    assert len(turn.calls) == 1


def test_what_cannot_wait_is_sent_at_once_and_not_again() -> None:
    turn, one = Turn(), transport()
    turn.outbox.put(one, b"a")
    turn.outbox.flush()
    assert one.written == b"a"
    turn.outbox.put(one, b"b")
    turn.end()
    turn.end()
    assert one.written == b"ab"


def test_a_connection_that_was_lost_meanwhile_is_passed_over() -> None:
    turn, lost, other = Turn(), transport(), transport()
    turn.outbox.put(lost, b"a")
    turn.outbox.put(other, b"b")
    lost.lose()
    turn.end()
    assert (lost.written, other.written) == (b"", b"b")


def test_a_write_that_fails_keeps_nothing_from_the_others() -> None:
    turn, other = Turn(), transport()
    turn.outbox.put(Failing(asyncio.Protocol()), b"a")
    turn.outbox.put(other, b"b")
    with pytest.raises(RuntimeError):
        turn.end()
    turn.end()
    assert other.written == b"b"


def test_a_write_that_leads_to_another_flush_keeps_the_order() -> None:
    turn = Turn()
    eager = Eager(asyncio.Protocol())
    eager.outbox = turn.outbox
    for payload in (b"a", b"b", b"c"):
        turn.outbox.put(eager, payload)
    turn.end()
    assert eager.written == b"abc"


class Failing(FakeTransport):
    def write(self, data: bytes | bytearray | memoryview) -> None:
        raise RuntimeError("no more")


class Eager(FakeTransport):
    """Whoever writes to it looks at once how much is unsent."""

    outbox: Outbox

    def write(self, data: bytes | bytearray | memoryview) -> None:
        super().write(data)
        self.outbox.flush()

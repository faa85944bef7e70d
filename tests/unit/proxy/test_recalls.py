from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from router.http1.replies import Refusal
from router.proxy.permits import Permit
from router.proxy.recalls import GRACE, Recalls
from router.routing.snapshot import InFlight
from tests.support.score import SUPPORT

DRAIN = 5.0
FINISH = replace(SUPPORT, rolled_back=True, epoch=1, stream_drain=DRAIN)
CUT = replace(FINISH, in_flight=InFlight.CUT)


def permit(service: str = "support", *, is_valid: bool = False) -> Permit:
    return Permit(service, 0, is_valid=is_valid, last_begun=1.0)


@dataclass
class Stay:
    """An exchange, and its client. It answers the calls of `wind_up` by these values."""

    permit: Permit | None = field(default_factory=permit)
    answers: list[bool] = field(default_factory=lambda: [False])
    heard: list[str] = field(default_factory=list[str])

    @property
    def exchange(self) -> "Stay | None":
        return self if self.answers else None

    def recall(self, *, cut: bool) -> None:
        self.heard.append("cut" if cut else "recall")

    def wind_up(self, mask: bytes) -> bool:
        assert mask == b"mask"
        self.heard.append("wind up")
        return self.answers.pop(0)

    # As a client...

    def refuse_connection(self, refusal: Refusal) -> None: ...
    def drain(self) -> None: ...
    def cut(self) -> bool:
        return False


@dataclass
class Timer:
    when: float
    call: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Stage:
    """Time passes here when it is told to."""

    def __init__(self, *stays: Stay) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []
        self.stays = list(stays)
        self.recalls = Recalls(cast("Any", self), lambda: self.now, self.stays, lambda: b"mask")

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        assert seconds > 0
        self.timers.append(Timer(self.now + seconds, call))
        return self.timers[-1]

    @property
    def due(self) -> list[float]:
        return [timer.when for timer in self.timers if not timer.is_cancelled]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        over = [timer for timer in self.timers if timer.when <= self.now]
        self.timers = [timer for timer in self.timers if timer.when > self.now]
        for timer in over:
            if not timer.is_cancelled:
                timer.call()


def test_whoever_is_left_at_ai_has_its_time_and_is_wound_up() -> None:
    stay = Stay()
    stage = Stage(stay)
    stage.recalls.recall([FINISH])
    assert stay.heard == ["recall"]
    stage.pass_time(DRAIN)
    assert stay.heard == ["recall", "wind up"]
    assert stage.due == []


def test_who_is_not_over_by_then_is_looked_at_until_it_is() -> None:
    stay = Stay(answers=[True, True, False])
    stage = Stage(stay)
    stage.recalls.recall([FINISH])
    for seconds in (DRAIN, GRACE, GRACE):
        stage.pass_time(seconds)
    assert stay.heard == ["recall", "wind up", "wind up", "wind up"]
    assert stage.due == []


def test_however_many_are_left_there_is_one_timer() -> None:
    stage = Stage(Stay(), Stay(), Stay())
    stage.recalls.recall([FINISH])
    assert stage.due == [100.0 + DRAIN]


def test_where_nobody_is_left_no_time_runs() -> None:
    stage = Stage(Stay(answers=[]), Stay(permit=None))
    stage.recalls.recall([FINISH])
    assert stage.due == []


def test_a_second_rollback_restarts_nothing() -> None:
    stay = Stay()
    stage = Stage(stay)
    stage.recalls.recall([FINISH])
    stage.pass_time(DRAIN - 1)
    stage.recalls.recall([replace(FINISH, epoch=2)])
    assert stage.due == [100.0 + DRAIN]
    stage.pass_time(1)
    assert stay.heard == ["recall", "recall", "wind up"]


def test_a_second_rollback_takes_nobody_the_grace_that_it_has() -> None:
    stay = Stay(answers=[True, False])
    stage = Stage(stay)
    stage.recalls.recall([FINISH])
    stage.pass_time(DRAIN)
    stage.recalls.recall([replace(FINISH, epoch=2)])
    assert stay.heard == ["recall", "wind up", "recall"]
    stage.pass_time(GRACE)
    assert stay.heard == ["recall", "wind up", "recall", "wind up"]


def test_a_second_rollback_may_cut_what_the_first_let_finish() -> None:
    stay = Stay(answers=[True, False])
    stage = Stage(stay)
    stage.recalls.recall([FINISH])
    stage.recalls.recall([CUT])
    assert stay.heard == ["recall", "cut", "wind up"]
    assert stage.due == [100.0 + GRACE]


def test_who_came_with_a_later_permit_has_a_time_of_its_own() -> None:
    first, second = Stay(), Stay()
    stage = Stage(first)
    stage.recalls.recall([FINISH])
    stage.pass_time(3)
    stage.stays.append(second)
    stage.recalls.recall([replace(FINISH, epoch=2)])
    stage.pass_time(DRAIN - 3)
    assert (first.heard[-1], second.heard[-1]) == ("wind up", "recall")
    first.answers.clear()
    stage.pass_time(3)
    assert second.heard[-1] == "wind up"


@pytest.mark.parametrize("other", [permit(is_valid=True), permit("orders")])
def test_others_are_left_alone(other: Permit) -> None:
    stay = Stay(permit=other)
    stage = Stage(stay)
    stage.recalls.recall([CUT])
    stage.pass_time(DRAIN)
    assert stay.heard == []


def test_the_one_timer_is_for_whoever_has_the_least_time() -> None:
    support, orders = Stay(), Stay(permit=permit("orders"))
    stage = Stage(support, orders)
    stage.recalls.recall([FINISH, replace(FINISH, name="orders", stream_drain=2.0)])
    assert stage.due == [102.0]
    stage.pass_time(2.0)
    assert (support.heard, orders.heard) == (["recall"], ["recall", "wind up"])
    assert stage.due == [100.0 + DRAIN]


def test_a_second_rollback_that_gives_less_time_is_heeded() -> None:
    stage = Stage(Stay())
    stage.recalls.recall([FINISH])
    stage.recalls.recall([replace(FINISH, epoch=2, stream_drain=1.0)])
    assert stage.due == [101.0]


def test_all_that_are_there_by_one_permit_have_their_time() -> None:
    shared = permit()
    stays = [Stay(shared, answers=[True, False]), Stay(shared, answers=[True, False])]
    stage = Stage(*stays)
    stage.recalls.recall([FINISH])
    for seconds in (DRAIN, GRACE):
        stage.pass_time(seconds)
    assert [stay.heard for stay in stays] == [["recall", "wind up", "wind up"]] * 2


def test_its_time_ends_with_the_worker() -> None:
    stage = Stage(Stay())
    stage.recalls.recall([FINISH])
    stage.recalls.stop()
    assert stage.due == []

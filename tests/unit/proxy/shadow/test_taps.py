from router.model import ShadowResult
from router.proxy.deadlines import NEVER
from router.proxy.shadow.taps import Taps
from tests.support.score import Score


class Tap:
    """Holds so many bytes, and remembers why it was given up."""

    def __init__(self, taps: Taps, held: int, *, is_kept_from_ai: bool = False) -> None:
        self.held = held
        self.is_kept_from_ai = is_kept_from_ai
        self.deadline = NEVER
        self.timed_out = 0
        self.given_up: ShadowResult | None = None
        self._taps = taps
        taps.join(self)
        taps.plane.held += held

    def time_out(self) -> None:
        self.deadline = NEVER
        self.timed_out += 1
        self._taps.leave(self)

    def give_up(self, result: ShadowResult) -> None:
        self.given_up = result
        self._taps.leave(self)


def test_the_oldest_make_way_until_there_is_enough() -> None:
    score = Score()
    taps = [Tap(score.taps, 10) for _ in range(3)]
    score.taps.give_way(11)
    assert [tap.given_up for tap in taps] == [ShadowResult.QUEUE_FULL] * 2 + [None]
    assert score.held == 10


def test_who_holds_nothing_need_not_make_way() -> None:
    score = Score()
    empty, full = Tap(score.taps, 0), Tap(score.taps, 10)
    score.taps.give_way(5)
    assert (empty.given_up, full.given_up) == (None, ShadowResult.QUEUE_FULL)


def test_whoever_asks_for_more_than_there_is_gets_all() -> None:
    score = Score()
    Tap(score.taps, 10)
    score.taps.give_way(1000)
    score.taps.give_way(1000)
    assert score.held == 0


def test_each_is_told_when_it_has_waited_for_long_enough() -> None:
    score = Score()
    short, long = Tap(score.taps, 1), Tap(score.taps, 1)
    score.taps.wait(long, 30.0, score.now)
    score.taps.wait(short, 5.0, score.now)
    score.pass_time(5.0)
    assert (short.timed_out, long.timed_out) == (1, 0)
    score.pass_time(24.9)
    assert long.timed_out == 0
    score.pass_time(0.1)
    assert (short.timed_out, long.timed_out) == (1, 1)


def test_who_has_left_in_time_is_not_told() -> None:
    score = Score()
    tap = Tap(score.taps, 1)
    score.taps.wait(tap, 5.0, score.now)
    score.taps.leave(tap)
    score.pass_time(5.0)
    assert tap.timed_out == 0


def test_at_the_end_all_are_given_up() -> None:
    score = Score()
    taps = [Tap(score.taps, 10, is_kept_from_ai=kept) for kept in (True, False)]
    score.taps.end()
    assert [tap.given_up for tap in taps] == [ShadowResult.STOPPED] * 2
    assert score.held == 0


def test_those_stop_that_may_not_ask_ai_any_more() -> None:
    score = Score()
    stopped, others = Tap(score.taps, 1, is_kept_from_ai=True), Tap(score.taps, 1)
    score.taps.stop()
    assert (stopped.given_up, others.given_up) == (ShadowResult.STOPPED, None)


def test_who_has_left_holds_nothing_and_is_not_told_anything() -> None:
    score = Score()
    tap = Tap(score.taps, 5, is_kept_from_ai=True)
    score.taps.leave(tap)
    score.taps.leave(tap)
    score.taps.stop()
    assert (score.held, tap.given_up) == (0, None)

import pytest

from router.compare.pair import Answer, Loss
from router.model import Variant
from router.replay.limits import HOPELESS, Costs, Pace, hopeless
from router.replay.played import Played
from tests.support.shadows import shadow_to


def answer(cost: bytes, variant: Variant = Variant.AI) -> Answer:
    return Answer(variant, 200, [(b"x-gray-cost-usd", cost)], b"", 0)


def times_of(pace: Pace, copies: list[int]) -> list[float]:
    now, sent = 0.0, []
    for each in copies:
        now += pace.wait(now)
        sent.append(round(now, 6))
        pace.sent(each)
    return sent


def test_requests_go_out_at_fixed_times() -> None:
    assert times_of(Pace(4, None), [2, 4, 2]) == [0, 0.25, 0.5]


def test_the_budget_makes_it_slower_and_never_faster() -> None:
    assert times_of(Pace(4, 4), [2, 4, 2]) == [0, 0.5, 1.5]
    assert times_of(Pace(4, 1000), [2, 4, 2]) == [0, 0.25, 0.5]
    assert [Pace(4, limit).is_slowed for limit in (None, 4, 8, 1000)] == [False, True, False, False]


def test_of_a_long_wait_a_second_is_caught_up_at_most() -> None:
    pace = Pace(10, None)
    pace.wait(0)
    pace.sent(2)
    for _ in range(10):
        assert pace.wait(100) == 0
        pace.sent(2)
    assert pace.wait(100) == pytest.approx(0)
    pace.sent(2)
    assert pace.wait(100) == pytest.approx(0.1)


def test_what_ai_says_that_it_costs_is_added_up() -> None:
    costs = Costs(1, None)
    assert costs.note(answer(b"0.75"), 0) == 750_000_000
    assert costs.note(answer(b"much"), 0) == 0
    assert costs.note(answer(b"0.75", Variant.LEGACY), 0) == 0
    assert costs.reached(0) is None
    costs.note(answer(b"0.25"), 0)
    assert costs.reached(0) == "AI's answers have cost 1 USD, and --max-cost is 1"


def test_without_a_word_the_budget_of_an_hour_holds_within_each() -> None:
    costs = Costs(None, 5)
    costs.note(answer(b"5"), 100)
    assert "cost_per_hour is 5; --max-cost USD allows more" in (costs.reached(3699) or "")
    assert costs.reached(3700) is None


def test_what_was_asked_for_holds_for_all_of_it_and_in_place_of_the_budget() -> None:
    costs = Costs(6, 5)
    costs.note(answer(b"5.5"), 0)
    assert costs.reached(0) is None
    costs.note(answer(b"0.5"), 9000)
    assert "--max-cost is 6" in (costs.reached(9000) or "")


def test_without_any_limit_it_may_cost_what_it_likes() -> None:
    costs = Costs(None, None)
    costs.note(answer(b"999"), 0)
    assert costs.reached(0) is None


def test_who_was_asked_often_and_never_answered_is_not_there() -> None:
    played = Played()
    played.lost[Variant.LEGACY, Loss.UNREACHABLE] = HOPELESS - 1
    assert hopeless(played, shadow_to()) is None
    played.lost[Variant.LEGACY, Loss.TIMEOUT] = 1
    assert hopeless(played, shadow_to()) == (
        f"legacy has answered none of {HOPELESS} requests (timeout, unreachable): 127.0.0.1:9001"
    )
    played.answered[Variant.LEGACY] = 1
    assert hopeless(played, shadow_to()) is None

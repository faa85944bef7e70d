import pytest

from router.demo.plan import LIVE, ONCE, Plan, Step


@pytest.mark.parametrize("plan", [LIVE, ONCE])
def test_the_walk_goes_from_nobody_to_everybody_and_back_in_one_step(plan: Plan) -> None:
    assert plan.walk == "0 → 5 → 20 → 50 → 100 → 0"


def test_a_tour_takes_under_a_minute_and_less_without_a_terminal() -> None:
    assert 45 <= LIVE.seconds <= 60
    assert ONCE.seconds <= 32


def test_a_plan_lasts_as_long_as_its_steps() -> None:
    assert Plan((Step(0, 1.5), Step(5, 2))).seconds == 3.5

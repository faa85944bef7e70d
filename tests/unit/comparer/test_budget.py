import pytest

from router.comparer.budget import FIRST_COST, ONE_CORE, Budget


def after(
    seconds: int, *, rate: int, cost: float, share: float = 0.5, beside: float = 0.0
) -> tuple[Budget, float]:
    """Let so many pairs a second come, and compare those that are drawn; return what it took."""
    budget, cpu = Budget(0.0), 0.0
    budget.allow({"support": share})
    waiting = 0.0
    for second in range(seconds):
        for _ in range(rate):
            budget.arrive("support")
        waiting += rate / 2 ** budget.level("support")
        for tenth in range(10):
            budget.flow(second + tenth / 10 + 0.1)
            while waiting >= 1 and budget.may("support"):
                budget.spend("support", cost, compared=1)
                cpu += cost
                waiting -= 1
        cpu += beside
        budget.look(second + 1.0, cpu)
    return budget, cpu


def test_whoever_stays_within_the_budget_has_every_pair_compared() -> None:
    budget, cpu = after(20, rate=1000, cost=0.0004)
    assert budget.weights() == {"support": 1}
    assert cpu == pytest.approx(20 * 0.4, rel=0.1)


def test_what_is_too_much_is_halved_until_it_fits() -> None:
    budget, cpu = after(20, rate=10_000, cost=0.0002)  # two cores' worth
    assert budget.weights() == {"support": 4}
    assert 20 * 0.4 < cpu <= 20 * 0.5 + 0.5


@pytest.mark.parametrize("cost", [0.0001, 0.001, 0.02])
def test_no_more_than_the_budget_is_used_whatever_comes(cost: float) -> None:
    _, cpu = after(30, rate=20_000, cost=cost)
    assert cpu <= 30 * 0.5 + 0.5 + cost


def busy_machine(seconds: int, *, rate: int, cost: float, had: float) -> list[tuple[int, float]]:
    """Let only this much of a core be had; return level and backlog at the end of each second."""
    budget, waiting, seen = Budget(0.0), 0.0, []
    budget.allow({"support": 0.5})
    for second in range(seconds):
        before = budget.level("support")
        for _ in range(rate):
            budget.arrive("support")
        waiting += rate / 2**before
        compared = min(waiting, had / cost)
        waiting -= compared
        budget.spend("support", compared * cost, compared=int(compared))
        budget.look(second + 1.0, 0.0, {"support": int(waiting)})
        waiting /= 2.0 ** max(0, budget.level("support") - before)
        seen.append((budget.level("support"), waiting))
    return seen


def test_where_others_want_the_core_pairs_are_halved_before_they_pile_up() -> None:
    seen = busy_machine(60, rate=10_000, cost=0.00004, had=0.05)  # 0.4 of a core's worth
    assert {level for level, _ in seen[3:]} <= {2, 3, 4}
    assert max(waiting for _, waiting in seen) < 20_000
    assert seen[-1][1] < 5000


def test_what_could_not_be_had_for_a_while_is_tried_for_again() -> None:
    budget = Budget(0.0)
    budget.allow({"support": 0.5})
    budget.arrive("support")
    budget.spend("support", 0.01, compared=1)
    budget.look(1.0, 0.0, {"support": 1000})
    for second in range(2, 25):
        for _ in range(3000):  # 0.3 of 0.5
            budget.arrive("support")
        budget.spend("support", 0.3, compared=3000)
        budget.look(float(second), 0.0)
    assert budget.weights() == {"support": 1}


def test_what_a_start_has_cost_is_no_service_s() -> None:
    budget = Budget(0.0, cpu=0.9)
    budget.allow({"support": 0.5})
    for _ in range(100):
        budget.arrive("support")
    budget.look(1.0, 0.9)
    assert budget.weights() == {"support": 1}


def test_a_quieter_time_brings_every_pair_back() -> None:
    budget, _ = after(10, rate=10_000, cost=0.0002)
    for second in range(11, 14):
        budget.arrive("support")
        budget.look(float(second), 100.0)
    assert budget.weights() == {"support": 1}


def test_what_taking_pairs_in_costs_is_no_longer_there_for_comparing() -> None:
    alone, _ = after(20, rate=1000, cost=0.0004)
    beside, _ = after(20, rate=1000, cost=0.0004, beside=0.25)
    assert alone.weights() == {"support": 1}
    assert beside.weights() == {"support": 2}


def test_a_tenth_is_left_for_comparing_however_much_taking_pairs_in_costs() -> None:
    _, cpu = after(60, rate=100, cost=0.001, beside=0.8)
    assert cpu - 60 * 0.8 == pytest.approx(60 * 0.5 / 10, rel=0.2)


def test_a_level_that_would_barely_fit_is_not_gone_back_to() -> None:
    budget, _ = after(10, rate=3000, cost=0.0003)  # 0.9 of a core: every second pair
    assert budget.weights() == {"support": 2}
    for second in range(11, 15):
        for _ in range(1600):  # 0.48 of 0.5
            budget.arrive("support")
        budget.look(float(second), 10.0)
    assert budget.weights() == {"support": 2}


def test_services_that_may_take_more_than_there_is_share_one_core() -> None:
    budget = Budget(0.0)
    budget.allow({"a": 1.0, "b": 3.0})
    budget.flow(1.0)
    for service, share in (("a", 0.25), ("b", 0.75)):
        assert budget.may(service)
        budget.spend(service, ONE_CORE * share)
        assert not budget.may(service)


def test_a_service_waits_until_its_bank_has_something_again() -> None:
    budget = Budget(0.0)
    budget.allow({"support": 0.5})
    budget.spend("support", 0.1)
    assert budget.wait("support") == pytest.approx(0.2)
    budget.flow(0.21)
    assert budget.may("support")


def test_a_service_that_is_not_compared_has_no_level() -> None:
    budget = Budget(0.0)
    budget.allow({"support": 0.5})
    budget.allow({"billing": 0.5})
    assert budget.arrive("support") is None
    budget.spend("support", FIRST_COST)  # what was being judged when it went
    assert budget.weights() == {"billing": 1}

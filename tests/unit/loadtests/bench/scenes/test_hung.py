import pytest

from loadtests.bench.scenes.hung import ANSWERED, DEAD, HUNG, NONE, Beside, interval, section
from loadtests.bench.steady import Steady


def turn(p99_us: float, p50_us: float = 100.0) -> Steady:
    return Steady(requests=4000, failed=0, p50_us=p50_us, p99_us=p99_us, max_us=2000.0)


def beside(*pairs: tuple[float, float], p50_us: float = 100.0) -> list[Beside]:
    return [Beside(turn(without), turn(copied, p50_us)) for without, copied in pairs]


FOUND = {
    NONE: beside((400.0, 800.0), (800.0, 400.0)),
    ANSWERED: beside((400.0, 500.0), (800.0, 1000.0)),
    HUNG: beside((400.0, 400.0), (800.0, 865.28), p50_us=104.0),
    DEAD: beside((400.0, 600.0), (800.0, 1200.0), p50_us=106.0),
}


def test_each_is_held_against_the_requests_without_copies_of_its_round() -> None:
    told = section(FOUND)
    assert [row[-2] for row in told.rows] == ["1.00", "1.25", "1.04", "1.50"]
    assert told.rows[1][:-1] == [
        *(ANSWERED, "0.100", "0.100", "1.00"),
        *("0.750", "0.600", "1.25"),
    ]


def test_half_of_the_users_and_the_slowest_hundredth_may_wait_a_twentieth_longer() -> None:
    hung_p50, hung, dead_p50, dead = section(FOUND).figures
    assert [hung_p50.is_met, dead_p50.is_met] == [True, False]
    assert [round(hung.measured, 2), round(dead.measured, 2)] == [1.04, 1.5]
    assert [hung.is_met, dead.is_met] == [True, False]
    assert HUNG in hung.name
    assert DEAD in dead.name


def test_an_interval_is_wide_where_rounds_differ() -> None:
    assert interval([1.1, 1.1, 1.1]) == pytest.approx((1.1, 1.1, 1.1))
    mean, least, most = interval([2.0, 0.5])
    assert (mean, least * most) == pytest.approx((1.0, 1.0))
    assert least < 0.5

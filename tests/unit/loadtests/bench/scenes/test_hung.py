from loadtests.bench.scenes.hung import ANSWERED, DEAD, HUNG, NO_COPIES, section
from loadtests.bench.steady import Steady


def turn(p99_us: float, max_us: float = 2000.0) -> Steady:
    return Steady(requests=4000, failed=0, p50_us=100.0, p99_us=p99_us, max_us=max_us)


FOUND = {
    NO_COPIES: [turn(400.0), turn(800.0), turn(400.0)],
    ANSWERED: [turn(500.0), turn(1000.0), turn(500.0)],
    HUNG: [turn(400.0), turn(880.0), turn(408.0)],
    DEAD: [turn(440.0), turn(800.0), turn(800.0)],
}


def test_each_is_held_against_the_turn_without_copies_of_its_round() -> None:
    told = section(FOUND)
    assert [row[-1] for row in told.rows] == ["1.00", "1.25", "1.02", "1.10"]
    assert told.rows[2] == [HUNG, "0.100", "0.408", "2.000", "1.02"]


def test_a_backend_that_hangs_or_refuses_may_cost_users_next_to_nothing() -> None:
    hung, dead = section(FOUND).figures
    assert (hung.is_met, dead.is_met) == (True, False)
    assert HUNG in hung.name
    assert DEAD in dead.name

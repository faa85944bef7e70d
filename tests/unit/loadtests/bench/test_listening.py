import pytest

from loadtests.bench.listening import Delays, middle, summary


def test_delays_are_summed_up_by_median_tail_and_longest() -> None:
    found = summary([0.1] * 500 + [0.2] * 490 + [3.0] * 10, cpu_seconds=0.02)
    assert (found.events, found.max_ms) == (1000, 3.0)
    assert found.median_ms == pytest.approx(0.15)
    assert found.p99_ms > 2.0
    assert found.cpu_us == pytest.approx(20.0)


def test_a_disturbed_turn_is_forgiven() -> None:
    turns = [Delays(10, 0.1, 1.0, 2.0, 5.0), Delays(10, 9.0, 99.0, 140.0, 9.0)]
    assert middle([turns[0], *turns, turns[0]]) == Delays(40, 0.1, 1.0, 2.0, 5.0)

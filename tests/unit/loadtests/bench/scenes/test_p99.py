from loadtests.bench.scenes.p99 import section
from loadtests.bench.steady import Steady


def turn(p99_us: float) -> Steady:
    return Steady(1000, 0, 200.0, p99_us, 4000.0)


def test_a_p99_no_worse_than_envoy_s_is_met_and_a_disturbed_round_forgiven() -> None:
    found = {
        "Envoy": [turn(1000.0), turn(1000.0), turn(1000.0)],
        "Gray Router": [turn(900.0), turn(5000.0), turn(1000.0)],
    }
    [figure] = section(found, 4000).figures
    assert figure.measured == 1.0
    assert figure.is_met


def test_a_worse_one_is_missed_by_so_much() -> None:
    found = {"Envoy": [turn(1000.0)], "Gray Router": [turn(1300.0)]}
    [figure] = section(found, 4000).figures
    assert figure.sentence() == (
        "MISSED by 30 %: p99 at equal load, as a multiple of Envoy's, is 1.30, the limit 1"
    )


def test_the_load_is_told() -> None:
    assert "4,000 requests a second" in section({"nginx": [turn(1.0)]}, 4000).measured

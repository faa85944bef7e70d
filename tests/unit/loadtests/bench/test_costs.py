from loadtests.bench import costs
from loadtests.bench.results import Round


def rounds(**cpu_us: float) -> dict[str, list[Round]]:
    return {name: [Round(cost, 41776.0, 662, 4058, 4.26, 19.72)] for name, cost in cpu_us.items()}


def test_a_row_has_the_cost_and_its_multiples() -> None:
    row = costs.rows(rounds(nginx=15.04, Envoy=30.08))[1]
    assert row == ["Envoy", "30.1", "2.00", "1.00", "41,776", "0.66", "4.06", "4.3", "19.72"]


def test_a_ratio_without_its_proxy_is_a_dash() -> None:
    assert costs.rows(rounds(nginx=15.0))[0][2:4] == ["1.00", "-"]


def test_only_who_ran_is_held_against() -> None:
    found = rounds(**{"nginx": 10.0, "Gray Router": 20.0})
    figures = list(costs.figures(found, {"Envoy": 1.0, "nginx": 1.5}))
    assert [(figure.measured, figure.limit) for figure in figures] == [(2.0, 1.5)]
    assert list(costs.figures(rounds(nginx=10.0), {"nginx": 1.5})) == []


def test_a_cost_is_told_as_what_a_core_carries() -> None:
    assert costs.capacity(rounds(nginx=20.0), "requests") == (
        "A core that does nothing else carries so many requests a second: 50,000 by nginx."
    )

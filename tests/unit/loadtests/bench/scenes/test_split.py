from loadtests.bench.results import Round
from loadtests.bench.scenes import bulk100k, many, split, tls, uploads


def rounds(ours: float) -> dict[str, list[Round]]:
    costs = {"nginx": 10.0, "Envoy": 30.0, "Gray Router": ours}
    return {name: [Round(cost, 1000.0, 1, 1, 1.0, 20.0)] for name, cost in costs.items()}


def test_a_request_has_a_limit_against_envoy_and_nginx() -> None:
    assert all(figure.is_met for figure in split.section(rounds(18.0), "").figures)
    assert [figure.sentence() for figure in split.section(rounds(27.0), "").figures] == [
        "MISSED by 20 %: CPU a request, as a multiple of Envoy's, is 0.90, the limit 0.75",
        "MISSED by 50 %: CPU a request, as a multiple of nginx's, is 2.70, the limit 1.8",
    ]


def test_large_bodies_may_cost_what_they_cost_envoy() -> None:
    for scene in (bulk100k, uploads):
        assert [figure.is_met for figure in scene.section(rounds(30.0), "").figures] == [True]
        assert [figure.is_met for figure in scene.section(rounds(30.1), "").figures] == [False]


def test_many_connections_and_tls_are_told_without_a_limit() -> None:
    for scene in (many, tls):
        told = scene.section(rounds(90.0), "")
        assert told.figures == []
        assert [row[0] for row in told.rows] == ["nginx", "Envoy", "Gray Router"]

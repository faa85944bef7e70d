from loadtests.bench.figures import figures
from loadtests.bench.results import Delays, Results, Round, Setting, Transfer

SETTING = Setting("2026-01-02", "a machine", "a system", {}, rounds=1, seconds=1, connections=32)


def results(
    *, cpu_us: float = 20.0, median_ms: float = 0.1, max_ms: float = 2.0, rise_mib: float = 1.0
) -> Results:
    costs = {"nginx": 10.0, "Envoy": 30.0, "Gray Router": cpu_us}
    return Results(
        SETTING,
        split={name: [Round(cost, 1000, 1, 1, 1.0, 20.0)] for name, cost in costs.items()},
        events={"Gray Router": Delays(1000, median_ms, 1.0, max_ms)},
        bulk={"Gray Router": [Transfer("upload", 1024, 1.0, rise_mib)]},
    )


def missed(found: Results) -> list[str]:
    return [figure.sentence() for figure in figures(found) if not figure.is_met]


def test_a_good_run_misses_nothing() -> None:
    assert len(figures(results())) == 5
    assert missed(results()) == []


def test_more_cpu_than_allowed_against_nginx_is_missed() -> None:
    assert missed(results(cpu_us=22.1)) == [
        "MISSED: CPU a request, as a multiple of nginx's, is 2.21, the limit 2.2"
    ]


def test_more_cpu_than_allowed_against_envoy_is_missed() -> None:
    assert "MISSED: CPU a request, as a multiple of Envoy's, is 0.86, the limit 0.85" in missed(
        results(cpu_us=25.7)
    )


def test_late_events_are_missed() -> None:
    assert missed(results(median_ms=0.6, max_ms=11.0)) == [
        "MISSED: an event's median delay in ms is 0.60, the limit 0.5",
        "MISSED: an event's longest delay in ms is 11.00, the limit 10",
    ]


def test_memory_that_rises_with_a_large_body_is_missed() -> None:
    assert missed(results(rise_mib=17.0)) == [
        "MISSED: the memory's rise in MiB, upload of 1024 MiB, is 17.00, the limit 16"
    ]


def test_what_was_not_measured_is_not_judged() -> None:
    assert figures(Results(SETTING, split={}, events={}, bulk={})) == []

from loadtests.bench.listening import Delays
from loadtests.bench.scenes.events import section


def missed(median_ms: float, max_ms: float) -> list[str]:
    found = section({"Gray Router": [Delays(1000, median_ms, 1.0, max_ms)]})
    return [figure.sentence() for figure in found.figures if not figure.is_met]


def test_events_in_time_miss_nothing() -> None:
    assert missed(0.5, 10.0) == []


def test_late_events_are_missed() -> None:
    assert missed(0.6, 11.0) == [
        "MISSED by 20 %: an event's median delay in ms is 0.60, the limit 0.5",
        "MISSED by 10 %: an event's longest delay in ms is 11.00, the limit 10",
    ]

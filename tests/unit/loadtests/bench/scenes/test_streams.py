from loadtests.bench.listening import DIRECT, Delays
from loadtests.bench.scenes.streams import section


def found(median_ms: float, max_ms: float) -> dict[str, list[Delays]]:
    return {
        DIRECT: [Delays(4000, 0.1, 0.4, 3.0)],
        "Gray Router": [Delays(4000, median_ms, 1.0, max_ms, cpu_us=25.0)],
    }


def test_what_counts_is_the_delay_over_that_without_a_proxy() -> None:
    figures = section(found(0.3, 5.0)).figures
    assert [round(figure.measured, 6) for figure in figures] == [0.2, 2.0]
    assert all(figure.is_met for figure in figures)


def test_streams_that_are_late_are_missed() -> None:
    assert [figure.is_met for figure in section(found(0.61, 13.1)).figures] == [False, False]


def test_an_event_has_its_cost_and_a_core_its_events() -> None:
    told = section(found(0.3, 5.0))
    assert told.rows[1] == ["Gray Router", "4000", "0.300 (+0.200)", "5.000 (+2.000)", "25.0"]
    assert "40,000 by Gray Router" in told.meaning

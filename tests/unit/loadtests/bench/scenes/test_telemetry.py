from loadtests.bench.results import Round
from loadtests.bench.scenes import telemetry
from loadtests.bench.scenes.telemetry import counting_us, section


def rounds(cpu_us: float) -> list[Round]:
    return [Round(cpu_us, 1000.0, 1, 1, 1.0, 20.0)]


def test_counting_a_request_takes_time_but_not_a_tenth_of_a_millisecond() -> None:
    assert 0.0 < counting_us() < 100.0


def test_counting_has_a_limit() -> None:
    assert section(1.0, {}).figures[0].is_met
    assert section(1.5, {}).figures[0].sentence() == (
        "MISSED by 50 %: counting, in µs a request, is 1.50, the limit 1"
    )


def test_each_kind_of_access_log_is_held_against_none() -> None:
    costs = {"access_log: off": rounds(40.0), "access_log: all": rounds(50.0)}
    assert section(0.5, costs).rows[1:] == [
        ["access_log: off", "40.0", "1.00"],
        ["access_log: all", "50.0", "1.25"],
    ]


def test_the_first_kind_is_none() -> None:
    assert telemetry.LOGS[0] == "off"

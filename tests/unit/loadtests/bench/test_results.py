import pytest

from loadtests.bench.results import Results, Round, Setting, joined, median, ratio


def rounds(*cpu_us: float) -> list[Round]:
    return [Round(each, 1000, 500, 900, 10.0, 20.0) for each in cpu_us]


def test_a_median_forgives_one_disturbed_round() -> None:
    assert median(rounds(20.0, 21.0, 90.0), "cpu_us") == 21.0


def test_a_ratio_is_taken_within_a_round_so_that_a_slower_machine_slows_both() -> None:
    split = {"ours": rounds(20.0, 40.0, 22.0), "theirs": rounds(10.0, 20.0, 11.0)}
    assert ratio(split, "ours", "theirs") == 2.0


def test_there_is_no_ratio_to_a_proxy_that_did_not_run() -> None:
    assert ratio({"ours": rounds(20.0)}, "ours", "theirs") is None


def test_runs_of_two_machines_are_not_joined() -> None:
    here = Results(Setting("2026-01-02", "a machine", "", {}), {}, {})
    there = Results(Setting("2026-01-02", "another", "", {}), {}, {})
    with pytest.raises(ValueError, match="elsewhere"):
        joined(here, there)
    disturbed = Results(Setting("2026-01-03", "a machine", "", {}, 3.0), {}, {})
    assert joined(here, disturbed).setting == Setting("2026-01-02", "a machine", "", {}, 3.0)

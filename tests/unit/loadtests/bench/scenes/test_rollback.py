from loadtests.bench.scenes.rollback import Call, section

CALLS = [Call(10.0 + each, 5.0 + each, 2.0 + each) for each in range(100)]


def test_each_part_of_a_rollback_has_its_own_distribution() -> None:
    ai, workers, report, starts = section(CALLS, [90.0, 100.0, 140.0]).rows
    assert ai[1:] == ["51.5", "101.0", "101.0"]
    assert workers[1:] == ["54.5", "104.0", "104.0"]
    assert report[1:] == ["59.5", "109.0", "109.0"]
    assert starts[1:] == ["100.0", "140.0", "140.0"]


def test_a_command_line_that_starts_in_time_meets_the_figure() -> None:
    [figure] = section(CALLS, [90.0, 100.0, 400.0]).figures
    assert figure.is_met


def test_one_that_starts_late_misses_it() -> None:
    [figure] = section(CALLS, [190.0, 200.0, 210.0]).figures
    assert not figure.is_met

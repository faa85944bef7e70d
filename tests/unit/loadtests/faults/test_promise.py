from loadtests.faults.promise import all_of, at_most, none, p99, shown


def test_a_limit_may_be_reached_but_not_passed() -> None:
    assert at_most("CPU", 5.0, 5.0, "%").held
    assert not at_most("CPU", 5.1, 5.0, "%").held
    assert at_most("CPU", 0.25, 5.0, "%").promised == "CPU ≤ 5 %"
    assert at_most("CPU", 0.25, 5.0, "%").seen == "0.25 %"


def test_time_and_cpu_are_other_people_s_matter_too_and_memory_is_not() -> None:
    assert [at_most("it", 1.0, 2.0, unit).is_timing for unit in ("s", "ms", "%", "MiB")] == [
        True,
        True,
        True,
        False,
    ]


def test_nothing_may_have_happened_among_enough() -> None:
    assert none("request fails", [], 10_000, at_least=10_000).held
    assert not none("request fails", [7], 10_000).held
    assert none("request fails", [7, 8, 9, 10], 10_000).seen == "4 of 10,000: 7; 8; 9"


def test_a_promise_may_say_where_it_counts() -> None:
    assert none("request fails", [], 9, where="2 workers: ").promised == (
        "2 workers: no request fails"
    )


def test_too_few_chances_prove_nothing() -> None:
    few = none("request fails", [], 9_999, at_least=10_000)
    assert not few.held
    assert few.seen == "0 of 9,999, too few: 10,000 are needed"
    assert not none("request fails", [], 0).held


def test_all_are_all() -> None:
    assert all_of("answers come", 50, 50).held
    assert not all_of("answers come", 49, 50).held


def test_ninety_nine_of_a_hundred_are_not_above_the_p99() -> None:
    assert p99([float(value) for value in range(100, 0, -1)]) == 99.0
    assert p99([3.0]) == 3.0


def test_a_figure_is_shown_by_three_digits() -> None:
    assert [shown(figure) for figure in (0.12345, 12.345, 12345.6)] == ["0.123", "12.3", "12,346"]

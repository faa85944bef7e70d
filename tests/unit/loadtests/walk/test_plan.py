from loadtests.walk.plan import STEPS, changes_due


def test_the_percentage_changes_twenty_times_and_visits_both_ends() -> None:
    assert len(STEPS) == 20
    assert {0.0, 100.0} <= set(STEPS)


def test_every_change_is_one_and_the_walk_goes_both_ways() -> None:
    pairs = list(zip((0.0, *STEPS), STEPS, strict=False))
    assert all(before != after for before, after in pairs)
    assert sum(after > before for before, after in pairs) >= 10
    assert sum(after < before for before, after in pairs) >= 5


def test_the_changes_are_spread_over_the_requests() -> None:
    due = [changes_due(answers, 210_000) for answers in (0, 9_999, 10_000, 105_000, 200_000)]
    assert due == [0, 0, 1, 10, 20]


def test_no_change_is_due_after_the_last() -> None:
    assert changes_due(400_000, 210_000) == 20

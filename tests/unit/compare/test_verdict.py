from router.compare.verdict import Change, Difference, Result, Verdict

SCORE = Difference("/score", Change.VALUE, "/score", 1, 2)


def test_a_verdict_without_differences_is_a_match() -> None:
    assert Verdict().result is Result.MATCH


def test_a_difference_makes_it_divergent() -> None:
    assert Verdict((SCORE,)).result is Result.DIVERGENT


def test_what_could_not_be_compared_is_an_error_whatever_was_found_before() -> None:
    assert Verdict((SCORE,), error="too_deep").result is Result.ERROR

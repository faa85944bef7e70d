import random

from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.comparer.reservoir import EACH_MINUTE, MOST_KINDS, Reservoir, differences_of


def judged(*fields: str, error: str = "") -> Judged:
    differences = tuple(Difference(each, Change.VALUE, each, 1, 2) for each in fields)
    return Judged("support", "7", 0.0, Verdict(differences, error=error))


def taken(reservoir: Reservoir, number: int, *fields: str, now: float = 0.0) -> int:
    pair = judged(*fields)
    return sum(reservoir.takes(pair, Result.DIVERGENT, now) for _ in range(number))


def test_the_first_ones_of_a_minute_are_taken_and_ever_fewer_after_them() -> None:
    reservoir = Reservoir(random.Random(1).random)
    assert taken(reservoir, EACH_MINUTE, "/at") == EACH_MINUTE
    assert 15 < taken(reservoir, 10_000, "/at") < 60
    assert taken(reservoir, EACH_MINUTE, "/at", now=61.0) == EACH_MINUTE


def test_what_is_rare_is_taken_though_something_frequent_comes_with_it() -> None:
    reservoir = Reservoir(lambda: 1.0)
    assert taken(reservoir, 1000, "/at") == EACH_MINUTE
    assert taken(reservoir, 1, "/at", "/label") == 1


def test_kinds_without_end_are_one_in_the_end() -> None:
    reservoir = Reservoir(lambda: 1.0)
    each_once = sum(taken(reservoir, 1, f"/{number}") for number in range(MOST_KINDS + 500))
    assert each_once == MOST_KINDS + EACH_MINUTE


def test_pairs_that_are_alike_or_cannot_be_compared_are_kinds_of_their_own() -> None:
    reservoir = Reservoir(lambda: 1.0)
    kinds = [
        (judged(), Result.MATCH),
        (judged(error="undecodable"), Result.ERROR),
        (judged(error="too_deep"), Result.ERROR),
    ]
    for pair, result in kinds:
        assert sum(reservoir.takes(pair, result, 0.0) for _ in range(50)) == EACH_MINUTE


def test_a_sample_is_looked_for_by_each_field_and_change_once() -> None:
    assert differences_of(judged("/a", "/b", "/a").verdict) == (("/a", "value"), ("/b", "value"))

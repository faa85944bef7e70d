from collections.abc import Mapping

import pytest

from router.compare.noise import FEWEST, result_of
from router.compare.tally import Tally
from router.compare.verdict import Result, Verdict
from tests.support.judging import differing, judged

FIELDS = frozenset({"/at", "/id"})


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (Verdict(), Result.MATCH),
        (differing("/at"), Result.NOISE),
        (differing("/at", "/id"), Result.NOISE),
        (differing("/at", "/price"), Result.DIVERGENT),
        (differing("/price"), Result.DIVERGENT),
        (Verdict(error="undecodable"), Result.ERROR),
    ],
)
def test_a_pair_is_noise_if_all_that_differs_is(verdict: Verdict, result: Result) -> None:
    assert result_of(verdict, FIELDS) is result


def counted(kinds: Mapping[tuple[int, int, int], int]) -> Tally:
    """Count pairs by whether AI, legacy's second answer and AI's second answer differ in /a."""
    tally = Tally()
    for (between, legacy, ai), count in kinds.items():
        for _ in range(count):
            tally.add(judged(["/a"] * between, ["/a"] * legacy, ["/a"] * ai))
    return tally


def test_what_differs_from_itself_as_often_is_noise() -> None:
    assert counted({(1, 1, 1): 10, (1, 0, 0): 10, (0, 1, 1): 10, (0, 0, 0): 70}).noisy() == {"/a"}


def test_what_differs_from_itself_far_less_often_is_none() -> None:
    assert counted({(1, 1, 1): 1, (1, 0, 0): 30, (0, 0, 0): 70}).noisy() == frozenset()


def test_what_never_differs_from_itself_is_no_noise_however_rare_it_is() -> None:
    assert counted({(1, 0, 0): 1, (0, 0, 0): 99}).noisy() == frozenset()


def test_noise_on_one_side_alone_is_noise() -> None:
    """AI alone rolls dice: two of its answers differ twice as often as it differs from legacy."""
    pairs = {(1, 0, 1): 8, (1, 0, 0): 2, (0, 0, 1): 10, (0, 0, 0): 80}
    assert counted(pairs).noisy() == {"/a"}


def test_nothing_is_taken_for_noise_before_enough_was_asked_twice() -> None:
    assert counted({(1, 1, 1): FEWEST - 1}).noisy() == frozenset()
    assert counted({(1, 1, 1): FEWEST}).noisy() == {"/a"}

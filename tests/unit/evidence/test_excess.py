from math import log

import pytest

from router.compare.cells import (
    AI_OWN,
    AI_TWICE,
    BOTH_TWICE,
    DIFFERS,
    LEGACY_OWN,
    LEGACY_TWICE,
    Counts,
)
from router.evidence.betting import Cell
from router.evidence.excess import Excess, excess_beyond_noise, kind_of_repeats
from router.evidence.paired import log_evidence_above, log_evidence_of_signs

SHARE = log(7 / 8)


def excess(counts: Counts, kind: int = BOTH_TWICE) -> Excess:
    return excess_beyond_noise(counts, kind, 0.05, 1)


@pytest.mark.parametrize(
    ("groups", "kind"),
    [
        ({}, 0),
        ({0: 100}, 0),
        ({0: 9, LEGACY_TWICE: 1}, LEGACY_TWICE),
        ({AI_TWICE: 2, LEGACY_TWICE: 1}, AI_TWICE),
        ({AI_TWICE: 2, BOTH_TWICE: 2}, BOTH_TWICE),
        ({BOTH_TWICE: 1, 32 | BOTH_TWICE: 1, AI_TWICE: 1}, BOTH_TWICE),
    ],
)
def test_who_was_asked_twice_most_often_says_what_noise_is(groups: Counts, kind: int) -> None:
    assert kind_of_repeats(groups) == kind


def test_what_never_differs_from_itself_differs_beyond_noise() -> None:
    found = excess({BOTH_TWICE: 950, BOTH_TWICE | DIFFERS: 50})
    assert found.estimate == pytest.approx(0.05)
    assert found.interval.low > 0.02
    assert found.pairs == 1000
    assert found.log_evidence > log(1000)


def test_what_differs_from_itself_as_often_does_not() -> None:
    found = excess(
        {BOTH_TWICE: 900, BOTH_TWICE | DIFFERS: 50, BOTH_TWICE | LEGACY_OWN | AI_OWN: 50}
    )
    assert found.estimate == pytest.approx(0)
    assert 0 in found.interval
    assert found.log_evidence < 0


def test_noise_of_one_side_counts_half_where_both_are_known() -> None:
    counts = {
        BOTH_TWICE: 800,
        BOTH_TWICE | DIFFERS | AI_OWN: 50,
        BOTH_TWICE | DIFFERS: 50,
        BOTH_TWICE | AI_OWN: 100,
    }
    assert excess(counts).estimate == pytest.approx(0.1 - 0.15 / 2)


def test_the_noise_of_the_other_side_is_not_looked_at_where_one_side_is_asked_twice() -> None:
    counts = {LEGACY_TWICE: 900, LEGACY_TWICE | DIFFERS: 90, BOTH_TWICE | DIFFERS | AI_OWN: 10}
    found = excess(counts, LEGACY_TWICE)
    assert found.estimate == pytest.approx(0.1)
    assert found.pairs == 1000


def test_whole_differences_are_judged_by_their_signs() -> None:
    counts = {LEGACY_TWICE: 900, LEGACY_TWICE | DIFFERS: 90, LEGACY_TWICE | LEGACY_OWN: 10}
    expected = SHARE + log_evidence_of_signs(90, 10)
    assert excess(counts, LEGACY_TWICE).log_evidence == pytest.approx(expected)


def test_halves_are_bet_on() -> None:
    counts = {BOTH_TWICE: 900, BOTH_TWICE | DIFFERS | LEGACY_OWN: 100}
    expected = SHARE + log_evidence_above((Cell(900, 1.0, 0.0), Cell(100, 1.0, 0.5)), 0.0)
    assert excess(counts).log_evidence == pytest.approx(expected)


def test_requests_asked_once_say_how_often_a_quiet_field_differs() -> None:
    """500 were asked twice and were never noisy; 9,500 more tell how often AI differs."""
    twice = {BOTH_TWICE: 485, BOTH_TWICE | DIFFERS: 15}
    alone = excess(twice)
    found = excess({**twice, 0: 9215, DIFFERS: 285})
    assert found.estimate == pytest.approx(0.03)
    width = found.interval.high - found.interval.low
    assert width < 0.6 * (alone.interval.high - alone.interval.low)


def test_requests_asked_once_correct_an_unlucky_sample() -> None:
    """Among those asked twice differences were rarer than among all."""
    found = excess({BOTH_TWICE: 99, BOTH_TWICE | DIFFERS: 1, 0: 900, DIFFERS: 100})
    assert found.estimate == pytest.approx(101 / 1100)


def test_a_pair_that_stands_for_four_counts_four_times() -> None:
    level_2 = 2 << 5
    counts = {BOTH_TWICE: 400, level_2 | BOTH_TWICE: 50, level_2 | BOTH_TWICE | DIFFERS: 50}
    found = excess_beyond_noise(counts, BOTH_TWICE, 0.05, 4)
    assert found.estimate == pytest.approx(200 / 800)
    assert 0.25 in found.interval

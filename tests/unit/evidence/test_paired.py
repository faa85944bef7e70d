from math import exp, log

import pytest

from router.evidence.betting import Cell, Cells, mean_of, mirrored
from router.evidence.paired import (
    log_evidence_above,
    log_evidence_of_signs,
    paired_interval,
)


def differences(more: int, same: int, fewer: int, half: int = 0) -> Cells:
    return (
        Cell(more, 1.0, 1.0),
        Cell(same, 1.0, 0.0),
        Cell(fewer, 1.0, -1.0),
        Cell(half, 1.0, 0.5),
    )


# Reference values, computed apart from this code...


@pytest.mark.parametrize(
    ("cells", "margin", "expected"),
    [
        (differences(40, 450, 10), 0.0, 7.961455),
        (differences(60, 420, 20), 0.05, 0.494271),
    ],
)
def test_the_evidence_that_ai_is_worse(cells: Cells, margin: float, expected: float) -> None:
    assert log_evidence_above(cells, margin) == pytest.approx(expected, abs=1e-6)


def test_the_evidence_that_ai_is_not_worse() -> None:
    fewer = mirrored(differences(15, 470, 15))
    assert log_evidence_above(fewer, -0.05) == pytest.approx(6.858160, abs=1e-6)


@pytest.mark.parametrize(
    ("more", "fewer", "expected"),
    [(40, 10, 8.365959), (12, 10, -0.986392), (0, 0, 0.0), (9, 0, log(1023 / 10))],
)
def test_the_evidence_of_signs_alone(more: int, fewer: int, expected: float) -> None:
    assert log_evidence_of_signs(more, fewer) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("more", "fewer"), [(0, 10_000), (500_000, 500_000), (9000, 1000)])
def test_signs_of_many_pairs_have_evidence_too(more: int, fewer: int) -> None:
    """Where the binomial coefficients themselves would be beyond a double."""
    found = log_evidence_of_signs(more, fewer)
    assert -15 < found < 4000
    assert (found > 0) == (more > 2 * fewer)


# What makes it evidence...


@pytest.mark.parametrize("margin", [-0.5, 0.0, 0.05, 0.9])
def test_no_evidence_comes_of_a_difference_at_the_margin(margin: float) -> None:
    """X is 1 or -1, with the margin as its mean: the capital stays what it is on average."""
    up = (1 + margin) / 2
    won = exp(log_evidence_above((Cell(1, 1.0, 1.0),), margin))
    lost = exp(log_evidence_above((Cell(1, 1.0, -1.0),), margin))
    assert up * won + (1 - up) * lost == pytest.approx(1)


def test_signs_that_fall_as_coins_do_give_no_evidence_on_average() -> None:
    """Over all ways that six coins may fall."""
    expected = sum(
        exp(log_evidence_of_signs(heads, 6 - heads)) * ways / 64
        for heads, ways in enumerate([1, 6, 15, 20, 15, 6, 1])
    )
    assert expected == pytest.approx(1)


@pytest.mark.parametrize(
    "cells",
    [
        differences(40, 450, 10),
        differences(0, 100, 0),
        differences(3, 10_000, 50, half=70),
        differences(5, 0, 0),
    ],
)
def test_an_interval_is_where_neither_side_has_evidence(cells: Cells) -> None:
    interval = paired_interval(cells, 0.05)
    level = log(2 / 0.05) - log(7 / 8)
    assert mean_of(cells) in interval
    if interval.low > -1:
        assert log_evidence_above(cells, interval.low) >= level
    if interval.high < 1:
        assert log_evidence_above(mirrored(cells), -interval.high) >= level
    inside = interval.low + 0.02 * (interval.high - interval.low)
    assert log_evidence_above(cells, inside) < level + 0.05


def test_a_mirrored_difference_has_the_mirrored_interval() -> None:
    one = paired_interval(differences(40, 450, 10), 0.05)
    other = paired_interval(differences(10, 450, 40), 0.05)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))

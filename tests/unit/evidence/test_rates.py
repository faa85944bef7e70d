from math import exp, lgamma, log

import pytest

from router.evidence.betting import Cell, Cells
from router.evidence.rates import complements, log_evidence_above, rate_interval


def coins(heads: int, tosses: int) -> Cells:
    return Cell(tosses - heads, 1.0, 0.0), Cell(heads, 1.0, 1.0)


def mixture_of_binomials(heads: int, tosses: int, alpha: float) -> tuple[float, float]:
    """Robbins' interval with a Beta(1/2, 1/2), as the measure of what betting is worth."""
    tails = tosses - heads
    mixed = lgamma(heads + 0.5) + lgamma(tails + 0.5) - lgamma(tosses + 1) - 2 * lgamma(0.5)

    def end(outside: float) -> float:
        inside = heads / tosses
        for _ in range(60):
            middle = (inside + outside) / 2
            if mixed - heads * log(middle) - tails * log(1 - middle) < -log(alpha):
                inside = middle
            else:
                outside = middle
        return outside

    return end(1e-12), end(1 - 1e-12)


@pytest.mark.parametrize(
    ("heads", "tosses", "low", "high"),
    [
        (0, 1000, 0.0, 0.0051),
        (30, 1000, 0.0147, 0.0529),
        (200, 1000, 0.158, 0.247),
        (600, 20_000, 0.0259, 0.0344),
        (1000, 1000, 0.9949, 1.0),
    ],
)
def test_an_interval_is_as_wide_as_it_was(heads: int, tosses: int, low: float, high: float) -> None:
    found = rate_interval(coins(heads, tosses), 0.05)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(
    ("heads", "tosses"), [(60, 20_000), (600, 20_000), (4000, 20_000), (30_000, 1_000_000)]
)
def test_betting_is_a_tenth_narrower_than_a_mixture_of_binomials(heads: int, tosses: int) -> None:
    found = rate_interval(coins(heads, tosses), 0.05)
    low, high = mixture_of_binomials(heads, tosses, 0.05)
    assert (found.high - found.low) / (high - low) < 0.92


def test_the_interval_of_the_opposite_is_the_opposite_interval() -> None:
    cells = (*coins(30, 1000), Cell(70, 1.0, 0.5))
    found, opposite = rate_interval(cells, 0.05), rate_interval(complements(cells), 0.05)
    assert (opposite.low, opposite.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_halves_are_narrower_than_coins() -> None:
    """Whoever counts 200 halves as 100 heads says more than was seen."""
    halves = rate_interval((Cell(800, 1.0, 0.0), Cell(200, 1.0, 0.5)), 0.05)
    whole = rate_interval(coins(100, 1000), 0.05)
    assert halves.high - halves.low < 0.8 * (whole.high - whole.low)


def test_pairs_that_stand_for_as_many_cost_little() -> None:
    """All of weight 8: as if they were of weight 1, but for what was set aside for others."""
    same = rate_interval(coins(200, 1000), 0.05)
    sampled = rate_interval(coins(200, 1000), 0.05, 8)
    assert 1 < (sampled.high - sampled.low) / (same.high - same.low) < 1.4


@pytest.mark.parametrize("rate", [0.001, 0.2, 0.99])
def test_a_fair_coin_gives_no_evidence_on_average(rate: float) -> None:
    heads = exp(log_evidence_above((Cell(1, 1.0, 1.0),), rate))
    tails = exp(log_evidence_above((Cell(1, 1.0, 0.0),), rate))
    assert rate * heads + (1 - rate) * tails == pytest.approx(1)

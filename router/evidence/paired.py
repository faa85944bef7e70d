"""Evidence about a paired difference X between -1 and 1.

X is what AI did less what legacy did on the same request: 1 where AI alone failed, -1 where legacy
alone did, 0 else. Or what differs beyond noise, with halves (`compare.cells.excess_of`).
"""

from math import exp, lgamma, log, log1p
from typing import Final

from router.evidence.betting import (
    Cells,
    log_capital,
    log_share,
    lower_bound,
    mirrored,
)
from router.evidence.intervals import Interval

BETS: Final = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Shares of what may be staked at most."""
_NO_ROOM: Final = 1e-9


def log_evidence_above(cells: Cells, margin: float) -> float:
    """Return the logarithm of the evidence against a mean of X of at most ``margin``.

    `log mean_j product(1 + L_j / (1 + margin) * (X - margin))`: no stake can lose more than all,
    since X - margin is at least -(1 + margin).
    """
    return log_capital(cells, margin, _grid(margin))


def log_evidence_of_signs(more: int, fewer: int) -> float:
    """Return the logarithm of the evidence that X = 1 is likelier than X = -1, if X is whole.

    McNemar's test for all times: of the pairs that differ, the share p of those with X = 1 is at
    most a half by hypothesis, against all p above it alike:
    `(b + c + 1) ln 2 + ln B(b + 1, c + 1) + ln(1 - I_0.5(b + 1, c + 1))`.
    """
    both = more + fewer
    log_beta = lgamma(more + 1) + lgamma(fewer + 1) - lgamma(both + 2)
    return (both + 1) * log(2) + log_beta + _log_more_or_less(more, fewer)


def paired_interval(cells: Cells, alpha: float, largest_weight: int = 1) -> Interval:
    """Return where the mean of X lies, wrong at any time with at most ``alpha``."""
    level = log(2 / alpha) - log_share(largest_weight)
    above = lower_bound(cells, _grid, -1.0, level)
    return Interval(above, -lower_bound(mirrored(cells), _grid, -1.0, level))


def _grid(margin: float) -> list[float]:
    room = max(1.0 + margin, _NO_ROOM)
    return [bet / room for bet in BETS]


def _log_more_or_less(more: int, fewer: int) -> float:
    """Return `ln(1 - I_0.5(more + 1, fewer + 1))`.

    That is the chance of at most `more` heads in `more + fewer + 1` tosses. It or its complement is
    a tail of the binomial distribution, whose terms fall fast.
    """
    tosses, few = more + fewer + 1, min(more, fewer)
    log_term = lgamma(tosses + 1) - lgamma(few + 1) - lgamma(tosses - few + 1) - tosses * log(2)
    term = total = 1.0
    for heads in range(few, 0, -1):
        term *= heads / (tosses - heads + 1)
        total += term
        if term < _NOTHING:
            break
    log_tail = log_term + log(total)
    return log_tail if more < fewer else log1p(-exp(log_tail))


_NOTHING: Final = 1e-16

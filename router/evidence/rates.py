"""How large a rate is: an interval that holds at all times at once.

By betting, and not by the closed mixture of binomials (Robbins 1970): that one knows no weights and
no drift, and takes what lies between 0 and 1, as half a difference does, for a coin. Where both
apply, betting is a tenth narrower from a thousand pairs on (tests/unit/evidence/test_rates.py).
"""

from functools import lru_cache
from math import log
from typing import Final

from router.evidence.betting import Cell, Cells, log_capital, log_share, lower_bound
from router.evidence.intervals import Interval

BETS: Final = tuple(2.0**power for power in (4, 2, 1, 0, -1, -2, -3, -4, -5, -6, -7, -8))
"""From what three events in a hundred want to what a million pairs want."""
_ALL_IN: Final = 0.95
_REMEMBERED: Final = 1024
"""Most fields of a service never differ from themselves, which is one computation for all."""


@lru_cache(_REMEMBERED)
def rate_interval(cells: Cells, alpha: float, largest_weight: int = 1) -> Interval:
    """Return where the mean of values from 0 to 1 lies; ever wrong with at most ``alpha``."""
    level = log(2 / alpha) - log_share(largest_weight)
    above = lower_bound(cells, _grid, 0.0, level)
    below = lower_bound(complements(cells), _grid, 0.0, level)
    return Interval(above, 1.0 - below)


def log_evidence_above(cells: Cells, rate: float) -> float:
    """Return the logarithm of the evidence against a mean of at most ``rate``."""
    return log_capital(cells, rate, _grid(rate))


def complements(cells: Cells) -> Cells:
    """Return the cells of 1 - x."""
    return tuple([Cell(count, stake, 1.0 - value) for count, stake, value in cells])


def _grid(mean: float) -> list[float]:
    most = _ALL_IN / mean if mean > _ALL_IN / BETS[0] else BETS[0]
    return [bet if bet < most else most for bet in BETS]

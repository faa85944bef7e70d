"""Evidence about a mean, by betting against it: the core of everything in this package.

Whoever believes that the mean of x is m takes any bet that is fair under m. We stake a share of our
capital on each pair, so that a pair multiplies it by `1 + bet * (x - m)`: by 1 on average if the
mean is m, by less if it is lower. A capital of K is evidence of K to 1 that the mean is above m: by
Ville's inequality it ever reaches 1 / alpha with a probability of at most alpha, however often one
looks (Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting").
The capital is split evenly over a grid of bets and added up, since the best one is not known.

The order of the pairs does not matter, so counts of cells are enough. No bet depends on what was
seen, which has two more merits:

- What is said holds for the *average* of the means so far, which may drift: the product of
  `1 + bet * (mean_i - m)` is at most `exp(bet * sum(mean_i - m))`.
- A pair that stands for w requests, since it was kept with probability 1 / w, gets w times the
  stake. Over all requests, the dropped ones included, `w * kept * (x - m)` has the mean of `x - m`,
  so all of the above holds for the average over requests.

No stake may be more than all, so stakes are shares of the largest weight that has come. Were that
known from the beginning, that would be all; it is not, so that a part of the capital is set aside
for each: 7/8 for weights of 1, 1/16 for 2, 1/32 for 4, and so on. What was set aside for smaller
weights is lost when a larger one comes; what was set aside for larger ones is not counted.
"""

from collections.abc import Callable, Sequence
from math import exp, log, log1p, sqrt
from typing import Final, NamedTuple


class Cell(NamedTuple):
    """So many pairs had this value. stake: their weight as a share of the largest one."""

    pairs: int
    stake: float
    value: float


Cells = tuple[Cell, ...]
Grid = Callable[[float], list[float]]
"""The bets against a mean. The more, the lower the mean is; none may lose more than all there."""


def log_capital(cells: Cells, mean: float, bets: Sequence[float]) -> float:
    """Return the logarithm of the average capital after betting that the mean is above ``mean``."""
    logs = _logs(cells, mean, bets)
    return _log_sum(logs) - log(len(bets))


def log_share(largest_weight: int) -> float:
    """Return the logarithm of the part of the capital that was set aside for this weight."""
    return log(7 / 8) if largest_weight == 1 else -log(8 * largest_weight)


def mean_of(cells: Cells) -> float:
    """Return the weighted mean, unbiased whatever pairs were dropped."""
    total = sum([pairs * stake for pairs, stake, _ in cells])
    return sum([pairs * stake * value for pairs, stake, value in cells]) / total


def mirrored(cells: Cells) -> Cells:
    """Return the cells of -x: that its mean is above -m says that x's is below m."""
    return tuple([Cell(pairs, stake, -value) for pairs, stake, value in cells])


def lower_bound(cells: Cells, grid: Grid, least: float, level: float) -> float:
    """Return a mean against which the logarithm of the capital is `level`, or a little more.

    `least` where there is none. The bound is found to a hundredth of its distance from the mean.
    That far from the mean a few bets make the capital; the others are left out of the sum after
    the first look, which can only make the bound lower.
    """
    mean = mean_of(cells)
    if mean - least <= _SMALLEST:
        return least
    guess = max(_guess(cells, mean, level), least)
    logs = _logs(cells, guess, grid(guess))
    best = [index for index, each in enumerate(logs) if each > max(logs) - _NEGLIGIBLE]
    level += log(len(logs))

    def height(at: float) -> float:
        """Return how far the capital stands above the level: nearly a line."""
        bets = grid(at)
        return _root(_log_sum(_logs(cells, at, [bets[index] for index in best]))) - _root(level)

    bracket = _Bracket(least, mean, -_root(level))
    bracket.look(guess, _root(_log_sum(logs)) - _root(level))
    while not bracket.is_close:
        bracket.look(bracket.next, height(bracket.next))
    return bracket.low


_SMALLEST: Final = 1e-9
_NEGLIGIBLE: Final = 4.0
"""Nats by which a bet may stay behind the best one and still count."""
_CLOSE: Final = 0.01
"""Of the distance between a bound and the mean."""
_FURTHER: Final = 1.25
_PATIENCE: Final = 4
"""Every so many looks the bracket is halved, lest an odd shape keeps one side."""


class _Bracket:
    """Where a falling height becomes 0: at most a hundredth below `low`, after four or five looks.

    The secant's guess is moved a little to the side that was not seen last: since the height is
    nearly a line, both sides are close soon.
    """

    __slots__ = ("_at_high", "_at_low", "_high", "_looks", "_mean", "low", "next")

    def __init__(self, least: float, mean: float, at_mean: float) -> None:
        self.low = self.next = least
        self._at_low: float | None = None  # nothing was seen to be high enough yet
        self._high = self._mean = mean
        self._at_high = at_mean
        self._looks = 0

    @property
    def is_close(self) -> bool:
        return self._high - self.low <= _CLOSE * (self._mean - self.low)

    def look(self, point: float, height: float) -> None:
        """Note a height, and choose where to look next."""
        self._looks += 1
        if height > 0:
            self.low, self._at_low = point, height
        else:
            self._high, self._at_high = point, height
        if self._at_low is None:
            self.next = max(self.low, self._mean - _FURTHER * (self._mean - point))
        elif self._looks % _PATIENCE == 0:
            self.next = (self.low + self._high) / 2
        else:
            self.next = self._secant(self._at_low, toward=1 if height > 0 else -1)

    def _secant(self, at_low: float, *, toward: int) -> float:
        width = self._high - self.low
        point = self._high - self._at_high * width / (self._at_high - at_low)
        point += toward * _CLOSE / 3 * (self._mean - point)
        return point if self.low < point < self._high else (self.low + self._high) / 2


def _logs(cells: Cells, mean: float, bets: Sequence[float]) -> list[float]:
    gains = [(pairs, stake * (value - mean)) for pairs, stake, value in cells]
    return [sum([pairs * log1p(bet * gain) for pairs, gain in gains]) for bet in bets]


def _log_sum(logs: Sequence[float]) -> float:
    top = max(logs)
    return top + log(sum([exp(each - top) for each in logs]))


def _root(capital: float) -> float:
    return sqrt(capital) if capital > 0 else max(capital, -1.0)


def _guess(cells: Cells, mean: float, level: float) -> float:
    """Return about where the bound is, by Bernstein's inequality."""
    stakes = sum([pairs * stake for pairs, stake, _ in cells])
    spread = sum([pairs * (stake * (value - mean)) ** 2 for pairs, stake, value in cells])
    return mean - (sqrt(2 * level * spread) + level) / stakes

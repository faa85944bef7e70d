"""How long answers take: quantiles from histograms, with intervals that hold at all times.

Durations at or under t are a coin with the chance F(t), so that an interval of one quantile q are
those t at which F(t) = q is not refuted (Howard and Ramdas 2022, section 3, with bets in place of
their boundary). A band that holds for all quantiles at once is wider than anybody has use for: at
1,000 answers it says of the p95 that it lies between the p86 and the maximum, this one between the
p91 and the p98.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import inf, log

from router.compare.latency import bucket_in, end_of, start_of, weight_at
from router.evidence.betting import Cell, Cells, log_share, mean_of
from router.evidence.intervals import Interval
from router.evidence.rates import complements, log_evidence_above


@dataclass(frozen=True, slots=True)
class Quantile:
    """Seconds. `interval.high` is infinite where nothing bounds it yet."""

    estimate: float
    interval: Interval


class Histogram:
    """Durations of one variant's answers, counted in fixed buckets."""

    __slots__ = ("_below", "_buckets", "_largest", "pairs")

    def __init__(self, counts: Mapping[int, int]) -> None:
        self.pairs = sum(counts.values())
        self._buckets = sorted({bucket_in(place) for place in counts})
        self._largest = max(map(weight_at, counts), default=1)
        self._below = {
            weight: self._cumulated(counts, weight) for weight in set(map(weight_at, counts))
        }

    def quantile(self, q: float, alpha: float) -> Quantile:
        """Return the ``q``-quantile of what was counted; there is something."""
        level = log(2 / alpha) - log_share(self._largest)
        low = self._first(
            lambda cells: log_evidence_above(complements(cells), 1 - q) < level,
        )
        high = self._first(lambda cells: log_evidence_above(cells, q) >= level)
        middle = self._first(lambda cells: mean_of(cells) >= q)
        return Quantile(
            self._middle(middle),
            Interval(
                start_of(self._buckets[min(low, len(self._buckets) - 1)]),
                end_of(self._buckets[high]) if high < len(self._buckets) else inf,
            ),
        )

    def _first(self, holds: Callable[[Cells], bool]) -> int:
        """Return the first bucket at whose end it holds; past the last one if at none."""
        places = range(len(self._buckets))
        return bisect_left(places, x=True, key=lambda index: holds(self._cells(index)))

    def _cells(self, index: int) -> Cells:
        """Return who was at or under the end of a bucket, and who was not."""
        cells: list[Cell] = []
        for weight, below in self._below.items():
            stake = weight / self._largest
            cells.append(Cell(below[index], stake, 1.0))
            cells.append(Cell(below[-1] - below[index], stake, 0.0))
        return tuple(cells)

    def _middle(self, index: int) -> float:
        bucket = self._buckets[min(index, len(self._buckets) - 1)]
        start, end = start_of(bucket), end_of(bucket)
        return (start + end) / 2 if end < inf else start

    def _cumulated(self, counts: Mapping[int, int], weight: int) -> list[int]:
        here = Counter[int]()
        for place, count in counts.items():
            if weight_at(place) == weight:
                here[bucket_in(place)] += count
        return list(accumulate(here[bucket] for bucket in self._buckets))


def difference(legacy: Quantile, ai: Quantile) -> Quantile:
    """Return AI's quantile less legacy's: what both intervals allow; their alphas add up."""
    return Quantile(
        ai.estimate - legacy.estimate,
        Interval(ai.interval.low - legacy.interval.high, ai.interval.high - legacy.interval.low),
    )

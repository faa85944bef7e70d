"""By how much AI fails more often, or answers later, than legacy on the same requests."""

from dataclasses import dataclass
from math import inf
from typing import Final

from router.compare.cells import AI_FAILED, LEGACY_FAILED
from router.compare.tally import Tally
from router.evidence.betting import mean_of
from router.evidence.counted import all_cells, largest_weight_of, pairs_in
from router.evidence.paired import paired_interval
from router.evidence.quantiles import Histogram, difference

QUANTILES: Final = {"latency_p50": 0.5, "latency_p95": 0.95, "latency_p99": 0.99}


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """AI's value less legacy's: a ratio for `error_rate`, else seconds.

    low, high: right at all times at once with a probability of 1 - alpha; None where nothing bounds
    it yet. pairs: how many were looked at; of latencies, the fewer of both variants' whole answers.
    """

    metric: str
    legacy: float
    ai: float
    difference: float
    low: float | None
    high: float | None
    pairs: int


def metric_differences(tally: Tally, alpha: float) -> tuple[MetricDifference, ...]:
    """Return all that there is to say; nothing without pairs."""
    if not tally.failures:
        return ()
    legacy, ai = Histogram(tally.legacy_seconds), Histogram(tally.ai_seconds)
    quantiles = QUANTILES.items() if legacy.pairs and ai.pairs else ()
    return (
        _error_rate(tally, alpha),
        *(_latency(name, q, legacy, ai, alpha) for name, q in quantiles),
    )


def _error_rate(tally: Tally, alpha: float) -> MetricDifference:
    largest_weight = largest_weight_of(tally.failures)
    cells = all_cells(tally.failures, _more_failed, largest_weight)
    interval = paired_interval(cells, alpha, largest_weight)
    legacy = mean_of(all_cells(tally.failures, _legacy_failed, largest_weight))
    ai = mean_of(all_cells(tally.failures, _ai_failed, largest_weight))
    return MetricDifference(
        "error_rate", legacy, ai, ai - legacy, interval.low, interval.high, pairs_in(cells)
    )


def _latency(
    name: str, q: float, legacy: Histogram, ai: Histogram, alpha: float
) -> MetricDifference:
    one, other = legacy.quantile(q, alpha / 2), ai.quantile(q, alpha / 2)
    found = difference(one, other)
    return MetricDifference(
        name,
        one.estimate,
        other.estimate,
        found.estimate,
        found.interval.low if found.interval.low > -inf else None,
        found.interval.high if found.interval.high < inf else None,
        min(legacy.pairs, ai.pairs),
    )


def _legacy_failed(cell: int) -> float:
    return 1.0 if cell & LEGACY_FAILED else 0.0


def _ai_failed(cell: int) -> float:
    return 1.0 if cell & AI_FAILED else 0.0


def _more_failed(cell: int) -> float:
    return _ai_failed(cell) - _legacy_failed(cell)

import random
from math import exp, inf, log, sqrt

import pytest

from router.compare.cells import Counts
from router.compare.latency import note
from router.evidence.quantiles import Histogram, difference

P95 = 1.6449
SPREAD = 0.5


def durations(count: int, median: float, seed: int = 1, level: int = 0) -> Counts:
    dice = random.Random(seed)
    counts = Counts()
    for _ in range(count):
        note(counts, dice.lognormvariate(log(median), SPREAD), level)
    return counts


@pytest.mark.parametrize(("q", "z"), [(0.5, 0.0), (0.95, P95), (0.99, 2.3263)])
def test_a_quantile_is_where_it_is(q: float, z: float) -> None:
    found = Histogram(durations(20_000, 0.1)).quantile(q, 0.05)
    truth = 0.1 * exp(SPREAD * z)
    assert found.estimate == pytest.approx(truth, rel=0.06)
    assert truth in found.interval
    assert found.interval.high < 1.3 * found.interval.low


def test_a_quantile_beyond_what_was_seen_has_no_upper_bound() -> None:
    found = Histogram(durations(20, 0.1)).quantile(0.99, 0.05)
    assert found.interval.high == inf
    assert found.interval.low < 0.99 * 0.1 * exp(SPREAD * 2.3)


def test_an_interval_of_one_quantile_is_far_narrower_than_a_band_for_all() -> None:
    """Howard and Ramdas' band of the whole distribution: 0.086569 at 1,000 answers."""
    counts = durations(1000, 0.1)
    band = 0.85 * sqrt((log(log(exp(1) * 1000)) + 0.8 * log(1612 / 0.05)) / 1000)
    assert band == pytest.approx(0.086569, abs=1e-6)
    found = Histogram(counts).quantile(0.95, 0.05)
    assert found.interval.low > Histogram(counts).quantile(0.95 - band, 0.05).estimate
    assert found.interval.high < inf


def test_a_difference_is_what_both_intervals_allow() -> None:
    legacy = Histogram(durations(5000, 0.1)).quantile(0.5, 0.025)
    ai = Histogram(durations(5000, 0.15, seed=2)).quantile(0.5, 0.025)
    found = difference(legacy, ai)
    assert found.interval.low == ai.interval.low - legacy.interval.high > 0
    assert found.interval.high == ai.interval.high - legacy.interval.low
    assert 0.05 in found.interval
    assert found.estimate == pytest.approx(0.05, abs=0.01)


def test_durations_that_stand_for_more_weigh_more() -> None:
    """A quiet hour counted whole and a busy one by a fourth: the busy one is most requests."""
    counts = durations(1000, 0.1) | durations(1000, 0.4, seed=2, level=2)
    found = Histogram(counts).quantile(0.5, 0.05)
    assert 0.3 < found.estimate < 0.45

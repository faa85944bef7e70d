import random
from dataclasses import replace

import pytest

from router.compare.tally import Tally
from router.evidence.metrics import MetricDifference, metric_differences
from tests.support.judging import judged


def counted(
    pairs: int, failing: tuple[float, float], slower: float, weight: int = 1, seed: int = 1
) -> Tally:
    """Legacy and AI fail independently, and AI takes so many times as long."""
    dice, tally = random.Random(seed), Tally()
    for _ in range(pairs):
        failed = dice.random() < failing[0], dice.random() < failing[1]
        seconds = dice.lognormvariate(-2, 0.5), slower * dice.lognormvariate(-2, 0.5)
        tally.add(replace(judged(weight=weight), failed=failed, seconds=seconds))
    return tally


def of(tally: Tally) -> dict[str, MetricDifference]:
    return {its.metric: its for its in metric_differences(tally, 0.05)}


def test_there_is_nothing_to_say_of_nothing() -> None:
    assert metric_differences(Tally(), 0.05) == ()


@pytest.mark.parametrize("weight", [1, 4])
def test_a_variant_that_fails_more_often_is_seen_to(weight: int) -> None:
    found = of(counted(3000, (0.01, 0.06), 1.0, weight))["error_rate"]
    assert found.legacy == pytest.approx(0.01, abs=0.01)
    assert found.ai == pytest.approx(0.06, abs=0.02)
    assert found.difference == pytest.approx(found.ai - found.legacy)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.05 < found.high
    assert found.pairs == 3000


def test_variants_that_fail_alike_are_not_told_apart() -> None:
    found = of(counted(3000, (0.03, 0.03), 1.0))["error_rate"]
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_a_slower_variant_is_seen_to_be() -> None:
    found = of(counted(3000, (0.0, 0.0), 1.5))
    for metric in ("latency_p50", "latency_p95", "latency_p99"):
        its = found[metric]
        assert its.difference > 0
        assert its.low is not None
        assert its.low < its.legacy * 0.5
    assert (found["latency_p50"].low or 0) > 0


def test_a_tail_of_which_too_little_was_seen_has_no_upper_bound() -> None:
    assert of(counted(30, (0.0, 0.0), 1.0))["latency_p99"].high is None


def test_who_never_answered_has_no_latency() -> None:
    assert of(counted(30, (0.0, 1.0), 1.0)).keys() == {"error_rate"}

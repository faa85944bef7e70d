import pytest

from router.model import Reason, Variant
from router.proxy.counters import ServiceCounters, VariantCounters
from router.wire.messages import DURATION_BOUNDS


def test_an_answer_is_counted_once_by_code_and_by_both_times() -> None:
    counters = VariantCounters()
    counters.record(200, 0.2, 0.05)
    counters.record(200, 0.2, 0.05)
    counters.record(502, 0.001, 0.001)
    assert counters.codes == {200: 2, 502: 1}
    assert sum(counters.duration_buckets) == sum(counters.first_byte_buckets) == 3
    assert counters.duration_sum == pytest.approx(0.401)
    assert counters.first_byte_sum == pytest.approx(0.101)


@pytest.mark.parametrize("index", range(len(DURATION_BOUNDS)))
def test_a_bucket_includes_its_upper_bound(index: int) -> None:
    counters = VariantCounters()
    counters.record(200, DURATION_BOUNDS[index], 0.0)
    assert counters.duration_buckets[index] == 1


def test_what_takes_longer_than_every_bound_has_a_bucket_too() -> None:
    counters = VariantCounters()
    counters.record(200, DURATION_BOUNDS[-1] + 1, 0.0)
    assert counters.duration_buckets[-1] == 1


def test_totals_are_a_copy_that_later_requests_do_not_change() -> None:
    counters = ServiceCounters("support")
    counters.assignments[Variant.AI, Reason.BUCKET] = 2
    counters.fallbacks["connect"] = 1
    counters.ai.record(200, 0.1, 0.1)
    counters.ai.in_flight = 1
    totals = counters.totals()
    counters.assignments[Variant.AI, Reason.BUCKET] = 3
    counters.fallbacks["connect"] = 2
    counters.ai.record(200, 0.1, 0.1)

    assert totals.assignments == [("ai", "bucket", 2)]
    assert totals.fallbacks == {"connect": 1}
    legacy, ai = totals.variants
    assert (legacy.variant, legacy.codes, legacy.in_flight) == ("legacy", {}, 0)
    assert (ai.variant, ai.codes, ai.in_flight) == ("ai", {200: 1}, 1)
    assert sum(ai.duration_buckets) == sum(ai.first_byte_buckets) == 1

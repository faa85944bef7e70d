import pytest

from router.model import FallbackReason, Reason, Variant
from router.proxy.counters import ServiceCounters
from router.wire.counting import BLOCK, DURATION_BOUNDS, ServiceCounts, service_counts


class Counted:
    """One service's counters and what is read of them."""

    def __init__(self) -> None:
        self._block = memoryview(bytearray(BLOCK)).cast("Q")
        self.counters = ServiceCounters(self._block)

    @property
    def read(self) -> ServiceCounts:
        return service_counts(self._block)


def test_an_answer_is_counted_once_by_code_and_by_both_times() -> None:
    counted = Counted()
    counted.counters.ai.record_whole(200, 0.25)
    counted.counters.ai.record(200, 0.2, 0.05, own=False)
    counted.counters.ai.record(502, 0.001, 0.001, own=True)
    legacy, ai = counted.read.variants
    assert (legacy.codes, legacy.served) == ({}, 0)
    assert (ai.codes, ai.served) == ({200: 2, 502: 1}, 2)
    assert sum(ai.duration_buckets) == sum(ai.first_byte_buckets) == 3
    assert ai.duration_sum == pytest.approx(0.451)
    assert ai.first_byte_sum == pytest.approx(0.301)


@pytest.mark.parametrize("index", range(len(DURATION_BOUNDS)))
def test_a_bucket_includes_its_upper_bound(index: int) -> None:
    counted = Counted()
    counted.counters.legacy.record_whole(200, DURATION_BOUNDS[index])
    counted.counters.legacy.record(200, DURATION_BOUNDS[index], 0.0, own=False)
    legacy = counted.read.variants[0]
    assert legacy.duration_buckets[index] == 2
    assert legacy.first_byte_buckets[index] == (2 if index == 0 else 1)


def test_what_takes_longer_than_every_bound_has_a_bucket_too() -> None:
    counted = Counted()
    counted.counters.legacy.record_whole(200, DURATION_BOUNDS[-1] + 1)
    assert counted.read.variants[0].duration_buckets[-1] == 1


def test_assignments_and_fallbacks_are_counted_by_their_reasons() -> None:
    counted = Counted()
    counted.counters.assign(Variant.AI, Reason.BUCKET)
    counted.counters.assign(Variant.AI, Reason.BUCKET)
    counted.counters.assign(Variant.LEGACY, Reason.LEASE_LOST)
    counted.counters.fall_back(FallbackReason.LEASE_LOST)
    assert counted.read.assignments == [("legacy", "lease_lost", 1), ("ai", "bucket", 2)]
    assert counted.read.fallbacks == {"lease_lost": 1}


def test_in_flight_is_who_was_asked_and_has_neither_answered_nor_been_left() -> None:
    counted = Counted()
    counters = counted.counters
    counters.assign(Variant.AI, Reason.BUCKET)
    counters.assign(Variant.AI, Reason.BUCKET)
    assert [variant.in_flight for variant in counted.read.variants] == [0, 2]
    counters.ai.leave()
    counters.legacy.join()
    assert [variant.in_flight for variant in counted.read.variants] == [1, 1]
    counters.ai.record_whole(200, 0.1)
    counters.legacy.record(502, 0.1, 0.1, own=True)
    assert [variant.in_flight for variant in counted.read.variants] == [0, 0]


def test_who_is_at_ai_is_neither_recorded_nor_gone_on() -> None:
    counted = Counted()
    for reason in (Reason.BUCKET, Reason.FORCED, Reason.RANDOM):
        counted.counters.assign(Variant.AI, reason)
    counted.counters.assign(Variant.LEGACY, Reason.BUCKET)
    counted.counters.ai.join()
    assert counted.counters.ai_in_flight == 4
    counted.counters.ai.leave()
    counted.counters.ai.record_whole(200, 100.0)
    counted.counters.ai.record(502, 0.0, 0.0, own=True)
    assert counted.counters.ai_in_flight == 1
    assert counted.read.variants[1].in_flight == 1

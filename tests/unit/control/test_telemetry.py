from router.control.telemetry import Ledger, Totals
from router.model import Variant
from tests.support.counts import LAST, telemetry


def test_the_counts_of_all_workers_are_added() -> None:
    ledger = Ledger()
    ledger.record("a", telemetry(legacy=3, ai=1, refused=2, fallbacks=1))
    ledger.record("b", telemetry(legacy=4, ai=5, refused=3))
    totals = ledger.totals()
    assert totals.requests["support", "legacy", 200] == 7
    assert totals.answered("support", Variant.AI) == 6
    assert totals.assignments["support", "ai", "bucket"] == 7
    assert totals.fallbacks["support", "connect"] == 1
    assert totals.refused["no_route"] == 5
    assert totals.durations["support", "ai"].buckets == [6, *[0] * LAST]
    assert totals.first_bytes["support", "ai"].buckets == [*[0] * LAST, 6]
    assert totals.durations["support", "legacy"].seconds == 0.007


def test_a_later_word_of_a_worker_replaces_its_earlier_one() -> None:
    ledger = Ledger()
    ledger.record("a", telemetry(legacy=3))
    ledger.record("a", telemetry(legacy=5))
    assert ledger.totals().answered("support", Variant.LEGACY) == 5


def test_totals_never_fall_when_a_worker_dies() -> None:
    ledger = Ledger()
    ledger.record("a", telemetry(legacy=3, in_flight=2, connections=9))
    ledger.retire("a")
    assert ledger.totals().answered("support", Variant.LEGACY) == 3
    ledger.record("a", telemetry(legacy=1, in_flight=1, connections=4))
    ledger.retire("a")
    ledger.record("a", telemetry(legacy=1))
    assert ledger.totals().answered("support", Variant.LEGACY) == 5


def test_what_a_dead_worker_had_open_is_gone_with_it() -> None:
    ledger = Ledger()
    ledger.record("a", telemetry(in_flight=2, connections=9))
    assert ledger.totals().connections == 9
    assert ledger.totals().in_flight["support", "ai"] == 2
    ledger.retire("a")
    assert ledger.totals().connections == 0
    assert not +ledger.totals().in_flight


def test_a_worker_that_died_before_its_first_word_leaves_nothing() -> None:
    ledger = Ledger()
    ledger.retire("a")
    assert ledger.totals() == Totals()


def test_looking_does_not_change_what_is_kept() -> None:
    ledger = Ledger()
    ledger.record("a", telemetry(legacy=3))
    ledger.retire("a")
    ledger.record("a", telemetry(legacy=1))
    assert ledger.totals() == ledger.totals()

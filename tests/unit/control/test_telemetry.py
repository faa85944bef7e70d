import os

import pytest

from router.control.telemetry import Spread, Tallies, Totals
from router.model import FallbackReason, Variant
from router.proxy.counters import ServiceCounters
from router.wire.counting import (
    ANSWERED,
    CONNECTIONS,
    DURATION_BOUNDS,
    FELL_BACK,
    OWN,
    REFUSED,
    CounterMemory,
    fallbacks_of,
    make_memory,
    part_of,
    variant_gist,
)
from tests.support.counts import LAST, counted, totals_of


class Counting:
    """A worker's memory, at both ends."""

    def __init__(self) -> None:
        self._descriptor = make_memory("test")
        self.memory = CounterMemory(self._descriptor)

    def handed_over(self) -> int:
        """Return a descriptor of its own for the tallies, as a worker's hello brings it."""
        return self._descriptor

    def refuse(self, times: int) -> None:
        self.memory.worker[REFUSED["no_route"]] += times


def test_one_measurement_falls_under_the_first_bound_that_it_does_not_exceed() -> None:
    spread = Spread()
    for seconds in (DURATION_BOUNDS[1], DURATION_BOUNDS[-1] + 1):
        spread.count(seconds)
    assert (spread.buckets[1], spread.buckets[-1], sum(spread.buckets)) == (1, 1, 2)
    assert spread.seconds == DURATION_BOUNDS[1] + DURATION_BOUNDS[-1] + 1


def test_the_counts_of_all_workers_are_added() -> None:
    totals = totals_of(
        counted(legacy=3, ai=1, refused=2, fallbacks=1), counted(legacy=4, ai=5, refused=3)
    )
    assert totals.requests["support", "legacy", 200] == 7
    assert totals.answered("support", Variant.AI) == 6
    assert totals.assignments["support", "ai", "bucket"] == 7
    assert totals.fallbacks["support", "connect"] == 1
    assert totals.refused["no_route"] == 5
    assert totals.durations["support", "ai"].buckets == [6, *[0] * LAST]
    assert totals.first_bytes["support", "ai"].buckets == [*[0] * LAST, 6]
    assert totals.durations["support", "legacy"].seconds == 0.007


def test_what_a_dead_worker_had_open_is_gone_with_it() -> None:
    counts = counted(legacy=3, in_flight=2, connections=9, dropped=4)
    living = totals_of(counts)
    assert (living.connections, living.in_flight["support", "ai"]) == (9, 2)
    dead = Totals()
    dead.add_history(counts)
    assert dead.answered("support", Variant.LEGACY) == 3
    assert (dead.log_lines_dropped, dead.events_dropped) == (4, 5)
    assert dead.connections == 0
    assert not +dead.in_flight


def test_a_living_worker_is_read_at_the_moment_of_the_question() -> None:
    tallies, worker = Tallies(lambda _: None), Counting()
    tallies.open("a", worker.handed_over())
    worker.refuse(1)
    assert tallies.totals().refused["no_route"] == 1
    worker.refuse(1)
    assert tallies.totals().refused["no_route"] == 2
    tallies.retire("a")


def test_totals_never_fall_when_a_worker_dies_and_its_successor_begins_anew() -> None:
    tallies = Tallies(lambda _: None)
    for _ in range(2):
        worker = Counting()
        tallies.open("a", worker.handed_over())
        worker.refuse(3)
        worker.memory.worker[CONNECTIONS] = 1
        tallies.retire("a")
    last = Counting()
    tallies.open("a", last.handed_over())
    last.refuse(1)
    assert tallies.totals().refused["no_route"] == 7
    assert tallies.totals().connections == 0
    tallies.retire("a")


def test_a_successor_goes_on_where_the_dead_left_off() -> None:
    kept: list[int] = []
    first = Tallies(lambda dead: kept.append(dead.refused["no_route"]))
    first.inherit(totals_of(counted(refused=5)))
    worker = Counting()
    first.open("a", worker.handed_over())
    worker.refuse(3)
    first.retire("a")
    assert kept == [8]
    assert first.totals().refused["no_route"] == 8


def test_the_memory_of_a_dead_worker_is_let_go() -> None:
    tallies, worker = Tallies(lambda _: None), Counting()
    descriptor = worker.handed_over()
    tallies.open("a", descriptor)
    tallies.retire("a")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_worker_that_died_before_it_counted_leaves_nothing() -> None:
    tallies = Tallies(lambda _: None)
    tallies.open("a", make_memory("test"))
    tallies.retire("a")
    assert tallies.totals() == Totals()


def test_looking_does_not_change_what_is_kept() -> None:
    tallies, worker = Tallies(lambda _: None), Counting()
    tallies.open("a", worker.handed_over())
    worker.refuse(3)
    tallies.retire("a")
    assert tallies.totals() == tallies.totals()


def test_what_was_kept_is_kept_once_more_where_it_was_removed() -> None:
    kept: list[Totals] = []
    tallies = Tallies(kept.append)
    dead = Totals()
    dead.refused["no_route"] = 3
    tallies.inherit(dead)
    tallies.repeat()
    assert kept == [dead]


def test_gists_are_the_same_whether_a_worker_lives_or_has_died() -> None:
    tallies, worker = Tallies(lambda _: None), Counting()
    tallies.open("a", worker.handed_over())
    block = worker.memory.service("support")
    counters = ServiceCounters(block)
    counters.ai.record(502, 0.5, 0.2, own=True)
    counters.ai.record(503, 0.5, 0.2, own=False)
    counters.legacy.record_whole(200, 0.002)
    counters.legacy.record_whole(404, 0.002)
    counters.fall_back(FallbackReason.NO_ENDPOINT)

    living = [dict(gists) for gists in tallies.gists()]
    tallies.retire("a")
    dead = [dict(gists) for gists in tallies.gists()]
    assert living == [{}, *dead]
    assert tallies.deaths == 1

    gist = dead[0]["support"]
    assert variant_gist(gist, Variant.AI).failures == 2
    assert variant_gist(gist, Variant.LEGACY).failures == 0
    assert sum(variant_gist(gist, Variant.LEGACY).buckets) == 2
    assert fallbacks_of(gist) == dict.fromkeys(FallbackReason, 0) | {"no_endpoint": 1}


def test_what_a_successor_inherits_is_in_its_gists() -> None:
    tallies = Tallies(lambda _: None)
    tallies.inherit(totals_of(counted(ai=5)))
    [gists] = [dict(gists) for gists in tallies.gists()]
    assert sum(variant_gist(gists["support"], Variant.AI).buckets) == 5


def test_what_was_answered_is_known_service_by_service() -> None:
    tallies, one, other = Tallies(lambda _: None), Counting(), Counting()
    for name, worker in (("a", one), ("b", other)):
        tallies.open(name, worker.handed_over())
    seen = tallies.in_short()
    for worker in (one, other):
        part_of(worker.memory.service("support"), Variant.AI)[ANSWERED + 200] += 3
        part_of(worker.memory.service("support"), Variant.AI)[OWN + 502] += 1
        worker.memory.service("support")[FELL_BACK[FallbackReason.CONNECT]] += 2
    tallies.retire("a")
    assert seen.answered("support", Variant.AI) == 6
    assert seen.answered("support", Variant.LEGACY) == 0
    assert seen.fell_back("support")["connect"] == 4
    part_of(other.memory.service("support"), Variant.AI)[ANSWERED + 200] += 1
    assert seen.answered("support", Variant.AI) == 6  # it was looked at once
    assert tallies.in_short().answered("support", Variant.AI) == 7
    assert (seen.answered("orders", Variant.AI), seen.fell_back("orders")) == (0, {})
    tallies.retire("b")
    assert tallies.in_short().answered("support", Variant.AI) == 7

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from router.control.fleet.words import Word
from router.control.keeping import Kept
from router.control.orders import ReplicaReport, RollbackReport
from router.control.reporting import Others, Own, reported
from router.release.state import Release, Status
from router.replica.acknowledging import HELD, UNLESS_REACHED, Terms
from router.replica.lease import longest
from router.replica.membership import Presence
from router.store.ledger import Durability
from tests.support.fleets import OTHER, THIRD, word_of

RELEASE = Release("support", Status.ROLLED_BACK, epoch=2, revision=4)
KEPT = Kept(RELEASE, Durability.STORE, ())
OWN = Own(ReplicaReport("r1", 2, 2, 2.5), (), 2.5, 1.5, 1)
TERMS = Terms(lease=15.0, stream_drain=10.0)
SINCE = 3000.0


def report_of(others: Others, own: Own = OWN, terms: Terms = TERMS) -> RollbackReport:
    return reported(KEPT, own, others, terms, SINCE)


BOTH = Others.of([OTHER, THIRD])


def test_it_is_complete_when_every_member_has_said_so() -> None:
    one = BOTH.heard(word_of(OTHER), 0.02)
    assert report_of(one).complete is False
    report = report_of(one.heard(word_of(THIRD), 0.04))
    assert (report.complete, report.bound_s, report.missing) == (True, 0.0, ())
    assert report.applied_ms == 40.0
    assert report.replicas == (
        ReplicaReport("r1", 2, 2, 2.5),
        ReplicaReport("r2", 2, 2, 20.0),
        ReplicaReport("r3", 2, 2, 40.0),
    )


def test_a_silent_replica_has_a_row_without_a_time_and_is_missing() -> None:
    report = report_of(BOTH.heard(word_of(OTHER), 0.02))
    assert report.replicas[-1] == ReplicaReport("r3", 2, 0, None)
    assert report.missing == ("r3",)
    assert report.applied_ms == SINCE


def test_one_of_whose_workers_one_is_silent_is_missing_too() -> None:
    others = BOTH.heard(word_of(OTHER, acked=1), 0.02).heard(word_of(THIRD), 0.02)
    report = report_of(others)
    assert (report.complete, report.missing) == (False, ("r2",))
    assert report.replicas[1] == ReplicaReport("r2", 2, 1, 20.0)


def test_two_that_go_by_one_name_have_two_rows() -> None:
    others = Others.of([OTHER, replace(OTHER, instance="r2-2")]).heard(word_of(OTHER), 0.02)
    assert report_of(others).replicas[1:] == (
        ReplicaReport("r2", 2, 2, 20.0),
        ReplicaReport("r2", 2, 0, None),
    )


def test_who_speaks_is_a_member_whether_he_was_known_or_not() -> None:
    report = report_of(Others.of([]).heard(word_of(OTHER, acked=1), 0.02))
    assert (report.complete, report.missing) == (False, ("r2",))


def test_a_replica_without_the_service_is_no_hindrance() -> None:
    none = replace(word_of(OTHER), workers=0, acked=0)
    assert report_of(Others.of([OTHER]).heard(none, 0.02)).complete is True


def test_the_last_request_to_ai_is_that_of_all_who_spoke() -> None:
    began = replace(word_of(OTHER), last_begun_ago_ms=12.0, in_flight=3)
    report = report_of(BOTH.heard(began, 0.02).heard(word_of(THIRD), 0.04))
    assert (report.last_ai_byte_ms, report.in_flight_ai) == (8.0, 4)


def test_what_began_elsewhere_before_the_call_counts_as_nothing_after_it() -> None:
    before = replace(word_of(OTHER), last_begun_ago_ms=9000.0)
    own = replace(OWN, last_begun_ms=None)
    assert report_of(Others.of([OTHER]).heard(before, 0.02), own).last_ai_byte_ms == 0.0
    assert report_of(Others.of([OTHER]).heard(word_of(OTHER), 0.02), own).last_ai_byte_ms is None


# The bound...


def test_a_silent_replica_is_safe_a_lease_and_its_streams_after_the_store_knew() -> None:
    report = report_of(BOTH.stored(0.5))
    assert (report.bound_s, report.provided) == (25.6, None)
    assert 25.5 < 0.5 + longest(15.0) + 10.0 <= 25.6


def test_behind_sentinel_a_deposed_master_may_renew_it_a_little_longer() -> None:
    bound = report_of(BOTH.stored(0.0), terms=replace(TERMS, max_lag=2.0)).bound_s
    assert bound == 27.1


def test_what_the_bound_depends_on_is_said_where_the_store_does_not_know() -> None:
    assert report_of(BOTH).provided == UNLESS_REACHED


def test_where_only_a_worker_of_our_own_is_silent_nothing_depends_on_the_store() -> None:
    own = replace(OWN, missing=("worker-2",))
    report = report_of(Others.of([]), own)
    assert (report.complete, report.bound_s, report.provided) == (False, 25.0, None)
    assert report.missing == ("worker-2",)


@pytest.mark.parametrize("own", [OWN, replace(OWN, missing=("worker-2",))])
def test_where_a_partition_holds_there_is_no_bound_until_all_have_spoken(own: Own) -> None:
    holding = replace(TERMS, holds_on=True)
    report = report_of(BOTH.stored(0.0), own, holding)
    assert (report.bound_s, report.provided) == (None, HELD)
    spoken = BOTH.heard(word_of(OTHER), 0.1).heard(word_of(THIRD), 0.1)
    report = report_of(spoken, own, holding)
    assert report.bound_s == (None if own.missing else 0.0)


# Whatever order things are heard in...

FLEET = [Presence(f"r{number % 3}", f"i{number}", 2) for number in range(4)]


@st.composite
def words(draw: st.DrawFn) -> Word:
    member = draw(st.sampled_from(FLEET))
    return Word(
        instance=member.instance,
        replica=member.replica,
        service="support",
        workers=2,
        acked=draw(st.integers(0, 2)),
        applied_ms=1.0,
        last_begun_ago_ms=draw(st.none() | st.floats(0, 5000)),
        in_flight=draw(st.integers(0, 3)),
        in_store=draw(st.booleans()),
    )


heard_at = st.floats(0, 3, allow_nan=False)
hearings = st.lists(st.tuples(words(), heard_at) | st.sampled_from(FLEET) | heard_at, max_size=12)


def after(
    known: Sequence[Presence], heard: Sequence[tuple[Word, float] | Presence | float]
) -> Others:
    others = Others.of(known)
    for each in heard:
        match each:
            case (word, at):
                others = others.heard(word, at)
            case Presence():
                others = others.joined([each])
            case _:
                others = others.stored(each)
    return others


@given(st.data(), st.lists(st.sampled_from(FLEET)), hearings)
def test_the_report_is_the_same_in_whatever_order_all_is_heard(
    data: st.DataObject,
    known: list[Presence],
    heard: list[tuple[Word, float] | Presence | float],
) -> None:
    other_order = data.draw(st.permutations(heard))
    assert report_of(after(known, heard)) == report_of(after(known, other_order))


@given(st.lists(st.sampled_from(FLEET), min_size=1), hearings, st.booleans())
def test_it_is_never_complete_while_a_member_is_silent(
    known: list[Presence],
    heard: list[tuple[Word, float] | Presence | float],
    is_silent_here: bool,
) -> None:
    own = replace(OWN, missing=("r1/worker-1",)) if is_silent_here else OWN
    report = report_of(after(known, heard), own)
    spoken = {each[0].instance for each in heard if isinstance(each, tuple) and each[0].acked == 2}
    joined = {each.instance for each in heard if isinstance(each, Presence)}
    partly = {each[0].instance for each in heard if isinstance(each, tuple)}
    members = {each.instance for each in known} | joined | partly
    assert report.complete is (members <= spoken and not is_silent_here)
    assert report.complete is (report.bound_s == 0.0)
    assert report.complete is not bool(report.missing)
    assert len(report.replicas) == 1 + len(members)

from dataclasses import replace

from router.replica.acknowledging import HELD, UNLESS_REACHED, Bound, Confirmed, Roll, Terms
from router.replica.lease import longest
from router.replica.membership import Presence

A, B = Presence("a", "a-1", 2), Presence("b", "b-1", 2)
TERMS = Terms(lease=15.0, stream_drain=10.0)
ROLL = Roll({}).joined([A, B])
WORD = Confirmed("a-1", workers=2, acked=2, applied_ms=5.0)


def test_it_is_complete_when_every_worker_of_every_member_has_confirmed() -> None:
    roll = ROLL.heard(WORD, 0.1)
    assert (roll.is_complete, roll.silent) == (False, ("b",))
    roll = roll.heard(Confirmed("b-1", 2, 1, 7.0), 0.2)
    assert not roll.is_complete
    roll = roll.heard(Confirmed("b-1", 2, 2, 8.0), 0.3)
    assert roll.is_complete
    assert roll.bound(TERMS) == Bound(0.0, 0.0)


def test_a_word_that_comes_late_takes_nothing_back() -> None:
    roll = ROLL.heard(WORD, 0.1).heard(replace(WORD, acked=1), 0.2)
    assert roll.silent == ("b",)


def test_the_first_word_that_is_complete_counts_however_many_workers_there_were_before() -> None:
    partly = replace(WORD, workers=4, acked=3)
    complete = replace(WORD, applied_ms=7.0)
    again = replace(WORD, applied_ms=9.0)
    for words in ((partly, complete, again), (again, partly, complete), (complete, again, partly)):
        roll = ROLL
        for word in words:
            roll = roll.heard(word, 0.1)
        assert roll.words == {"a-1": complete}


def test_of_words_that_are_not_complete_the_one_with_most_counts() -> None:
    less, more = replace(WORD, acked=0, applied_ms=9.0), replace(WORD, acked=1)
    assert more.says_more_than(less)
    assert not less.says_more_than(more)
    assert not more.says_more_than(more)


def test_whoever_the_store_names_later_is_waited_for_too() -> None:
    roll = ROLL.heard(WORD, 0.1).heard(replace(WORD, instance="b-1"), 0.1)
    assert not roll.joined([Presence("c", "c-1", 1)]).is_complete


def test_a_silent_one_is_safe_a_lease_after_the_store_knew() -> None:
    bound = ROLL.stored(0.5).stored(2.0).bound(TERMS)
    assert bound == Bound(0.5 + longest(15.0), 0.5 + longest(15.0) + 10.0)


def test_a_peer_may_have_told_the_store() -> None:
    assert ROLL.heard(replace(WORD, in_store=True), 1.5).stored_after == 1.5
    assert ROLL.heard(WORD, 1.5).stored_after is None


def test_with_sentinel_a_deposed_master_may_renew_a_little_longer() -> None:
    bound = ROLL.stored(0.0).bound(replace(TERMS, max_lag=2.0))
    assert bound.begun == longest(15.0) + 2.0


def test_as_long_as_the_store_was_not_reached_it_is_said_what_the_bound_depends_on() -> None:
    bound = ROLL.bound(TERMS)
    assert (bound.begun, bound.provided) == (longest(15.0), UNLESS_REACHED)


def test_where_a_partition_holds_there_is_no_bound() -> None:
    assert ROLL.stored(0.0).bound(replace(TERMS, holds_on=True)) == Bound(None, None, HELD)

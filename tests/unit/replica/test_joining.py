from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from router.model import BasisPoints
from router.release.commands import Drill, Restore
from router.release.state import ROLLBACKS_KNOWN, Called, Drilled, Release, Standing
from router.replica.joining import join, may_change, may_put, unknown
from tests.support.known import NOON, after, at, lost, rolled_back

FIFTY = at(50)
OFF = rolled_back(FIFTY)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Release, Release]:
    """Two replicas that went on from the same release without hearing each other."""
    one = other = FIFTY
    for _ in range(draw(st.integers(0, 6))):
        one = draw(st.sampled_from([rolled_back, lost]))(one) if draw(st.booleans()) else on(one)
        who = draw(st.sampled_from(["cid", "dan"]))
        other = rolled_back(other, by=who) if draw(st.booleans()) else on(other)
    return one, other


def on(release: Release) -> Release:
    if release.standing is Standing.LOST:
        return release
    return at(0 if release.share else 5, release)


@given(histories())
def test_whoever_hears_first_all_arrive_at_the_same_that_is_as_late_and_knows_as_much(
    pair: tuple[Release, Release],
) -> None:
    one, other = pair
    joined = join(one, other)
    assert joined == join(other, one)
    assert join(joined, one) == join(joined, other) == joined
    assert joined.stand >= max(one.stand, other.stand)
    assert not unknown(joined, one)
    assert not unknown(joined, other)


@given(histories())
def test_nothing_gets_a_share_that_it_had_not_in_the_knowledge_of_all(
    pair: tuple[Release, Release],
) -> None:
    joined = join(*pair)
    assert not joined.share or (joined.share, joined.rollbacks) in {
        (each.share, each.rollbacks) for each in pair
    }


def test_the_later_one_holds() -> None:
    assert join(FIFTY, OFF) == OFF
    assert join(at(5, OFF), OFF) == at(5, OFF)


def test_rollbacks_of_the_same_epoch_merge() -> None:
    joined = join(OFF, rolled_back(FIFTY, by="cid"))
    assert (joined.standing, joined.epoch, joined.revision) == (Standing.ROLLED_BACK, 1, 3)
    assert len(joined.rollbacks) == 2


def test_what_is_copied_is_what_the_later_one_says() -> None:
    quiet = replace(FIFTY, revision=FIFTY.revision + 1, shadow=BasisPoints(0))
    assert join(quiet, FIFTY).shadow == 0
    # A rollback that one of both knew nothing of keeps it, too.
    late = rolled_back(FIFTY, by="cid")
    raised = at(5, rolled_back(quiet))
    for joined in (join(raised, late), join(late, raised)):
        assert (joined.standing, joined.shadow) == (Standing.ROLLED_BACK, 0)


def test_of_two_of_the_same_stand_that_copy_differently_all_choose_one() -> None:
    one, other = (replace(FIFTY, shadow=BasisPoints(points)) for points in (0, 500))
    assert join(one, other) == join(other, one)
    assert join(one, other).revision == FIFTY.revision + 1


def test_one_that_comes_late_applies_to_what_was_raised_in_ignorance_of_it() -> None:
    late = rolled_back(FIFTY, by="cid")
    joined = join(at(5, OFF), late)
    assert (joined.standing, joined.epoch, joined.by) == (Standing.ROLLED_BACK, 2, "cid")


def test_one_that_comes_twice_changes_nothing() -> None:
    raised = at(5, OFF)
    assert join(raised, OFF) == raised


def test_of_two_of_the_same_stand_the_lower_share_holds_and_is_later_than_both() -> None:
    low, high = at(5), at(50)
    assert join(low, high) == replace(low, revision=2, phase=2)


def test_a_rollback_ends_what_waits_for_a_resume() -> None:
    joined = join(lost(FIFTY), OFF)
    assert (joined.standing, joined.held) == (Standing.ROLLED_BACK, None)


def test_so_many_are_remembered_and_all_before_them_count_as_known() -> None:
    release = FIFTY
    for _ in range(ROLLBACKS_KNOWN + 3):
        release = rolled_back(release)
    assert len(release.rollbacks) == ROLLBACKS_KNOWN
    assert release.knows(Called(1, "of somebody"))
    assert not release.knows(Called(release.epoch, "of somebody"))


@pytest.mark.parametrize(
    ("release", "stored", "is_taken"),
    [
        (OFF, None, True),
        (OFF, FIFTY, True),
        (OFF, OFF, False),
        (FIFTY, None, False),
        (at(5, OFF), OFF, False),
        (rolled_back(OFF), rolled_back(FIFTY, by="cid"), False),
    ],
    ids=["none", "earlier", "the same", "a share into nothing", "a share", "in ignorance"],
)
def test_what_is_served_may_be_put(
    release: Release, stored: Release | None, *, is_taken: bool
) -> None:
    assert may_put(release, stored) is is_taken


def test_a_change_is_taken_upon_what_it_was_based_on_alone() -> None:
    assert may_change(OFF, at(5, OFF), OFF.stand)
    assert not may_change(OFF, at(5, OFF), FIFTY.stand)
    assert not may_change(rolled_back(FIFTY, by="cid"), at(5, OFF), OFF.stand)
    assert not may_change(None, at(5, OFF), OFF.stand)
    assert may_change(None, Release("support"), None)
    assert not may_change(None, FIFTY, None)


def test_a_drill_that_has_passed_is_known_after_a_rollback_that_knew_nothing_of_it() -> None:
    during = after(FIFTY, Drill(by="ann", at=NOON, epoch=0))
    restored = after(during, Restore(by="ann", at=NOON + 3, epoch=1, applied_ms=7.5))
    joined = join(restored, rolled_back(FIFTY))
    assert (joined.standing, joined.drilled) == (Standing.ROLLED_BACK, Drilled(NOON + 3, 7.5))

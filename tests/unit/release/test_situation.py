from dataclasses import replace

import pytest

from router.model import BasisPoints
from router.release.commands import (
    Approve,
    Command,
    Complete,
    Pause,
    Restore,
    Resume,
    Rollback,
    Set,
    SetShadow,
)
from router.release.plan import ReleasePlan
from router.release.situation import Mark, Situation
from router.release.state import Drilled, Pending, Release, Standing
from tests.support.gradual import NOON, PLAN, said, share, standing, waiting

ROLLING = standing(Standing.ROLLING, 20, 1)


def situation(command: Command, release: Release = ROLLING) -> Situation:
    return Situation(release, command, PLAN)


@pytest.mark.parametrize(
    ("command", "is_outdated"),
    [
        (said(Pause), False),
        (said(Pause, revision=7), False),
        (said(Pause, revision=6), True),
        (said(Pause, revision=8), True),
        (said(Rollback), False),
    ],
)
def test_a_command_may_be_for_one_revision_alone(command: Command, is_outdated: bool) -> None:
    assert situation(command).is_outdated is is_outdated


def test_set_names_a_share_and_others_ask_for_the_one_that_is() -> None:
    assert situation(said(Set, share=share(7))).asked == share(7)
    assert situation(said(Pause)).asked == share(20)


def test_what_comes_back_after_a_drill_or_a_loss_is_no_new_ground() -> None:
    assert situation(said(Resume)).regains
    assert not situation(said(Set, share=share(50))).regains
    asked = waiting(ROLLING)
    assert not situation(said(Approve, by="ben"), asked).regains
    assert asked.pending is not None
    again = replace(asked, pending=replace(asked.pending, command="resume"))
    assert situation(said(Approve, by="ben"), again).regains


def test_only_the_end_of_a_drill_tells_of_another_one() -> None:
    known = replace(ROLLING, drilled=Drilled(NOON - 1, 3.0))
    assert situation(said(Pause), known).drilled == known.drilled
    assert situation(said(Restore), known).drilled == Drilled(NOON, 7.5)


def test_force_and_confirmation_are_explicit() -> None:
    assert situation(said(Complete, force=True)).is_forced
    assert not situation(said(Complete)).is_forced
    assert situation(said(Resume, confirm_lost_state=True)).is_confirmed
    assert not situation(said(Resume)).is_confirmed


def test_whoever_asks_is_the_first_to_want_it() -> None:
    release = waiting(ROLLING, approved_by=("ben",))
    assert situation(said(Set, share=share(50), by="cid"), release).assenting == ("cid",)
    assert situation(said(Approve, by="cid"), release).assenting == ("ann", "ben", "cid")


def test_an_approval_has_the_reason_of_what_it_approves() -> None:
    release = waiting(ROLLING)
    assert situation(said(Approve, by="ben"), release).reason == "growth"
    assert situation(said(Pause, by="ben"), release).reason == "because"


def test_a_release_may_stay_go_to_zero_or_to_a_stage() -> None:
    it = situation(said(Pause))
    assert it.same() == Mark(share(20), 1)
    assert it.nothing() == Mark(BasisPoints(0), None)
    assert it.first() == Mark(share(5), 0)
    assert it.next() == Mark(share(50), 2)


def test_no_stage_follows_the_last_one() -> None:
    it = situation(said(Pause), standing(Standing.ROLLING, 100, 3))
    assert it.next() == it.same()


def test_a_share_that_was_named_is_of_no_stage() -> None:
    assert situation(said(Set, share=share(50))).named() == Mark(share(50), None)


def test_what_was_held_is_had() -> None:
    assert situation(said(Resume), standing(Standing.LOST, 20, 1)).held() == Mark(share(20), 1)
    assert situation(said(Resume), standing(Standing.LOST, 20, 1)).had == share(20)
    assert situation(said(Resume)).had == 0


def test_what_was_agreed_is_done_even_if_the_plan_has_another_stage_there_by_now() -> None:
    pending = Pending("promote", share(50), 2, "ann", "growth", NOON + 60)
    release = Release("support", ROLLING.status, share(20), epoch=3, revision=7, pending=pending)
    approve = said(Approve, by="ben")
    assert situation(approve, release).agreed() == Mark(share(50), 2)
    other = ReleasePlan((share(5), share(20), share(60)))
    assert Situation(release, approve, other).agreed() == Mark(share(50), None)


def test_copies_are_off_at_zero_alone() -> None:
    assert situation(said(SetShadow, copied=share(0))).copies_nothing
    for command in (said(SetShadow, copied=None), said(SetShadow, copied=share(5)), said(Pause)):
        assert not situation(command).copies_nothing


def test_nothing_is_agreed_while_nothing_waits() -> None:
    assert situation(said(Approve)).agreed() == Mark(share(20), 1)

"""Drills: what they lead to, what takes them back, and what requires one."""

from dataclasses import replace
from datetime import UTC, date

import pytest

from router.release.commands import (
    Approve,
    Command,
    Complete,
    Drill,
    LoseState,
    Pause,
    Promote,
    Reset,
    Restore,
    Resume,
    Rollback,
    Set,
    Start,
)
from router.release.plan import ReleasePlan
from router.release.refusals import (
    Frozen,
    NotDrilled,
    NotPossible,
    Obstacle,
    Obstructed,
    RevisionPassed,
)
from router.release.state import Drilled, Standing, Status
from router.release.transitions import decide
from router.release.windows import Days
from tests.support.gradual import NOON, PLAN, after, refused, said, share, standing

IDLE = standing(Standing.IDLE)
ROLLING = standing(Standing.ROLLING, 20, 1)
PAUSED = standing(Standing.PAUSED, 20, 1)
LOST = standing(Standing.LOST, 20, 1)
FROZEN = Days(date(2026, 9, 1), date(2026, 9, 30), UTC, "September")
ILL = Obstacle("legacy", "no endpoint is healthy")
STRICT = ReleasePlan(
    PLAN.stages, max_step=share(30), approvals=2, require_reason=True, no_raise=(FROZEN,)
)
TWO = replace(PLAN, approvals=2)


@pytest.mark.parametrize("where", [Standing.ROLLING, Standing.PAUSED, Standing.COMPLETE])
def test_a_drill_is_a_rollback_and_then_everything_is_as_it_was(where: Standing) -> None:
    before = standing(where, 20, 1)
    drilled = after(before, said(Drill))
    assert (drilled.status, drilled.share, drilled.epoch) == (Status.ROLLED_BACK, 0, 4)
    assert drilled.is_barred
    restored = after(drilled, said(Restore, epoch=4))
    assert (restored.status, restored.share, restored.stage) == (before.status, share(20), 1)
    assert (restored.epoch, restored.revision, restored.phase) == (4, 9, 7)
    assert restored.held is None


def test_the_end_of_a_drill_is_held_back_by_nothing_that_guards_raises() -> None:
    drilled = after(ROLLING, said(Drill))
    strict = replace(STRICT, drill_within=1.0)
    assert after(drilled, said(Restore, epoch=4, reason=""), strict).share == share(20)


def test_a_gate_or_an_ill_legacy_leaves_a_drill_at_0() -> None:
    drilled = after(ROLLING, said(Drill))
    assert decide(drilled, said(Restore, epoch=4), PLAN, [ILL]) == Obstructed((ILL,))


def test_what_a_drill_has_shown_outlives_every_later_command() -> None:
    passed = after(after(ROLLING, said(Drill)), said(Restore, epoch=4, at=NOON + 3))
    assert passed.drilled == Drilled(NOON + 3, 7.5)
    later = after(after(passed, said(Rollback)), said(Reset, epoch=5))
    assert later.drilled == passed.drilled
    assert after(after(later, said(Start, epoch=5)), said(LoseState)).drilled == passed.drilled


def test_a_drill_that_was_left_at_0_is_taken_back_by_a_resume_which_is_a_raise() -> None:
    drilled = after(ROLLING, said(Drill))
    resumed = after(drilled, said(Resume, epoch=4), replace(PLAN, max_step=share(1)))
    assert (resumed.standing, resumed.share, resumed.stage) == (Standing.ROLLING, share(20), 1)
    assert resumed.drilled is None
    assert decide(drilled, said(Resume, epoch=4), PLAN, [ILL]) == Obstructed((ILL,))
    asked = after(drilled, said(Resume, epoch=4), TWO)
    assert (asked.standing, asked.share) == (Standing.DRILLED, 0)
    approved = after(asked, said(Approve, by="ben", epoch=4), replace(TWO, drill_within=1.0))
    assert approved.share == share(20)


def test_the_wish_of_a_resume_in_a_drill_has_the_drill_end_no_more() -> None:
    asked = after(after(ROLLING, said(Drill)), said(Resume, epoch=4), TWO)
    assert isinstance(refused(asked, said(Restore, epoch=4, revision=8), TWO), RevisionPassed)


# A drill is required...

REQUIRED = replace(PLAN, drill_within=30 * 86_400.0)
FRESH = replace(ROLLING, drilled=Drilled(NOON - 29 * 86_400, 7.5))
STALE = replace(ROLLING, drilled=Drilled(NOON - 31 * 86_400, 7.5))
RAISES = (said(Promote), said(Set, share=share(60)))


@pytest.mark.parametrize("command", RAISES, ids=lambda it: it.title)
def test_nothing_is_raised_before_a_drill_where_one_is_required(command: Command) -> None:
    assert refused(ROLLING, command, REQUIRED) == NotDrilled("support", 30 * 86_400.0, None)
    assert isinstance(refused(STALE, command, REQUIRED), NotDrilled)
    assert after(FRESH, command, REQUIRED).share > share(20)


def test_no_rollout_is_complete_before_a_drill_except_by_force() -> None:
    for command in (said(Promote), said(Complete)):
        full = standing(Standing.ROLLING, 100, 3)
        assert isinstance(refused(full, command, REQUIRED), NotDrilled)
        done = after(replace(full, drilled=FRESH.drilled), command, REQUIRED)
        assert done.status is Status.COMPLETE
    assert after(ROLLING, said(Complete, force=True), REQUIRED).status is Status.COMPLETE


def test_up_to_the_first_stage_no_drill_is_required_since_none_is_possible_before() -> None:
    for where in (Standing.IDLE, Standing.ROLLED_BACK, Standing.DRILLED):
        assert after(standing(where), said(Start), REQUIRED).share == share(5)
        assert after(standing(where), said(Set, share=share(3)), REQUIRED).share == share(3)
        more = said(Set, share=share(5.01))
        assert isinstance(refused(standing(where), more, REQUIRED), NotDrilled)


def test_what_had_been_there_before_needs_no_drill_to_come_back() -> None:
    drilled = after(ROLLING, said(Drill), REQUIRED)
    assert after(drilled, said(Restore, epoch=4), REQUIRED).share == share(20)
    assert after(drilled, said(Resume, epoch=4), REQUIRED).share == share(20)
    assert after(LOST, said(Resume, confirm_lost_state=True), REQUIRED).share == share(20)


def test_no_drill_is_required_for_less() -> None:
    for command in (said(Set, share=share(10)), said(Set, share=share(0)), said(Pause)):
        assert after(ROLLING, command, REQUIRED).share <= share(20)
    assert after(ROLLING, said(Rollback), REQUIRED).share == 0
    assert after(PAUSED, said(Resume), REQUIRED).share == share(20)


def test_a_drill_may_be_too_old_by_the_time_a_raise_is_approved() -> None:
    plan = replace(REQUIRED, approvals=2)
    asked = after(FRESH, said(Promote), plan)
    assert after(asked, said(Approve, by="ben"), plan).share == share(50)
    aged = replace(asked, drilled=STALE.drilled)
    assert isinstance(refused(aged, said(Approve, by="ben"), plan), NotDrilled)


def test_a_rollback_in_a_drill_stays() -> None:
    drilled = after(ROLLING, said(Drill))
    rolled_back = after(drilled, said(Rollback))
    assert isinstance(refused(rolled_back, said(Restore, epoch=5)), NotPossible)
    assert rolled_back.epoch == 5


def test_no_drill_begins_that_could_not_end_now() -> None:
    assert isinstance(refused(ROLLING, said(Drill), replace(PLAN, no_raise=(FROZEN,))), Frozen)
    assert decide(ROLLING, said(Drill), PLAN, [ILL]) == Obstructed((ILL,))

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from router.release.checks import Check, failing
from router.release.commands import Approve, Command, Promote, Rollback
from router.release.plan import ReleasePlan
from router.release.refusals import (
    EpochPassed,
    Frozen,
    NotDrilled,
    NothingPending,
    NothingToCopy,
    Obstacle,
    Obstructed,
    PendingExpired,
    ReasonMissing,
    Refusal,
    SameIdentity,
    StepTooLarge,
)
from router.release.situation import Situation
from router.release.state import Drilled, Release, Standing
from router.release.windows import Days, Weekly
from tests.support.gradual import NOON, PLAN, said, share, standing, waiting

ROLLING = standing(Standing.ROLLING, 20, 1)
MONDAY = Weekly(timedelta(0), timedelta(days=1), UTC, "mondays")
SEPTEMBER = Days(date(2026, 9, 1), date(2026, 9, 30), UTC, "September")


def found(
    check: Check,
    command: Command | None = None,
    release: Release = ROLLING,
    plan: ReleasePlan = PLAN,
    obstacles: tuple[Obstacle, ...] = (),
) -> Refusal | None:
    situation = Situation(release, command or said(Promote), plan, obstacles)
    return failing(check, situation, share(50))


def test_what_was_decided_at_this_epoch_is_not_too_late() -> None:
    assert found(Check.EPOCH) is None


@pytest.mark.parametrize("seen", [2, 4])
def test_what_was_decided_at_another_epoch_is_refused(seen: int) -> None:
    assert found(Check.EPOCH, said(Promote, epoch=seen)) == EpochPassed(seen, 3)


def test_only_what_the_config_speaks_of_is_copied() -> None:
    assert found(Check.COPIES) == NothingToCopy("support")
    assert found(Check.COPIES, plan=replace(PLAN, sample=share(0))) is None


def test_a_rollback_has_no_epoch_that_could_be_wrong() -> None:
    assert found(Check.EPOCH, said(Rollback)) is None


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_reason_says_something_where_one_is_required(reason: str) -> None:
    strict = replace(PLAN, require_reason=True)
    assert found(Check.REASON, said(Promote, reason=reason), plan=strict) == ReasonMissing(
        "promote"
    )
    assert found(Check.REASON, said(Promote, reason=reason)) is None
    assert found(Check.REASON, said(Promote, reason="why"), plan=strict) is None


@pytest.mark.parametrize(("step", "is_fine"), [(29.99, False), (30, True), (100, True)])
def test_a_step_is_at_most_what_the_plan_allows(step: float, is_fine: bool) -> None:
    refusal = found(Check.STEP, plan=replace(PLAN, max_step=share(step)))
    assert refusal == (None if is_fine else StepTooLarge(share(50), share(49.99)))


def test_without_a_limit_every_step_is_small_enough() -> None:
    assert found(Check.STEP) is None


def test_nothing_is_raised_within_a_window() -> None:
    refusal = found(Check.WINDOW, plan=replace(PLAN, no_raise=(MONDAY,)))
    assert isinstance(refusal, Frozen)
    assert refusal.window == "mondays"
    assert refusal.until.isoformat() == "2026-09-22T00:00:00+00:00"


def test_of_several_windows_the_one_is_named_that_ends_last() -> None:
    refusal = found(Check.WINDOW, plan=replace(PLAN, no_raise=(MONDAY, SEPTEMBER, MONDAY)))
    assert isinstance(refusal, Frozen)
    assert refusal.window == "September"


def test_the_window_is_judged_by_the_time_of_the_command() -> None:
    plan = replace(PLAN, no_raise=(MONDAY,))
    assert found(Check.WINDOW, said(Promote, at=NOON + 86_400), plan=plan) is None


def test_every_obstacle_is_named() -> None:
    obstacles = (Obstacle("error_rate", "undecided"), Obstacle("legacy", "no endpoint is healthy"))
    assert found(Check.OBSTACLES, obstacles=obstacles) == Obstructed(obstacles)
    assert found(Check.OBSTACLES) is None


def test_a_drill_counts_for_as_long_as_the_plan_says() -> None:
    plan = replace(PLAN, drill_within=60.0)
    assert found(Check.DRILL) is None
    assert found(Check.DRILL, plan=plan) == NotDrilled("support", 60.0, None)
    for ago, is_fine in ((60, True), (61, False), (-5, True)):
        drilled = replace(ROLLING, drilled=Drilled(NOON - ago, 7.5))
        refusal = found(Check.DRILL, release=drilled, plan=plan)
        assert refusal == (None if is_fine else NotDrilled("support", 60.0, ago))


def test_an_approval_needs_something_that_waits() -> None:
    assert found(Check.SECOND, said(Approve, by="ben")) == NothingPending()


def test_an_approval_may_come_too_late() -> None:
    release = waiting(ROLLING)
    assert found(Check.SECOND, said(Approve, by="ben", at=NOON + 59), release) is None
    late = found(Check.SECOND, said(Approve, by="ben", at=NOON + 60), release)
    assert late == PendingExpired("set", "ann")


@pytest.mark.parametrize("by", ["ann", "ben"])
def test_nobody_approves_twice_nor_what_he_asked_for_himself(by: str) -> None:
    release = waiting(ROLLING, approved_by=("ben",))
    assert found(Check.SECOND, said(Approve, by=by), release) == SameIdentity(by)
    assert found(Check.SECOND, said(Approve, by="cid"), release) is None

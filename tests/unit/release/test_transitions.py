from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from router.release.commands import (
    Approve,
    ComeBack,
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
    EpochPassed,
    Frozen,
    NothingPending,
    NotPossible,
    Obstacle,
    Obstructed,
    PendingExpired,
    ReasonMissing,
    RevisionPassed,
    SameIdentity,
    StepTooLarge,
)
from router.release.state import Held, HeldFor, Pending, Release, Standing, Status
from router.release.transitions import APPROVAL_LASTS, Decision, decide
from router.release.windows import Days
from tests.support.gradual import NOON, PLAN, after, refused, said, share, standing, waiting

IDLE = standing(Standing.IDLE)
ROLLING = standing(Standing.ROLLING, 20, 1)
PAUSED = standing(Standing.PAUSED, 20, 1)
LOST = standing(Standing.LOST, 20, 1)
FROZEN = Days(date(2026, 9, 1), date(2026, 9, 30), UTC, "September")
ILL = Obstacle("legacy", "no endpoint is healthy")
STRICT = ReleasePlan(
    PLAN.stages, max_step=share(30), approvals=2, require_reason=True, no_raise=(FROZEN,)
)


# What a change carries...


def test_a_change_carries_who_why_when_and_its_place_in_order() -> None:
    assert after(IDLE, said(Start, by="ann", at=NOON + 5, reason="first canary")) == Release(
        "support",
        Status.ROLLING,
        share(5),
        0,
        epoch=3,
        revision=8,
        phase=6,
        updated_at=NOON + 5,
        by="ann",
        reason="first canary",
    )


def test_a_decision_leaves_what_was_before() -> None:
    decision = decide(IDLE, said(Start), PLAN)
    assert isinstance(decision, Decision)
    assert decision.before is IDLE == standing(Standing.IDLE)


@pytest.mark.parametrize(
    ("command", "phase"),
    [
        (said(Set, share=share(20)), 5),
        (said(Pause), 5),
        (said(Complete, force=True), 5),
        (said(Set, share=share(10)), 6),
        (said(Promote), 6),
        (said(Rollback), 6),
    ],
)
def test_a_phase_lasts_as_long_as_its_share(command: Command, phase: int) -> None:
    assert after(ROLLING, command).phase == phase


@pytest.mark.parametrize("where", Standing)
def test_a_rollback_begins_an_epoch_from_everywhere(where: Standing) -> None:
    decision = decide(waiting(standing(where)), said(Rollback), STRICT, [ILL])
    assert isinstance(decision, Decision)
    assert decision.is_rollback
    assert not decision.is_raise
    back = decision.after
    assert (back.status, back.share, back.stage) == (Status.ROLLED_BACK, 0, None)
    assert (back.epoch, back.revision) == (4, 8)
    assert (back.pending, back.held) == (None, None)


def test_a_rollback_needs_no_reason() -> None:
    assert after(ROLLING, said(Rollback, reason=""), STRICT).reason == ""


def test_a_raise_is_told_from_what_is_none() -> None:
    for command, is_raise in [(said(Promote), True), (said(Pause), False)]:
        decision = decide(ROLLING, command, PLAN)
        assert isinstance(decision, Decision)
        assert (decision.is_raise, decision.is_rollback) == (is_raise, False)


# Refused...


def test_a_command_for_another_revision_is_refused_before_anything_else() -> None:
    assert refused(ROLLING, said(Start, revision=6, epoch=1, reason=""), STRICT) == RevisionPassed(
        "support", 7
    )


def test_what_is_not_possible_is_refused_with_what_is() -> None:
    assert refused(PAUSED, said(Set, share=share(50))) == NotPossible(
        "set 50",
        Standing.PAUSED,
        share(20),
        conditions=("not more than it has", "0 percent"),
        possible=("set", "resume", "rollback", "drill"),
    )


def test_approve_is_offered_while_something_waits() -> None:
    refusal = refused(waiting(IDLE), said(Pause))
    assert isinstance(refusal, NotPossible)
    assert refusal.possible == ("set", "start", "rollback", "approve")


def test_only_explicit_words_lead_out_of_a_lost_state() -> None:
    refusal = refused(LOST, said(Resume))
    assert isinstance(refusal, NotPossible)
    assert refusal.conditions == ("confirmed; AI had a share", "confirmed; AI had none")
    assert refusal.possible == ("set", "resume", "rollback")


@pytest.mark.parametrize(
    ("release", "command"),
    [
        (IDLE, said(Set, share=share(1), epoch=2)),
        (IDLE, said(Start, epoch=2)),
        (ROLLING, said(Promote, epoch=2)),
        (PAUSED, said(Resume, epoch=2)),
        (LOST, said(Resume, confirm_lost_state=True, epoch=2)),
        (ROLLING, said(Complete, force=True, epoch=2)),
        (standing(Standing.ROLLED_BACK), said(Reset, epoch=2)),
        (waiting(ROLLING), said(Approve, by="ben", epoch=2)),
        (ROLLING, said(Drill, epoch=2)),
        (standing(Standing.DRILLED), said(Restore, epoch=2)),
    ],
    ids=lambda it: it.title if isinstance(it, Command) else "",
)
def test_what_gives_ai_more_is_refused_after_a_later_rollback(
    release: Release, command: Command
) -> None:
    assert refused(release, command) == EpochPassed(2, 3)


@pytest.mark.parametrize(
    ("release", "command"),
    [
        (ROLLING, said(Set, share=share(10), epoch=2)),
        (ROLLING, said(Set, share=share(0), epoch=2)),
        (PAUSED, said(Set, share=share(10), epoch=2)),
        (ROLLING, said(Pause, epoch=2)),
    ],
)
def test_what_takes_from_ai_is_never_too_late(release: Release, command: Command) -> None:
    assert after(release, command).revision == 8


@pytest.mark.parametrize("command", [said(Start), said(Set, share=share(5))])
def test_windows_and_obstacles_hold_raises_back(command: Command) -> None:
    frozen = replace(PLAN, no_raise=(FROZEN,))
    assert isinstance(refused(IDLE, command, frozen), Frozen)
    assert decide(IDLE, command, PLAN, [ILL]) == Obstructed((ILL,))


def test_steps_are_measured_from_the_share_that_is() -> None:
    plan = replace(PLAN, max_step=share(20))
    assert refused(ROLLING, said(Promote), plan) == StepTooLarge(share(50), share(40))
    assert after(ROLLING, said(Set, share=share(40)), plan).share == share(40)


@pytest.mark.parametrize("where", [Standing.ROLLING, Standing.PAUSED])
def test_less_is_possible_whatever_holds_raises_back(where: Standing) -> None:
    strict = replace(STRICT, max_step=share(1))
    for percent in (0, 10, 20):
        decision = decide(standing(where), said(Set, share=share(percent)), strict, [ILL])
        assert isinstance(decision, Decision)
        assert decision.after.share == share(percent)


@pytest.mark.parametrize(
    ("release", "command"),
    [
        (ROLLING, said(Set, share=share(0), reason="")),
        (ROLLING, said(Pause, reason=" ")),
        (PAUSED, said(Resume, reason="")),
        (standing(Standing.COMPLETE), said(Reset, reason="")),
    ],
)
def test_whatever_else_people_command_has_a_reason_where_one_is_required(
    release: Release, command: Command
) -> None:
    assert refused(release, command, STRICT) == ReasonMissing(command.title)


def test_a_gate_that_has_not_passed_keeps_a_release_from_being_done() -> None:
    at_100 = standing(Standing.ROLLING, 100, 3)
    gate = Obstacle("accuracy", "undecided")
    for command in (said(Promote), said(Complete)):
        assert decide(at_100, command, PLAN, [gate]) == Obstructed((gate,))
    forced = decide(at_100, said(Complete, force=True), PLAN, [gate])
    assert isinstance(forced, Decision)
    assert forced.after.status is Status.COMPLETE


# Approved...

TWO = replace(PLAN, approvals=2)


def test_a_raise_waits_for_another_one_to_agree() -> None:
    decision = decide(ROLLING, said(Promote, by="ann", reason="growth"), TWO)
    assert isinstance(decision, Decision)
    assert decision.is_waiting
    assert not decision.is_raise
    pending = Pending("promote", share(50), 2, "ann", "growth", NOON + APPROVAL_LASTS)
    assert decision.after == replace(ROLLING, revision=8, pending=pending)


def test_the_other_one_carries_it_out() -> None:
    asked = after(ROLLING, said(Promote, by="ann", reason="growth"), TWO)
    decision = decide(asked, said(Approve, by="ben", at=NOON + 60, reason=""), TWO)
    assert isinstance(decision, Decision)
    assert (decision.is_waiting, decision.is_raise) == (False, True)
    done = decision.after
    assert (done.status, done.share, done.stage) == (Status.ROLLING, share(50), 2)
    assert (done.by, done.approved_by, done.reason) == ("ann", ("ben",), "growth")
    assert (done.updated_at, done.revision, done.pending) == (NOON + 60, 9, None)


def test_three_are_asked_where_three_must_agree() -> None:
    three = replace(PLAN, approvals=3)
    asked = after(ROLLING, said(Promote, by="ann"), three)
    once = after(asked, said(Approve, by="ben"), three)
    assert once.pending is not None
    assert asked.pending is not None
    assert once.pending == replace(asked.pending, approved_by=("ben",))
    assert once.revision == asked.revision + 1
    assert refused(once, said(Approve, by="ben"), three) == SameIdentity("ben")
    assert after(once, said(Approve, by="cid"), three).approved_by == ("ben", "cid")


def test_who_asked_cannot_agree_with_himself() -> None:
    asked = after(ROLLING, said(Promote, by="ann"), TWO)
    assert refused(asked, said(Approve, by="ann"), TWO) == SameIdentity("ann")
    again = after(asked, said(Promote, by="ann"), TWO)
    assert again.share == ROLLING.share


def test_nobody_agrees_after_a_day() -> None:
    asked = after(ROLLING, said(Promote), TWO)
    late = said(Approve, by="ben", at=NOON + 24 * 3600)
    assert refused(asked, late, TWO) == PendingExpired("promote", "ann")


@pytest.mark.parametrize(
    "command", [said(Set, share=share(10)), said(Pause), said(Rollback), said(LoseState)]
)
def test_another_command_drops_what_waits(command: Command) -> None:
    asked = after(ROLLING, said(Promote), TWO)
    then = after(asked, command, TWO)
    assert then.pending is None
    too_late = refused(then, said(Approve, by="ben", epoch=then.epoch), TWO)
    assert isinstance(too_late, NothingPending | NotPossible)


def test_what_is_refused_drops_nothing() -> None:
    asked = after(ROLLING, said(Promote), TWO)
    refused(asked, said(Start), TWO)
    assert after(asked, said(Approve, by="ben"), TWO).share == share(50)


def test_an_approval_may_be_for_the_revision_that_was_looked_at() -> None:
    asked = after(ROLLING, said(Promote), TWO)
    other = after(asked, said(Set, share=share(90)), TWO)
    approve = said(Approve, by="ben", revision=asked.revision)
    assert refused(other, approve, TWO) == RevisionPassed("support", other.revision)


def test_what_holds_raises_back_is_asked_again_when_it_is_approved() -> None:
    asked = after(ROLLING, said(Promote), TWO)
    approve = said(Approve, by="ben")
    assert decide(asked, approve, TWO, [ILL]) == Obstructed((ILL,))
    assert isinstance(refused(asked, approve, replace(TWO, no_raise=(FROZEN,))), Frozen)


def test_less_and_pauses_wait_for_nobody() -> None:
    assert after(ROLLING, said(Set, share=share(10)), TWO).share == share(10)
    assert after(ROLLING, said(Pause), TWO).status is Status.PAUSED
    assert after(PAUSED, said(Resume), TWO).status is Status.ROLLING


# Losses...


def test_a_store_that_lost_its_state_leaves_ai_nothing_and_says_why() -> None:
    lost = after(ROLLING, LoseState(by="store", at=NOON))
    assert (lost.status, lost.share, lost.reason) == (Status.PAUSED, 0, "store_lost_state")
    assert lost.held == Held(HeldFor.LOST_STATE, Status.ROLLING, share(20), 1)
    assert (lost.epoch, lost.revision) == (3, 8)


def test_what_was_known_before_the_first_loss_is_what_counts() -> None:
    twice = after(after(ROLLING, said(LoseState)), said(LoseState))
    assert after(twice, said(Resume, confirm_lost_state=True)).share == share(20)


def test_a_drill_that_a_loss_interrupts_has_ended_in_a_rollback() -> None:
    lost = after(after(ROLLING, said(Drill)), said(LoseState))
    back = after(lost, said(Resume, confirm_lost_state=True, epoch=4))
    assert back.standing is Standing.ROLLED_BACK


def test_to_confirm_a_loss_is_a_raise_which_others_approve() -> None:
    confirm = said(Resume, confirm_lost_state=True)
    asked = after(LOST, confirm, TWO)
    assert (asked.standing, asked.share) == (Standing.LOST, 0)
    done = after(asked, said(Approve, by="ben"), TWO)
    assert (done.status, done.share, done.held) == (Status.ROLLING, share(20), None)
    assert isinstance(refused(LOST, confirm, replace(PLAN, no_raise=(FROZEN,))), Frozen)


def test_to_confirm_a_loss_may_exceed_a_step_since_steps_had_led_there() -> None:
    confirm = said(Resume, confirm_lost_state=True)
    assert after(LOST, confirm, replace(PLAN, max_step=share(1))).share == share(20)


def test_a_service_that_comes_back_with_a_config_begins_anew_but_not_after_a_rollback() -> None:
    assert after(ROLLING, said(ComeBack)).standing is Standing.IDLE
    assert after(standing(Standing.DRILLED), said(ComeBack)).standing is Standing.ROLLED_BACK
    assert after(LOST, said(ComeBack)).held == LOST.held


def test_a_window_is_over_at_its_end() -> None:
    october = said(Start, at=NOON + timedelta(days=10).total_seconds())
    assert after(IDLE, october, replace(PLAN, no_raise=(FROZEN,))).share == share(5)

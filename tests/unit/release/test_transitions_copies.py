"""What is said of copies: it changes how many requests are copied, and nothing else."""

from dataclasses import replace

import pytest

from router.model import BasisPoints
from router.release.commands import (
    ComeBack,
    Command,
    Drill,
    LoseState,
    Pause,
    Reset,
    Restore,
    Rollback,
    Set,
    SetShadow,
)
from router.release.refusals import EpochPassed, NothingToCopy, ReasonMissing, RevisionPassed
from router.release.state import Release, Standing
from router.release.transitions import Decision, decide
from tests.support.gradual import PLAN, after, refused, said, share, standing, waiting

COPYING = replace(PLAN, sample=share(10))
STRICT = replace(COPYING, require_reason=True, approvals=3, max_step=BasisPoints(1))
ROLLING = standing(Standing.ROLLING)


@pytest.mark.parametrize("copied", [None, share(0), share(0.5), share(100)])
@pytest.mark.parametrize("where", Standing)
def test_everywhere_it_changes_what_is_copied_and_nothing_else(
    where: Standing, copied: BasisPoints | None
) -> None:
    before = replace(standing(where), shadow=share(7))
    decision = decide(before, said(SetShadow, copied=copied), STRICT)
    assert isinstance(decision, Decision)
    assert decision.after == replace(before, revision=8, shadow=copied)
    assert not decision.is_raise
    assert not decision.is_waiting
    assert not decision.is_rollback


def test_it_drops_a_raise_that_waits_as_every_command_does() -> None:
    assert after(waiting(ROLLING), said(SetShadow, copied=share(5)), COPYING).pending is None


def test_where_the_config_copies_nothing_nothing_is_switched_on_or_off() -> None:
    for copied in (None, share(0), share(5)):
        assert refused(ROLLING, said(SetShadow, copied=copied)) == NothingToCopy("support")


def test_copies_are_switched_on_upon_the_sight_of_a_release_and_off_in_any_case() -> None:
    on, more = (said(SetShadow, epoch=2, copied=copied) for copied in (None, share(5)))
    assert refused(ROLLING, on, COPYING) == refused(ROLLING, more, COPYING) == EpochPassed(2, 3)
    assert after(ROLLING, said(SetShadow, epoch=2, copied=share(0)), COPYING).shadow == 0
    other = said(SetShadow, copied=share(0), revision=6)
    assert refused(ROLLING, other, COPYING) == RevisionPassed("support", 7)


def test_it_needs_a_reason_where_all_commands_do() -> None:
    silent = said(SetShadow, copied=share(0), reason="")
    assert refused(ROLLING, silent, STRICT) == ReasonMissing("shadow off")


@pytest.mark.parametrize(
    "command",
    [said(Set, share=share(5)), said(Pause), said(Rollback), said(Drill), said(LoseState)],
    ids=lambda command: command.name,
)
def test_no_other_command_changes_what_is_copied(command: Command) -> None:
    assert after(replace(ROLLING, shadow=share(5)), command).shadow == share(5)


def test_it_outlives_a_drill_and_a_reset() -> None:
    drilled = after(replace(ROLLING, shadow=share(5)), said(Drill))
    assert after(drilled, said(Restore, epoch=4)).shadow == share(5)
    assert after(drilled, said(Reset, epoch=4)).shadow == share(5)


def test_a_service_that_comes_back_is_copied_as_its_config_says() -> None:
    assert after(replace(ROLLING, shadow=share(0)), said(ComeBack)).shadow is None


def test_what_is_copied_is_what_was_said_last_else_what_the_config_says() -> None:
    assert COPYING.copied(Release("support")) == share(10)
    assert COPYING.copied(Release("support", shadow=share(0))) == 0
    assert PLAN.copied(Release("support", shadow=share(5))) is None

"""The table against the order of business as it was agreed, written down once more, by hand."""

from typing import get_args

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
from router.release.refusals import NotPossible
from router.release.state import Release, Standing
from router.release.table import TABLE, Guard
from router.release.transitions import Decision, decide
from tests.support.gradual import PLAN, said, share, standing, waiting

STANDINGS = {
    "idle": standing(Standing.IDLE),
    "rolling": standing(Standing.ROLLING, 20, 1),
    "at 50": standing(Standing.ROLLING, 50, None),
    "at 100": standing(Standing.ROLLING, 100, 3),
    "paused": standing(Standing.PAUSED, 20, 1),
    "lost": standing(Standing.LOST, 20, 1),
    "complete": standing(Standing.COMPLETE, 100, 3),
    "rolled back": standing(Standing.ROLLED_BACK),
    "drilled": standing(Standing.DRILLED, 20, 1),
}

EVERYWHERE = dict.fromkeys(STANDINGS, "rolled_back 0")
STILL = dict.fromkeys(STANDINGS, "paused (lost state) 0")
AT_0 = ("idle", "rolled back", "drilled")

LEADS: list[tuple[Command, dict[str, str]]] = [
    (
        said(Set, share=share(30)),
        {
            "rolling": "rolling 30",
            "at 50": "rolling 30",
            "at 100": "rolling 30",
            **dict.fromkeys(AT_0, "rolling 30"),
        },
    ),
    (
        said(Set, share=share(10)),
        {
            "rolling": "rolling 10",
            "at 50": "rolling 10",
            "at 100": "rolling 10",
            "paused": "paused 10",
            **dict.fromkeys(AT_0, "rolling 10"),
        },
    ),
    (
        said(Set, share=share(0)),
        dict.fromkeys(["idle", "rolling", "at 50", "at 100", "paused", "lost"], "idle 0"),
    ),
    (said(Start), dict.fromkeys(AT_0, "rolling 5 at stage 0")),
    (
        said(Promote),
        {
            "rolling": "rolling 50 at stage 2",
            "at 50": "rolling 100 at stage 3",
            "at 100": "complete 100 at stage 3",
        },
    ),
    (
        said(Pause),
        {
            "rolling": "paused 20 at stage 1",
            "at 50": "paused 50",
            "at 100": "paused 100 at stage 3",
        },
    ),
    (said(Resume), {"paused": "rolling 20 at stage 1", "drilled": "rolling 20 at stage 1"}),
    (
        said(Resume, confirm_lost_state=True),
        dict.fromkeys(["paused", "lost", "drilled"], "rolling 20 at stage 1"),
    ),
    (said(Complete), {"at 100": "complete 100 at stage 3"}),
    (
        said(Complete, force=True),
        {
            "rolling": "complete 20 at stage 1",
            "at 50": "complete 50",
            "at 100": "complete 100 at stage 3",
        },
    ),
    (said(Rollback), EVERYWHERE),
    (said(Reset), dict.fromkeys(["complete", "rolled back", "drilled"], "idle 0")),
    (
        said(Drill),
        dict.fromkeys(
            ["rolling", "at 50", "at 100", "paused", "complete"], "rolled_back (drill) 0"
        ),
    ),
    (said(Restore), {"drilled": "rolling 20 at stage 1"}),
    (said(LoseState), STILL),
    (
        said(ComeBack),
        dict.fromkeys(["idle", "rolling", "at 50", "at 100", "paused", "complete"], "idle 0")
        | dict.fromkeys(["rolled back", "drilled"], "rolled_back 0")
        | {"lost": "paused (lost state) 0"},
    ),
]


def shown(release: Release) -> str:
    stage = "" if release.stage is None else f" at stage {release.stage}"
    return f"{release.standing} {release.share / 100:g}{stage}"


@pytest.mark.parametrize(
    ("command", "leads"),
    LEADS,
    ids=[f"{command.title}-{n}" for n, (command, _) in enumerate(LEADS)],
)
@pytest.mark.parametrize("where", STANDINGS)
def test_a_command_leads_where_it_was_agreed_and_nowhere_else(
    where: str, command: Command, leads: dict[str, str]
) -> None:
    decision = decide(STANDINGS[where], command, PLAN)
    if where in leads:
        assert isinstance(decision, Decision), str(decision)
        assert shown(decision.after) == leads[where]
    else:
        assert isinstance(decision, NotPossible)


def test_every_command_has_a_row() -> None:
    assert {row.command for row in TABLE} == set(get_args(Command))


@pytest.mark.parametrize("where", STANDINGS)
def test_an_approval_carries_a_waiting_raise_out_where_one_may_be_asked_for(where: str) -> None:
    decision = decide(waiting(STANDINGS[where], 70), said(Approve, by="ben"), PLAN)
    if where in ("paused", "complete"):
        assert isinstance(decision, NotPossible)
    else:
        assert isinstance(decision, Decision)
        assert shown(decision.after) == "rolling 70"


def test_no_row_of_a_rollback_has_a_guard() -> None:
    assert [(row.standings, row.only, row.guard) for row in TABLE if row.command is Rollback] == [
        (tuple(Standing), None, Guard())
    ]


def test_whatever_may_raise_waits_for_approval_and_nothing_else_does() -> None:
    assert {row.command for row in TABLE if row.guard.needs_approval} == {
        Set,
        Start,
        Promote,
        Resume,
        Approve,
    }


def test_what_held_nothing_of_ai_is_as_it_was_when_the_loss_is_confirmed() -> None:
    for where in ("idle", "rolled back"):
        lost = decide(STANDINGS[where], said(LoseState), PLAN)
        assert isinstance(lost, Decision)
        back = decide(lost.after, said(Resume, confirm_lost_state=True), PLAN)
        assert isinstance(back, Decision)
        assert back.after.standing is STANDINGS[where].standing


def test_a_plan_that_ends_below_everybody_is_complete_there() -> None:
    short = ReleasePlan(PLAN.stages[:3])
    decision = decide(standing(Standing.ROLLING, 50, 2), said(Promote), short)
    assert isinstance(decision, Decision)
    assert shown(decision.after) == "complete 50 at stage 2"

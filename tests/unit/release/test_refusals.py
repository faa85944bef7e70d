from datetime import UTC, datetime

import pytest

from router.release.refusals import (
    ALL_REFUSALS,
    EpochPassed,
    Frozen,
    NotDrilled,
    NothingPending,
    NothingToCopy,
    NotPossible,
    Obstacle,
    Obstructed,
    PendingExpired,
    ReasonMissing,
    Refusal,
    RevisionPassed,
    SameIdentity,
    StepTooLarge,
    span,
)
from router.release.state import Standing
from tests.support.gradual import share

SAID: list[tuple[Refusal, str]] = [
    (
        NotPossible("pause", Standing.IDLE, share(0), (), ("set", "rollback")),
        "pause is not possible while idle at 0 percent; possible are set, rollback",
    ),
    (
        NotPossible("complete", Standing.ROLLING, share(12.5), ("at 100", "by force"), ("set",)),
        (
            "complete is not possible while rolling at 12.5 percent, only at 100 or by force; "
            "possible are set"
        ),
    ),
    (RevisionPassed("orders", 8), "orders is at revision 8 by now; look at it and ask again"),
    (
        EpochPassed(2, 3),
        (
            "it was decided at epoch 2, and a rollback has begun epoch 3; "
            "look at the release and ask again"
        ),
    ),
    (ReasonMissing("set 5"), "set 5 needs a reason here; say why; a rollback needs none"),
    (
        StepTooLarge(share(50), share(35)),
        "50 percent is too large a step; at most 35 percent may be next",
    ),
    (
        Frozen("fri 16:00 - mon 08:00", datetime(2026, 9, 28, 8, tzinfo=UTC)),
        (
            "nothing is raised now (fri 16:00 - mon 08:00); possible again from "
            "2026-09-28T08:00+00:00; less is at any time"
        ),
    ),
    (
        Obstructed((Obstacle("accuracy", "undecided: few"), Obstacle("legacy", "down"))),
        (
            "held back by accuracy: undecided: few; legacy: down; "
            "less is possible at any time, and so is a rollback"
        ),
    ),
    (
        NotDrilled("orders", 30 * 86_400.0, None),
        ("no drill within 30d; `gray-router drill orders` rehearses a rollback; then ask again"),
    ),
    (
        NothingToCopy("orders"),
        (
            "orders has no `shadow` in the config: none of its requests is copied; "
            "write `shadow: {send: both}` there, and reload"
        ),
    ),
    (
        NothingPending(),
        "nothing waits for an approval; every other command has dropped what did",
    ),
    (
        PendingExpired("promote", "ann"),
        "the promote of ann has waited for too long; it has to be asked for again",
    ),
    (SameIdentity("ann"), "ann has said yes already; somebody else has to approve it"),
]


@pytest.mark.parametrize(("refusal", "text"), SAID, ids=lambda it: getattr(it, "code", ""))
def test_a_refusal_says_what_is_wrong_and_what_is_possible(refusal: Refusal, text: str) -> None:
    assert str(refusal) == text


def test_a_drill_that_is_too_old_is_named_with_its_age() -> None:
    fact = NotDrilled("orders", 36 * 3600.0, 40 * 86_400.0 + 7300).fact
    assert fact == "no drill within 1d 12h, the last one was 40d 2h ago"


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0s"), (-5, "0s"), (90, "1m 30s"), (86_400, "1d")]
)
def test_a_time_is_written_in_its_two_largest_units(seconds: float, written: str) -> None:
    assert span(seconds) == written


def test_every_refusal_is_listed_with_a_code_of_its_own() -> None:
    assert {type(refusal) for refusal, _ in SAID} == set(ALL_REFUSALS)
    assert len({each.code for each in ALL_REFUSALS}) == len(ALL_REFUSALS)

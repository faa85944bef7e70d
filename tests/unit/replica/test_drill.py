from dataclasses import replace

from router.release.commands import Drill, Restore, SetShadow
from router.release.refusals import NotPossible, Obstacle, Obstructed
from router.release.state import Drilled, Release, Standing
from router.release.transitions import Decision, decide
from router.replica.drill import UNCONFIRMED, Left, Measured, restoring
from router.replica.joining import join
from tests.support.gradual import share
from tests.support.known import NOON, PLAN, after, at, rolled_back

FIFTY = at(50)
ILL = Obstacle("legacy", "no endpoint is healthy")
FAST = Measured(7.5, is_complete=True)


def drilled(release: Release = FIFTY) -> Release:
    return after(release, Drill(by="ann", at=NOON, epoch=release.epoch, reason="monthly"))


def restore(during: Release, release: Release | None = None) -> Restore:
    found = restoring(during, FAST, release or during, NOON + 2)
    assert isinstance(found, Restore)
    return found


def test_it_is_a_rollback_and_everything_is_as_it_was_afterwards() -> None:
    during = drilled()
    assert (during.standing, during.epoch, during.share) == (Standing.DRILLED, 1, 0)
    release = after(during, restore(during))
    assert (release.status, release.share, release.stage) == (
        FIFTY.status,
        FIFTY.share,
        FIFTY.stage,
    )
    assert (release.epoch, release.by, release.reason) == (1, "ann", "monthly")
    assert release.drilled == Drilled(NOON + 2, 7.5)


def test_where_ai_has_no_share_there_is_nothing_to_rehearse() -> None:
    found = decide(Release("support"), Drill(by="ann", at=NOON, epoch=0), PLAN)
    assert isinstance(found, NotPossible)


def left(during: Release, release: Release, measured: Measured = FAST) -> str:
    found = restoring(during, measured, release, NOON + 2)
    assert isinstance(found, Left)
    return found.because


def test_any_other_command_leaves_it_at_0() -> None:
    during = drilled()
    assert "ben has changed" in left(during, rolled_back(during))
    assert "ann has changed" in left(during, at(5, during))


def test_what_is_copied_may_change_meanwhile() -> None:
    during = drilled()
    told = SetShadow(by="ben", at=NOON + 1, epoch=1, copied=share(0))
    quiet = decide(during, told, replace(PLAN, sample=share(10)))
    assert isinstance(quiet, Decision)
    release = after(quiet.after, restore(during, quiet.after))
    assert (release.status, release.share) == (FIFTY.status, FIFTY.share)
    assert release.shadow == 0
    assert "ben has changed" in left(during, rolled_back(quiet.after, by="ben"))


def test_what_was_decided_before_another_command_is_refused_after_it() -> None:
    during = drilled()
    command = restore(during)
    for other in (rolled_back(during), at(5, during)):
        assert not isinstance(decide(other, command, PLAN), Decision)


def test_a_rollback_of_somebody_who_knew_nothing_of_it_leaves_it_at_0() -> None:
    during = drilled()
    assert "has changed" in left(during, join(during, rolled_back(FIFTY)))


def test_another_drill_is_not_ended_by_it() -> None:
    during = drilled()
    assert "has changed" in left(during, drilled(after(during, restore(during))))


def test_a_failing_gate_or_an_ill_legacy_leaves_it_at_0() -> None:
    during = drilled()
    assert decide(during, restore(during), PLAN, [ILL]) == Obstructed((ILL,))


def test_whoever_has_not_confirmed_leaves_it_at_0() -> None:
    during = drilled()
    assert left(during, during, Measured(800.0, is_complete=False)) == UNCONFIRMED

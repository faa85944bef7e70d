from router.release.commands import Drill
from router.release.refusals import NotPossible, Obstacle
from router.release.state import Release, Standing
from router.replica.drill import Left, Measured, Plan, ended, planned
from router.replica.joining import join
from tests.support.known import NOON, PLAN, at, rolled_back

FIFTY = at(50)
ILL = Obstacle("legacy", "no endpoint is healthy")


def drilled(release: Release = FIFTY) -> Plan:
    found = planned(release, Drill(by="ann", at=NOON, epoch=release.epoch), PLAN, ())
    assert isinstance(found, Plan)
    return found


def test_it_is_a_rollback_and_everything_is_as_it_was_afterwards() -> None:
    drill = drilled()
    assert (drill.during.standing, drill.during.epoch) == (Standing.DRILLED, 1)
    release = ended(drill, drill.during, PLAN, (), NOON + 2)
    assert isinstance(release, Release)
    assert (release.status, release.share, release.stage) == (
        FIFTY.status,
        FIFTY.share,
        FIFTY.stage,
    )
    assert release.epoch == 1


def test_where_ai_has_no_share_there_is_nothing_to_rehearse() -> None:
    found = planned(Release("support"), Drill(by="ann", at=NOON, epoch=0), PLAN, ())
    assert isinstance(found, NotPossible)


def left(drill: Plan, release: Release, *obstacles: Obstacle) -> str:
    found = ended(drill, release, PLAN, obstacles, NOON + 2)
    assert isinstance(found, Left)
    return found.because


def test_any_other_command_leaves_it_at_0() -> None:
    drill = drilled()
    assert "ben" in left(drill, rolled_back(drill.during))
    assert "ann" in left(drill, at(5, drill.during))


def test_a_rollback_of_somebody_who_knew_nothing_of_it_leaves_it_at_0() -> None:
    drill = drilled()
    assert "has changed it" in left(drill, join(drill.during, rolled_back(FIFTY)))


def test_another_drill_is_not_ended_by_it() -> None:
    drill = drilled()
    restored = ended(drill, drill.during, PLAN, (), NOON)
    assert isinstance(restored, Release)
    assert "has changed it" in left(drill, drilled(restored).during)


def test_a_failing_gate_or_an_ill_legacy_leaves_it_at_0() -> None:
    drill = drilled()
    assert left(drill, drill.during, ILL) == "no endpoint is healthy"


def test_it_counts_if_everybody_confirmed_and_all_is_as_before() -> None:
    assert Measured(120.0, is_complete=True, is_restored=True).passes
    assert not Measured(120.0, is_complete=False, is_restored=True).passes
    assert not Measured(120.0, is_complete=True, is_restored=False).passes

import pytest

from router.model import ALL, BasisPoints
from router.release.plan import ReleasePlan
from router.release.state import Release, Status
from tests.support.gradual import PLAN, share


@pytest.mark.parametrize(
    ("percent", "stage"),
    [(0, 0), (4.99, 0), (5, 1), (19, 1), (20, 2), (33, 2), (50, 3), (99.99, 3), (100, None)],
)
def test_the_next_stage_is_the_lowest_one_above_the_share(
    percent: float, stage: int | None
) -> None:
    assert PLAN.next_stage(share(percent)) == stage


@pytest.mark.parametrize(
    ("stage", "percent", "has"),
    [(0, 5, True), (1, 20, True), (3, 100, True), (1, 5, False), (4, 100, False), (None, 5, False)],
)
def test_a_stage_is_known_by_its_place_and_its_share(
    stage: int | None, percent: float, has: bool
) -> None:
    assert PLAN.has(stage, share(percent)) is has


@pytest.mark.parametrize("stages", [(), (0, 5), (5, 5), (20, 5), (5, ALL + 1)])
def test_stages_rise_from_above_nothing_to_everybody(stages: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="stages must rise"):
        ReleasePlan(tuple(map(BasisPoints, stages)))


def test_a_plan_asks_for_nothing_more_unless_it_says_so() -> None:
    plan = ReleasePlan((share(5),))
    assert (plan.max_step, plan.approvals, plan.require_reason, plan.no_raise) == (
        None,
        1,
        False,
        (),
    )


def test_nobody_is_too_few_for_a_raise() -> None:
    with pytest.raises(ValueError, match="first to want it"):
        ReleasePlan((share(5),), approvals=0)


@pytest.mark.parametrize("holds_on", [False, True])
def test_only_what_is_complete_holds_on(holds_on: bool) -> None:
    plan = ReleasePlan((share(5),), holds_on=holds_on)
    assert plan.holds(Release("support", Status.COMPLETE, ALL)) is holds_on
    assert not plan.holds(Release("support", Status.ROLLING, ALL))
    assert not plan.holds(Release("support", Status.ROLLED_BACK))

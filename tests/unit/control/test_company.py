from dataclasses import replace

import pytest

from router.control import company as room
from router.control.company import Company
from tests.support.fleets import ME, OTHER, THIRD, others_of
from tests.support.releases import fleet_of

SOON = 5.0


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ASK_EVERY", 0.001)


def test_alone_there_is_nobody_else() -> None:
    company = Company(fleet_of(lambda: 0.0))
    assert [each.replica for each in company.members()] == ["r1"]
    assert company.others() == ()
    assert company.named(["worker-1"]) == ("worker-1",)
    company.tell.call([], [], lambda _: None)
    assert company.max_lag == 0.0


async def test_alone_nobody_is_waited_for() -> None:
    company = Company(fleet_of(lambda: 0.0))
    assert await company.caught_up("support", (9, 9), 0.0) == ()
    assert await company.confirmed(0.0)


def test_among_others_a_worker_is_named_with_its_replica() -> None:
    assert others_of(OTHER).company.named(["worker-1"]) == ("r1/worker-1",)


def test_the_others_are_all_but_ourselves() -> None:
    company = others_of(OTHER, THIRD).company
    assert company.members()[0] == ME
    assert company.others() == (OTHER, THIRD)


def test_who_serves_by_less_is_behind_and_who_has_no_such_service_is_not() -> None:
    others = others_of()
    others.fleet.serves(OTHER, support=(1, 4))
    others.fleet.serves(THIRD, orders=(0, 1))
    assert others.company.behind("support", (1, 5)) == ("r2",)
    assert others.company.behind("support", (1, 4)) == ()


def test_two_that_go_by_one_name_are_two() -> None:
    others = others_of()
    others.fleet.serves(OTHER, support=(1, 4))
    others.fleet.serves(replace(OTHER, instance="r2-2"), support=(1, 4))
    assert others.company.behind("support", (1, 5)) == ("r2", "r2")


async def test_it_is_asked_again_until_the_others_serve_by_it() -> None:
    others = others_of()
    others.fleet.serves(OTHER, support=(1, 4))

    def follow_at_the_third() -> None:
        if others.fleet.nudges == 3:
            others.fleet.serves(OTHER, support=(1, 5))

    others.fleet.meanwhile = follow_at_the_third
    assert await others.company.caught_up("support", (1, 5), SOON) == ()
    assert others.fleet.nudges == 3


async def test_who_does_not_follow_in_time_is_named() -> None:
    others = others_of()
    others.fleet.serves(OTHER, support=(1, 4))
    assert await others.company.caught_up("support", (1, 5), 0.01) == ("r2",)
    assert others.fleet.nudges


async def test_our_own_workers_and_the_others_are_waited_for_at_once() -> None:
    async def ours() -> tuple[str, ...]:
        return ("worker-1",)

    others = others_of()
    others.fleet.serves(OTHER, support=(1, 4))
    behind = await others.company.behind_with(ours(), "support", (1, 5), 0.01)
    assert behind == ("r1/worker-1", "r2")

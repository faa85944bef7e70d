from dataclasses import replace

import pytest

from router.control import company as room
from router.control.company import Alone, Company, Nobody
from router.replica.membership import Presence
from tests.support.fleets import ME, OTHER, THIRD, others_of

SOON = 5.0


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ASK_EVERY", 0.001)


def test_alone_there_is_nobody_else() -> None:
    company = Company(Alone("r1", lambda: 3), Nobody())
    assert company.members() == (Presence("r1", company.me, 3),)
    assert company.others() == ()
    assert company.named("r1", ["worker-1"]) == ("worker-1",)
    company.tell.call([], [], lambda _: None)


async def test_alone_nobody_is_waited_for() -> None:
    alone = Alone("r1", lambda: 3)
    assert await Company(alone, Nobody()).caught_up("support", (9, 9), 0.0) == ()
    alone.nudge()


def test_among_others_a_worker_is_named_with_its_replica() -> None:
    assert others_of(OTHER).company.named("r1", ["worker-1"]) == ("r1/worker-1",)


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
    assert others.fleet.nudges > 1

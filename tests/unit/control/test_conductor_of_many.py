import pytest

from router.control import company as room, conductor as conducting
from router.errors import ReleaseRefusedError
from router.model import BasisPoints
from router.release.state import Release, Status
from tests.support.fleets import OTHER, Others, others_of
from tests.support.releases import HeardWorkers, Router, begun, router_of, to

ROLLING = Release("support", Status.ROLLING, BasisPoints(500), revision=3, phase=2)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ASK_EVERY", 0.001)
    monkeypatch.setattr(conducting, "ACKNOWLEDGE_LIMIT", 0.05)


@pytest.fixture
def others() -> Others:
    others = others_of()
    others.fleet.serves(OTHER, support=(0, 3))
    return others


def router_among(others: Others) -> Router:
    return begun(router_of(HeardWorkers(), ROLLING, company=others.company))


async def test_a_change_waits_until_the_others_serve_by_it(others: Others) -> None:
    others.fleet.meanwhile = lambda: others.fleet.serves(OTHER, support=(0, 4))
    receipt = await router_among(others).conductor.carry_out(to(20))
    assert (receipt.missing, others.fleet.nudges) == ((), 1)


async def test_who_does_not_serve_by_it_in_time_is_named(others: Others) -> None:
    router = router_among(others)
    router.workers.missing = ("worker-1",)
    receipt = await router.conductor.carry_out(to(20))
    assert receipt.missing == ("r1/worker-1", "r2")


async def test_a_replica_that_is_behind_holds_the_next_raise_back(others: Others) -> None:
    router = router_among(others)
    await router.conductor.carry_out(to(20))
    with pytest.raises(ReleaseRefusedError, match="is not acknowledged by r2"):
        await router.conductor.carry_out(to(30))
    receipt = await router.conductor.carry_out(to(10))  # less is always possible
    assert receipt.release.share == 1000

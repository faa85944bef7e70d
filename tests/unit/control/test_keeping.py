import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from router.model import BasisPoints
from router.release.state import Release, Status
from router.store.audit import Event
from router.store.journal import Journal
from tests.support.background import Told, events
from tests.support.releases import SOMEBODY, HeardWorkers, Router, begun, router_of

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), epoch=1, revision=3, phase=2)
ORDERS = replace(ROLLING, service="orders")


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


@pytest.fixture
def router() -> Router:
    return begun(router_of(HeardWorkers(), ROLLING, ORDERS))


async def test_what_a_store_had_in_its_place_is_gone_beyond_later_too(router: Router) -> None:
    await router.conductor.roll_back(["support"], SOMEBODY, "")
    newest = replace(ROLLING, epoch=7, revision=40)
    router.machine.shelf.releases["support"] = newest
    told: list[Event] = []
    router.machine.ledger.observers.append(told.append)
    assert router.conductor.keeping.follow(newest)
    assert router.conductor.release("support").epoch == 8
    for _ in range(100):
        if told:
            break
        await asyncio.sleep(0.01)
    assert router.machine.shelf.releases["support"].epoch == 8
    assert not router.conductor.keeping.follow(replace(newest, service="gone"))
    assert router.machine.shelf.releases["support"].epoch == 8


async def test_what_the_store_has_and_is_later_is_served(router: Router) -> None:
    later = replace(ROLLING, revision=4, share=BasisPoints(5000))
    keeping = router.conductor.keeping
    assert [keeping.follow(later), keeping.follow(later), keeping.follow(ROLLING)] == [
        True,
        False,
        False,
    ]
    assert router.conductor.release("support") == later
    assert router.served.remembered("support") == (1, 4)


async def test_a_rollback_that_the_store_has_outlives_the_store_and_our_restart(
    router: Router,
) -> None:
    back = replace(ROLLING, status=Status.ROLLED_BACK, share=BasisPoints(0), epoch=2, revision=4)
    machine = router.machine
    machine.shelf.releases["support"] = back
    assert router.conductor.keeping.follow(back)
    for _ in range(1000):
        if Journal(machine.disk).read():
            break
        await asyncio.sleep(0.002)
    machine.shelf.releases.clear()
    assert (await machine.restart()).releases["support"] == back


async def test_a_rollback_that_another_replica_serves_by_is_served_and_kept_once(
    router: Router,
) -> None:
    elsewhere = begun(router_of(HeardWorkers(), ROLLING, ORDERS))
    await elsewhere.conductor.roll_back(["support"], SOMEBODY, "it is wrong")
    theirs = elsewhere.conductor.release("support")
    keeping = router.conductor.keeping
    assert [keeping.meet(theirs), keeping.meet(theirs), keeping.meet(ROLLING)] == [
        True,
        False,
        False,
    ]
    assert router.conductor.release("support") == theirs
    for _ in range(1000):
        if keeping.is_in_store("support"):
            break
        await asyncio.sleep(0.002)
    assert router.machine.shelf.releases["support"] == theirs
    (event,) = (await router.machine.store.events()).events
    assert (event.who, event.command) == ("somebody", "rollback")
    assert (await router.machine.restart()).releases["support"] == theirs


async def test_what_another_replica_serves_of_several_services_is_served_in_one_snapshot(
    router: Router,
) -> None:
    elsewhere = begun(router_of(HeardWorkers(), ROLLING, ORDERS))
    await elsewhere.conductor.roll_back(["support", "orders"], SOMEBODY, "")
    assert router.conductor.keeping.meet(*elsewhere.conductor.releases)
    assert router.conductor.releases == elsewhere.conductor.releases
    assert len(router.workers.heard) == 1


async def test_what_is_heard_before_the_store_was_read_holds_against_what_the_store_has() -> None:
    elsewhere = begun(router_of(HeardWorkers(), ROLLING))
    await elsewhere.conductor.roll_back(["support"], SOMEBODY, "")
    raised = replace(ROLLING, epoch=5, revision=9)  # in ignorance of that rollback
    router = router_of(HeardWorkers(), raised)
    router.served.begin()
    router.conductor.keeping.meet(elsewhere.conductor.release("support"))
    router.conductor.keeping.settle_blind([raised])
    router.served.restore({"support": raised}, is_read=True, hold=None)
    served = router.conductor.release("support")
    assert (served.status, served.share, served.epoch) == (Status.ROLLED_BACK, 0, 6)


async def test_no_replica_is_given_a_share_by_what_another_one_says(router: Router) -> None:
    more = replace(ROLLING, epoch=9, revision=9, share=BasisPoints(9000))
    assert not router.conductor.keeping.meet(more)
    assert router.conductor.release("support") == ROLLING


async def test_what_is_served_is_kept_once_more_where_the_folder_was_removed(
    router: Router,
) -> None:
    await router.conductor.roll_back(["support"], SOMEBODY, "")
    router.machine.shelf.releases.clear()
    router.machine.disk.slots.clear()
    assert router.conductor.keeping.is_in_store("orders")
    router.conductor.keeping.keep_again()
    assert not router.conductor.keeping.is_in_store("orders")  # so nobody takes it for lost
    for _ in range(1000):
        if router.conductor.keeping.is_in_store("orders"):
            break
        await asyncio.sleep(0.002)
    found = await router.machine.restart()
    assert set(found.releases.values()) == set(router.conductor.releases)


async def test_a_journal_that_somebody_took_away_is_written_anew_once_at_a_time(
    router: Router,
) -> None:
    await router.conductor.roll_back(["support"], SOMEBODY, "")
    keeping, machine = router.conductor.keeping, router.machine
    assert not keeping.keep_displaced()
    machine.disk.is_displaced = True
    machine.shelf.releases.clear()
    assert keeping.keep_displaced()
    assert not keeping.keep_displaced()
    machine.disk.is_displaced = False
    for _ in range(1000):
        if keeping.is_in_store("orders"):
            break
        await asyncio.sleep(0.002)
    assert not keeping.keep_displaced()
    found = await machine.restart()
    assert set(found.releases.values()) == set(router.conductor.releases)


async def test_what_is_not_known_yet_is_not_kept_again() -> None:
    router = router_of(HeardWorkers(), ROLLING)
    router.conductor.keeping.keep_again()
    assert router.machine.shelf.links == []


async def test_what_is_lost_of_a_service_that_is_gone_is_nobodys_loss(
    router: Router, told: list[Told]
) -> None:
    router.conductor.keeping.lose("gone")
    assert router.workers.heard == []
    assert told == []

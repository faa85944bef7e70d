import asyncio

import pytest

from router.errors import RevisionPassedError, UnknownServiceError
from router.release.state import Release
from tests.support.releases import NOON, HeardWorkers, conductor_of, to


async def test_a_change_is_published_with_everything_that_is_known_of_it() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    receipt = await conductor.carry_out(to(20))
    assert receipt.release == Release(
        "support", to(20).share, 0, 1, NOON + 60, "somebody", "because"
    )
    assert conductor.release("support") == receipt.release
    assert workers.shares() == [2000]
    assert receipt.missing == ()
    assert receipt.applied_ms == 1.0


async def test_the_same_percent_again_is_a_change_like_any_other() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    await conductor.carry_out(to(20))
    receipt = await conductor.carry_out(to(20))
    assert receipt.release.revision == 2
    assert workers.shares() == [2000, 2000]


async def test_changes_at_the_same_time_are_published_in_the_order_of_their_revisions() -> None:
    workers = HeardWorkers()
    workers.may_acknowledge.clear()
    conductor = conductor_of(workers)
    changes = [asyncio.ensure_future(conductor.carry_out(to(p))) for p in (5, 80, 20, 50, 1)]
    await asyncio.sleep(0)
    workers.may_acknowledge.set()
    receipts = await asyncio.gather(*changes)
    assert [receipt.release.revision for receipt in receipts] == [1, 2, 3, 4, 5]
    assert [snapshot.version for snapshot in workers.heard] == [1, 2, 3, 4, 5]
    assert [snapshot.services[0].revision for snapshot in workers.heard] == [1, 2, 3, 4, 5]
    assert workers.shares()[-1] == conductor.release("support").share == 100


async def test_who_has_not_acknowledged_is_named() -> None:
    workers = HeardWorkers()
    workers.missing = ("worker-1",)
    receipt = await conductor_of(workers).carry_out(to(20))
    assert receipt.missing == ("worker-1",)


async def test_a_change_based_on_a_passed_revision_changes_nothing() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    await conductor.carry_out(to(20, based_on=0))
    with pytest.raises(RevisionPassedError, match="support is at revision 1"):
        await conductor.carry_out(to(50, based_on=0))
    assert workers.shares() == [2000]
    assert conductor.release("support").revision == 1


async def test_an_unknown_service_is_refused_with_those_that_exist() -> None:
    conductor = conductor_of(HeardWorkers(), "support", "orders")
    with pytest.raises(UnknownServiceError, match="'suport'; there are: support, orders"):
        await conductor.carry_out(to(5, service="suport"))


async def test_a_change_of_one_service_leaves_the_others() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers, "support", "orders")
    await conductor.carry_out(to(30, service="orders"))
    await conductor.carry_out(to(5))
    assert workers.shares("orders") == [3000, 3000]
    assert workers.shares("support") == [0, 500]


async def test_the_first_snapshot_serves_by_the_releases_as_they_are() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers, "support", "orders")
    conductor.begin()
    assert [snapshot.version for snapshot in workers.heard] == [1]
    assert workers.shares("support") == [0]
    assert [release.service for release in conductor.releases] == ["support", "orders"]


async def test_the_effective_percent_counts_from_the_last_change_on() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    workers.answered(legacy=90, ai=10)
    assert conductor.effective_percent("support") == 10
    await conductor.carry_out(to(20))
    assert conductor.effective_percent("support") is None
    workers.answered(legacy=93, ai=11)
    assert conductor.effective_percent("support") == 25


async def test_only_the_last_of_two_changes_begins_the_count() -> None:
    workers = HeardWorkers()
    workers.may_acknowledge.clear()
    conductor = conductor_of(workers)
    first = asyncio.ensure_future(conductor.carry_out(to(20)))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(conductor.carry_out(to(50)))
    await asyncio.sleep(0)
    assert conductor.effective_percent("support") is None
    workers.may_acknowledge.set()
    await asyncio.gather(first, second)
    workers.answered(legacy=1, ai=1)
    assert conductor.effective_percent("support") == 50

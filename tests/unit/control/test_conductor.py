import asyncio
from collections.abc import Mapping

import pytest

from router.control.conductor import Conductor
from router.errors import (
    DrainingError,
    ReleaseRefusedError,
    RevisionPassedError,
    UnknownServiceError,
)
from router.model import BasisPoints
from router.release.state import Release, Status
from router.routing.snapshot import Snapshot
from tests.support.releases import (
    NOON,
    HeardWorkers,
    compiled,
    conductor_of,
    conductor_with,
    planned,
    router_of,
    to,
    unheralded,
)


async def test_a_change_is_published_with_everything_that_is_known_of_it() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    receipt = await conductor.carry_out(to(20))
    assert receipt.release == Release(
        "support",
        Status.ROLLING,
        BasisPoints(2000),
        revision=1,
        phase=1,
        updated_at=NOON + 60,
        by="somebody",
        reason="because",
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


async def test_what_the_release_does_not_allow_changes_nothing() -> None:
    workers = HeardWorkers()
    complete = Release("support", Status.COMPLETE, BasisPoints(10_000), revision=4)
    conductor = conductor_with(workers, complete)
    with pytest.raises(ReleaseRefusedError, match="set 20 is not possible while complete") as error:
        await conductor.carry_out(to(20))
    assert error.value.code == "not_possible"
    assert conductor.release("support") is complete
    assert workers.heard == []


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
    router = router_of(workers, Release("support"), Release("orders"))
    conductor = router.conductor
    router.served.restore(router.machine.shelf.releases, is_read=True, hold=None)
    router.served.begin()
    assert [snapshot.version for snapshot in workers.heard] == [1]
    assert workers.shares("support") == [0]
    assert [release.service for release in conductor.releases] == ["support", "orders"]


def effective(conductor: Conductor) -> float | None:
    return conductor.effective_percent("support", conductor.totals())


async def test_the_effective_percent_counts_from_the_last_change_on() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    workers.answered(legacy=90, ai=10)
    assert effective(conductor) == 10
    await conductor.carry_out(to(20))
    assert effective(conductor) is None
    workers.answered(legacy=93, ai=11)
    assert effective(conductor) == 25


async def test_only_the_last_of_two_changes_begins_the_count() -> None:
    workers = HeardWorkers()
    workers.may_acknowledge.clear()
    conductor = conductor_of(workers)
    first = asyncio.ensure_future(conductor.carry_out(to(20)))
    await workers.has_heard.wait()
    workers.has_heard.clear()
    second = asyncio.ensure_future(conductor.carry_out(to(50)))
    await workers.has_heard.wait()
    assert effective(conductor) is None
    workers.may_acknowledge.set()
    await asyncio.gather(first, second)
    workers.answered(legacy=1, ai=1)
    assert effective(conductor) == 50


# Another config...


async def test_services_that_stay_keep_their_release_and_new_ones_begin_at_0() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers, "support", "orders")
    await conductor.carry_out(to(20))
    kept = conductor.release("support")
    published = conductor.adopt(compiled, planned("search", "support"), unheralded)
    assert published is conductor.latest is workers.heard[-1]
    assert [snapshot.version for snapshot in workers.heard] == [1, 2]
    assert conductor.release("support") is kept
    assert conductor.release("search") == Release(
        "search",
        updated_at=NOON + 60,
        by="reload",
        reason="a service that comes with a reload begins at 0",
    )
    assert [release.service for release in conductor.releases] == ["search", "support"]
    with pytest.raises(UnknownServiceError):
        conductor.release("orders")


async def test_a_service_that_comes_back_begins_at_0_and_its_revisions_go_on() -> None:
    conductor = conductor_of(HeardWorkers(), "support", "orders")
    await conductor.carry_out(to(20))
    await conductor.carry_out(to(50))
    conductor.adopt(compiled, planned("orders"), unheralded)
    conductor.adopt(compiled, planned("orders", "support"), unheralded)
    back = conductor.release("support")
    assert (back.share, back.revision, back.by) == (0, 3, "reload")


async def test_a_service_that_comes_back_after_a_rollback_is_still_rolled_back() -> None:
    gone = Release("support", Status.ROLLED_BACK, epoch=1, revision=3)
    conductor = conductor_with(HeardWorkers(), gone)
    conductor.adopt(compiled, planned("orders"), unheralded)
    conductor.adopt(compiled, planned("orders", "support"), unheralded)
    back = conductor.release("support")
    assert (back.status, back.epoch, back.revision) == (Status.ROLLED_BACK, 1, 4)


async def test_another_config_is_acknowledged_like_a_change() -> None:
    workers = HeardWorkers()
    workers.missing = ("worker-1",)
    conductor = conductor_of(workers)
    published = conductor.adopt(compiled, planned("support"), unheralded)
    assert await conductor.acknowledged(published.version) == ("worker-1",)


async def test_what_another_config_needs_is_announced_right_before_it() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    before: list[int] = []
    conductor.adopt(compiled, planned("support"), lambda: before.append(len(workers.heard)))
    assert before == [0]
    assert len(workers.heard) == 1


async def test_a_config_that_cannot_be_compiled_changes_nothing_and_announces_nothing() -> None:
    def broken(_: Mapping[str, Release], _version: int) -> Snapshot:
        raise ZeroDivisionError

    workers = HeardWorkers()
    conductor = conductor_of(workers)
    announced: list[str] = []
    with pytest.raises(ZeroDivisionError):
        conductor.adopt(broken, planned("orders"), lambda: announced.append("orders"))
    assert (workers.heard, announced) == ([], [])
    await conductor.carry_out(to(20))
    assert workers.shares() == [2000]
    assert workers.heard[0].version == 1


async def test_a_change_whose_service_goes_while_it_waits_is_reported_all_the_same() -> None:
    workers = HeardWorkers()
    workers.may_acknowledge.clear()
    conductor = conductor_of(workers, "support", "orders")
    change = asyncio.ensure_future(conductor.carry_out(to(20)))
    await workers.has_heard.wait()
    conductor.adopt(compiled, planned("orders"), unheralded)
    workers.may_acknowledge.set()
    assert (await change).release.share == 2000
    assert workers.shares() == [2000]


async def test_what_a_service_answered_before_it_went_does_not_count_when_it_is_back() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers, "support", "orders")
    workers.answered(legacy=90, ai=10)
    conductor.adopt(compiled, planned("orders"), unheralded)
    conductor.adopt(compiled, planned("orders", "support"), unheralded)
    assert effective(conductor) is None
    workers.answered(legacy=91, ai=13)
    assert effective(conductor) == 75


# The end...


async def test_nothing_changes_any_more_while_the_router_stops() -> None:
    workers = HeardWorkers()
    conductor = conductor_of(workers)
    conductor.drain()
    assert conductor.is_draining
    with pytest.raises(DrainingError):
        await conductor.carry_out(to(20))
    with pytest.raises(DrainingError):
        conductor.adopt(compiled, planned("support"), unheralded)
    assert workers.heard == []
    assert conductor.release("support").share == 0

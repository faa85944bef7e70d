import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from router.control import own_workers, rollbacks
from router.control.orders import Acknowledged, ReplicaAcknowledged, ReplicaReport
from router.errors import UnknownServiceError
from router.model import BasisPoints
from router.release.state import Called, Release, Status
from router.store.audit import Event
from router.store.ledger import Durability
from router.wire.messages import AiSeen
from tests.support.background import Told, events
from tests.support.releases import (
    BOOTED,
    NOON,
    SOMEBODY,
    HeardWorkers,
    Router,
    begun,
    fleet_of,
    router_of,
)

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), epoch=1, revision=3, phase=2)
ORDERS = replace(ROLLING, service="orders")
FLEET = fleet_of(lambda: BOOTED)


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


@pytest.fixture
def router() -> Router:
    return begun(router_of(HeardWorkers(), ROLLING, ORDERS))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody longer than a moment."""
    monkeypatch.setattr(own_workers, "ACKNOWLEDGE_WITHIN", 0.05)
    monkeypatch.setattr(rollbacks, "REPORT_WITHIN", 0.1)


def names(told: list[Told]) -> list[str]:
    return [name for name, _ in told]


async def test_it_is_published_at_once_kept_and_reported(router: Router) -> None:
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "it lies")
    release = router.conductor.release("support")
    assert (release.status, release.epoch, release.revision) == (Status.ROLLED_BACK, 2, 4)
    assert (release.by, release.reason) == ("somebody", "it lies")
    assert router.machine.shelf.releases["support"] == release
    assert (report.epoch, report.revision, report.percent) == (2, 4, 0)
    assert (report.complete, report.durable, report.bound_s) == (True, Durability.STORE, 0.0)
    assert report.replicas == (ReplicaReport("r1", 1, 1, report.applied_ms),)
    assert (report.missing, report.problems) == ((), ())
    assert router.conductor.times_to_zero.buckets.count(1) == 1


async def test_nothing_is_waited_for_before_it_is_published(router: Router) -> None:
    router.machine.store.may_answer.clear()
    router.workers.may_acknowledge.clear()
    calling = asyncio.ensure_future(router.conductor.roll_back(["support"], SOMEBODY, ""))
    await asyncio.sleep(0)
    assert router.workers.shares() == [0]
    calling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await calling
    router.machine.store.may_answer.set()
    router.workers.may_acknowledge.set()


async def test_all_services_of_one_call_are_in_one_snapshot(router: Router) -> None:
    reports = await router.conductor.roll_back(["support", "orders", "support"], SOMEBODY, "")
    assert [report.service for report in reports] == ["support", "orders"]
    assert len(router.workers.heard) == 1


async def test_an_unknown_service_is_refused_before_any_is_rolled_back(router: Router) -> None:
    with pytest.raises(UnknownServiceError):
        await router.conductor.roll_back(["support", "suport"], SOMEBODY, "")
    assert router.workers.heard == []


async def test_each_acknowledgement_is_told_as_it_comes(router: Router) -> None:
    router.workers.names = ("worker-1", "worker-2")
    heard: list[Acknowledged | ReplicaAcknowledged] = []
    await router.conductor.roll_back(["support"], SOMEBODY, "", heard.append)
    assert [replace(each, applied_ms=0.0) for each in heard] == [
        Acknowledged("support", "r1", "worker-1", 0.0),
        Acknowledged("support", "r1", "worker-2", 0.0),
    ]
    assert heard[0].applied_ms > 0


async def test_it_says_when_ai_was_asked_for_the_last_time(router: Router) -> None:
    router.workers.names = ("worker-1", "worker-2")
    router.workers.seen = AiSeen(last_begun=BOOTED + 0.0125, in_flight=2)
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.last_ai_byte_ms, report.in_flight_ai) == (12.5, 4)


async def test_what_began_before_the_call_counts_as_nothing_after_it(router: Router) -> None:
    router.workers.seen = AiSeen(last_begun=BOOTED - 7)
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert report.last_ai_byte_ms == 0.0


async def test_where_ai_was_never_asked_there_is_no_last_time(router: Router) -> None:
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert report.last_ai_byte_ms is None


@pytest.mark.usefixtures("short")
async def test_a_worker_that_does_not_acknowledge_is_killed_and_replaced(
    router: Router, told: list[Told]
) -> None:
    router.workers.names = ("worker-1", "worker-2")
    router.workers.missing = ("worker-2",)
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert router.workers.replaced == ["worker-2"]
    assert report.complete is True
    assert report.last_ai_byte_ms == 0.0  # until it was killed it may have asked AI
    assert "worker_replaced" in names(told)


@pytest.mark.usefixtures("short")
async def test_until_a_worker_is_killed_it_counts_as_one_that_has_not_acknowledged() -> None:
    moments = iter((BOOTED, BOOTED, BOOTED, BOOTED + 1.25))
    workers = HeardWorkers()
    workers.names = ("worker-1", "worker-2")
    workers.missing = ("worker-2",)
    router = begun(router_of(workers, ROLLING, boottime=lambda: next(moments), fleet=FLEET))
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.applied_ms, report.last_ai_byte_ms) == (1250.0, 1250.0)
    assert router.conductor.times_to_zero.seconds == 1.25


@pytest.mark.usefixtures("short")
async def test_who_cannot_be_replaced_is_missing_and_bound_by_its_lease(
    router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    router.workers.missing = ("worker-1",)
    monkeypatch.setattr(router.workers, "replace", lambda _: False)
    router = begun(router_of(router.workers, ROLLING))
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.complete, report.missing) == (False, ("worker-1",))
    assert report.bound_s == 15.0 + 10.0  # the lease, and what streams may take after it
    assert router.conductor.times_to_zero.buckets.count(1) == 0


async def test_a_full_disk_leaves_it_in_the_journal(router: Router) -> None:
    router.machine.break_store()
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.complete, report.durable) == (True, Durability.JOURNAL)
    assert report.problems == ("store: database or disk is full",)
    router.machine.store.error = None
    found = await router.machine.restart()
    assert found.releases["support"].status is Status.ROLLED_BACK


async def test_what_nothing_takes_holds_and_is_said_loudly(
    router: Router, told: list[Told]
) -> None:
    router.machine.break_store()
    router.machine.disk.refuses = True
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.complete, report.durable) == (True, Durability.NONE)
    assert names(told) == ["rolled_back", "rollback_not_kept"]


async def test_it_goes_beyond_whatever_the_store_turns_out_to_have(router: Router) -> None:
    router.machine.shelf.releases["support"] = replace(ROLLING, epoch=7, revision=40)
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    stored = router.machine.shelf.releases["support"]
    assert (stored.status, stored.epoch, stored.revision) == (Status.ROLLED_BACK, 8, 41)
    assert router.conductor.release("support") == stored
    assert (report.epoch, report.durable) == (8, Durability.STORE)


async def test_a_rollback_that_the_store_has_already_becomes_one_with_it(router: Router) -> None:
    theirs = Called(7, "aa")
    later = Release("support", Status.ROLLED_BACK, epoch=7, revision=40, rollbacks=(theirs,))
    router.machine.shelf.releases["support"] = later
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    release = router.conductor.release("support")
    assert (release.status, release.stand) == (Status.ROLLED_BACK, (7, 41))
    assert len(release.rollbacks) == 2
    assert theirs in release.rollbacks
    assert router.machine.shelf.releases["support"] == release
    assert report.durable is Durability.STORE


async def test_while_nothing_is_known_its_epoch_is_beyond_any_that_may_be_remembered() -> None:
    router = router_of(HeardWorkers(), replace(ROLLING, epoch=9, revision=80))
    router.served.begin()
    await router.conductor.roll_back(["support"], SOMEBODY, "")
    stored = router.machine.shelf.releases["support"]
    assert (stored.status, stored.epoch) == (Status.ROLLED_BACK, int(NOON) + 61)


async def test_a_rollback_takes_effect_like_a_change(router: Router) -> None:
    router.workers.answered(legacy=90, ai=10)
    await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert router.conductor.effective_percent("support", router.conductor.totals()) is None
    router.workers.answered(legacy=100, ai=10)
    assert router.conductor.effective_percent("support", router.conductor.totals()) == 0


async def test_however_many_take_effect_what_was_counted_is_added_up_once(router: Router) -> None:
    before = router.workers.added_up
    await router.conductor.roll_back(["support", "orders"], SOMEBODY, "")
    assert router.workers.added_up == before + 1


async def test_whoever_observes_is_told_what_the_audit_log_says(router: Router) -> None:
    told: list[Event] = []
    router.conductor.observe(told.append)
    await router.conductor.roll_back(["support"], SOMEBODY, "it lies")
    router.machine.break_store()
    await router.conductor.roll_back(["orders"], SOMEBODY, "")
    assert [(event.sequence, event.service, event.why) for event in told] == [
        (1, "support", "it lies"),
        (0, "orders", ""),
    ]

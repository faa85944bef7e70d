import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from router.control import own_workers, rollbacks
from router.control.company import Company
from router.control.orders import Acknowledged, ReplicaAcknowledged, ReplicaReport, RollbackReport
from router.errors import StoreUnavailableError
from router.model import BasisPoints
from router.release.state import Release, Status
from router.replica.acknowledging import HELD, UNLESS_REACHED
from router.replica.lease import longest
from tests.support.background import settle
from tests.support.fleets import OTHER, THIRD, Others, others_of, word_of
from tests.support.releases import SOMEBODY, HeardWorkers, Router, begun, router_of

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), epoch=1, revision=3, phase=2)
ORDERS = replace(ROLLING, service="orders")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody longer than a moment."""
    monkeypatch.setattr(own_workers, "ACKNOWLEDGE_WITHIN", 0.02)
    monkeypatch.setattr(rollbacks, "REPORT_WITHIN", 0.3)


def router_among(others: Others | Company, *releases: Release) -> Router:
    company = others if isinstance(others, Company) else others.company
    return begun(router_of(HeardWorkers(), *(releases or (ROLLING,)), company=company))


def rolling_back(
    router: Router, heard: Callable[[object], None] = lambda _: None
) -> asyncio.Task[tuple[RollbackReport, ...]]:
    work = router.conductor.roll_back(["support"], SOMEBODY, "", heard)
    return asyncio.ensure_future(work)


async def test_the_others_are_told_once_it_is_served_here() -> None:
    others = others_of(OTHER, THIRD, answering=[OTHER, THIRD])
    router = router_among(others)
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "it lies")
    (call,) = others.tell.calls
    assert call.to == ("r2-1", "r3-1")
    assert [(each.service, each.share, each.epoch) for each in call.releases] == [("support", 0, 2)]
    assert report.complete is True
    assert [(each.replica, each.workers, each.acked) for each in report.replicas] == [
        ("r1", 1, 1),
        ("r2", 2, 2),
        ("r3", 2, 2),
    ]
    assert report.applied_ms == max(each.applied_ms or 0 for each in report.replicas)
    assert router.conductor.times_to_zero.buckets.count(1) == 1


async def test_it_waits_for_the_last_of_them() -> None:
    others = others_of(OTHER, THIRD, answering=[OTHER])
    calling = rolling_back(router_among(others))
    await settle()
    assert not calling.done()
    others.tell.calls[0].heard(word_of(THIRD, acked=1))
    await settle()
    assert not calling.done()
    others.tell.calls[0].heard(word_of(THIRD))
    (report,) = await calling
    assert (report.complete, report.bound_s) == (True, 0.0)


async def test_nobody_is_waited_for_who_turns_out_to_have_left() -> None:
    others = others_of(OTHER, THIRD, answering=[OTHER])

    def leave() -> None:
        others.fleet.others = [OTHER]
        others.fleet.gone = [THIRD.instance]

    others.fleet.meanwhile = leave
    (report,) = await rolling_back(router_among(others))
    assert (report.complete, [each.replica for each in report.replicas]) == (True, ["r1", "r2"])


@pytest.mark.usefixtures("short")
async def test_who_is_silent_is_named_with_the_time_by_which_he_is_safe() -> None:
    others = others_of(OTHER, THIRD, answering=[OTHER])
    router = router_among(others)
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.complete, report.missing, report.provided) == (False, ("r3",), None)
    assert report.replicas[-1] == ReplicaReport("r3", 2, 0, None)
    assert report.bound_s is not None
    assert report.bound_s == pytest.approx(longest(15.0) + 10.0, abs=0.15)
    assert sum(router.conductor.times_to_zero.buckets) == 0


@pytest.mark.usefixtures("short")
async def test_a_silent_worker_of_our_own_is_named_with_its_replica(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = router_among(others_of(OTHER, answering=[OTHER]))
    router.workers.missing = ("worker-1",)
    monkeypatch.setattr(router.conductor.rollbacks._own, "_replace", lambda _: False)
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.missing, report.bound_s) == (("r1/worker-1",), 25.0)


@pytest.mark.usefixtures("short")
async def test_a_store_that_was_not_reached_makes_the_bound_depend_on_something() -> None:
    router = router_among(others_of(OTHER))
    router.machine.break_store()
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert report.provided == UNLESS_REACHED


@pytest.mark.usefixtures("short")
async def test_another_replica_may_know_that_the_store_has_it() -> None:
    others = others_of(OTHER, THIRD)
    router = router_among(others)
    router.machine.break_store()
    calling = rolling_back(router)
    await settle()
    others.tell.calls[0].heard(replace(word_of(OTHER), in_store=True))
    (report,) = await calling
    assert (report.complete, report.provided) == (False, None)


@pytest.mark.usefixtures("short")
async def test_where_a_partition_holds_nothing_bounds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    router = router_among(others_of(OTHER))
    monkeypatch.setattr(router.served, "holds_on", lambda service: service == "support")
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert (report.bound_s, report.provided) == (None, HELD)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("is_confirmed", [True, False, None])
async def test_behind_sentinel_the_store_knows_once_another_server_has_it(
    is_confirmed: bool | None,
) -> None:
    async def confirmed(_: float) -> bool:
        if is_confirmed is None:
            raise StoreUnavailableError("away")
        return is_confirmed

    others = others_of(OTHER)
    company = Company(others.fleet, others.tell, max_lag=2.0, confirmed=confirmed)
    (report,) = await router_among(company).conductor.roll_back(["support"], SOMEBODY, "")
    assert report.provided == (None if is_confirmed else UNLESS_REACHED)
    assert report.bound_s is not None
    assert report.bound_s == pytest.approx(longest(15.0) + 12.0, abs=0.15)


async def test_who_is_there_by_the_time_the_store_has_it_is_told_and_waited_for() -> None:
    others = others_of(OTHER, answering=[OTHER])
    router = router_among(others)
    router.machine.store.may_answer.clear()
    calling = rolling_back(router)
    await settle()
    others.fleet.others.append(THIRD)
    others.tell.was_asked.clear()
    router.machine.store.may_answer.set()
    await asyncio.wait_for(others.tell.was_asked.wait(), 5)
    first, second = others.tell.calls
    assert (first.to, second.to) == (("r2-1",), ("r3-1",))
    assert second.releases == first.releases
    assert not calling.done()
    second.heard(word_of(THIRD))
    (report,) = await calling
    assert [each.replica for each in report.replicas] == ["r1", "r2", "r3"]


@pytest.mark.usefixtures("short")
async def test_who_joins_while_the_store_hangs_is_not_overlooked() -> None:
    others = others_of(OTHER, answering=[OTHER])
    router = router_among(others)
    router.machine.store.may_answer.clear()
    calling = rolling_back(router)
    await settle()
    others.fleet.others.append(THIRD)
    (report,) = await calling
    assert (report.complete, report.missing) == (False, ("r3",))
    router.machine.store.may_answer.set()


async def test_each_word_of_another_replica_is_told_as_it_comes_and_once() -> None:
    others = others_of(OTHER)
    heard: list[object] = []
    calling = rolling_back(router_among(others), heard.append)
    await settle()
    (call,) = others.tell.calls
    for word in (word_of(OTHER, acked=1), word_of(OTHER), word_of(OTHER)):
        call.heard(word)
    await calling
    own, *theirs = heard
    assert isinstance(own, Acknowledged)
    assert [
        (each.replica, each.workers, each.acked)
        for each in theirs
        if isinstance(each, ReplicaAcknowledged)
    ] == [("r2", 2, 1), ("r2", 2, 2)]


async def test_a_word_that_comes_before_somebody_listens_is_told_when_he_does() -> None:
    others = others_of(OTHER, answering=[OTHER])
    conductor = router_among(others).conductor
    heard: list[object] = []
    call = conductor.rollbacks.begin(["support"], SOMEBODY, "")
    await conductor.rollbacks.finish(call, heard.append)
    assert isinstance(heard[0], ReplicaAcknowledged)


async def test_what_is_said_of_another_service_or_by_ourselves_is_no_word_of_theirs() -> None:
    others = others_of(OTHER)
    calling = rolling_back(router_among(others))
    await settle()
    (call,) = others.tell.calls
    call.heard(word_of(OTHER, "orders"))
    call.heard(replace(word_of(OTHER), instance=others.fleet.me))
    await settle()
    assert not calling.done()
    call.heard(word_of(OTHER))
    (report,) = await calling
    assert len(report.replicas) == 2


async def test_each_service_of_a_call_has_its_own_words() -> None:
    others = others_of(OTHER)
    router = router_among(others, ROLLING, ORDERS)
    calling = asyncio.ensure_future(router.conductor.roll_back(["support", "orders"], SOMEBODY, ""))
    await settle()
    (call,) = others.tell.calls
    call.heard(word_of(OTHER))
    await settle()
    assert not calling.done()
    call.heard(word_of(OTHER, "orders"))
    assert [report.complete for report in await calling] == [True, True]

"""What is kept of a command, and what comes of it where something else comes in between."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from router.control.orders import Once, Order
from router.errors import (
    KeyReusedError,
    NotDurableError,
    ReleaseRefusedError,
    RevisionPassedError,
    StoreUnavailableError,
)
from router.model import BasisPoints
from router.release.commands import Approve, Pause, Resume, Rollback
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle
from router.release.state import Release, Standing, Status
from router.store.audit import Event, event_of
from router.store.port import Answered
from tests.support.background import Told, events
from tests.support.releases import (
    NOON,
    PLAN,
    SOMEBODY,
    HeardWorkers,
    Router,
    begun,
    compiled,
    planned,
    router_of,
    to,
    unheralded,
)

IDLE = Release("support")
ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)


@pytest.fixture
def router() -> Router:
    return begun(router_of(HeardWorkers(), IDLE, Release("orders")))


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


def once(order: Order, key: str = "k", fingerprint: str = "f") -> Order:
    def answer(release: Release) -> Answered:
        return Answered(key, fingerprint, 200, str(release.revision).encode(), NOON + 60)

    return replace(order, once=Once(key, fingerprint, answer))


def audited(router: Router) -> list[Event]:
    return [event_of(link) for link in router.machine.shelf.links]


async def settled(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.002)
    raise AssertionError


# It is kept first...


async def test_a_change_is_in_the_store_before_any_worker_hears_of_it(router: Router) -> None:
    router.machine.store.may_answer.clear()
    changing = asyncio.ensure_future(router.conductor.carry_out(to(20)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert router.workers.heard == []
    router.machine.store.may_answer.set()
    release = (await changing).release
    assert router.machine.shelf.releases["support"] == release
    (event,) = audited(router)
    assert (event.who, event.origin, event.command, event.accepted) == (
        "somebody",
        "127.0.0.1 via api",
        "set 20",
        True,
    )


async def test_what_cannot_be_kept_changes_nothing_and_the_next_one_may_be(
    router: Router, told: list[Told]
) -> None:
    router.machine.break_store()
    with pytest.raises(NotDurableError):
        await router.conductor.carry_out(to(20))
    assert router.workers.heard == []
    assert router.conductor.release("support") == IDLE
    assert [name for name, _ in told] == ["command_refused"]
    router.machine.store.error = None
    assert (await router.conductor.carry_out(to(20))).release.revision == 1


async def test_who_goes_away_gets_what_he_asked_for_all_the_same(router: Router) -> None:
    router.machine.store.may_answer.clear()
    changing = asyncio.ensure_future(router.conductor.carry_out(to(20)))
    await asyncio.sleep(0)
    changing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await changing
    router.machine.store.may_answer.set()
    await settled(lambda: router.workers.shares() == [2000])


async def test_refusals_are_in_the_audit_log(router: Router, told: list[Told]) -> None:
    with pytest.raises(RevisionPassedError):
        await router.conductor.carry_out(to(20, based_on=7))
    (event,) = audited(router)
    assert (event.who, event.command, event.service, event.accepted) == (
        "somebody",
        "set 20",
        "support",
        False,
    )
    assert event.refused == "support is at revision 0 by now; look at it and ask again"
    assert [name for name, _ in told] == ["command_refused"]


async def test_somebody_who_may_not_is_in_the_audit_log_too(router: Router) -> None:
    await router.conductor.note(SOMEBODY, "rollback", "support", "I want to", "a viewer may not")
    assert [event.refused for event in audited(router)] == ["a viewer may not"]


# A rollback comes in between...


async def test_a_change_that_waits_for_the_disk_is_refused_after_a_rollback(
    router: Router,
) -> None:
    await router.conductor.carry_out(to(20))
    router.machine.store.may_answer.clear()
    raising = asyncio.ensure_future(router.conductor.carry_out(to(50)))
    for _ in range(20):
        await asyncio.sleep(0)
    back = asyncio.ensure_future(router.conductor.roll_back(["support"], SOMEBODY, ""))
    await asyncio.sleep(0)
    assert router.workers.shares() == [2000, 0]
    router.machine.store.may_answer.set()
    with pytest.raises(ReleaseRefusedError) as refused:
        await raising
    assert refused.value.code == "epoch_passed"
    await back
    assert router.workers.shares() == [2000, 0]
    assert router.machine.shelf.releases["support"].status is Status.ROLLED_BACK


async def test_a_change_that_waits_for_its_turn_is_refused_after_a_rollback(
    router: Router,
) -> None:
    router.machine.store.may_answer.clear()
    changes = [asyncio.ensure_future(router.conductor.carry_out(to(p))) for p in (20, 50)]
    for _ in range(20):
        await asyncio.sleep(0)
    back = asyncio.ensure_future(router.conductor.roll_back(["support"], SOMEBODY, ""))
    await asyncio.sleep(0)
    router.machine.store.may_answer.set()
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    assert [getattr(each, "code", None) for each in outcomes] == ["epoch_passed"] * 2
    await back
    assert router.workers.shares() == [0]


async def test_a_rollback_may_be_ordered_like_a_command(router: Router) -> None:
    command = Rollback(by="somebody", at=NOON, reason="it lies")
    receipt = await router.conductor.carry_out(Order("support", command, SOMEBODY))
    assert (receipt.release.status, receipt.release.reason) == (Status.ROLLED_BACK, "it lies")


async def test_a_rollback_is_possible_while_the_router_stops(router: Router) -> None:
    router.conductor.drain()
    (report,) = await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert report.durable == "store"


# Somebody else writes into the store...


async def test_what_somebody_else_has_changed_is_served_and_the_change_refused(
    router: Router,
) -> None:
    router.machine.shelf.releases["support"] = replace(ROLLING, epoch=2)
    with pytest.raises(ReleaseRefusedError) as refused:
        await router.conductor.carry_out(to(50))
    assert refused.value.code == "epoch_passed"
    assert router.workers.shares() == [2000]
    receipt = await router.conductor.carry_out(to(50, epoch=2))
    assert receipt.release.revision == 4


async def test_a_later_revision_in_the_store_is_said_to_be_one(router: Router) -> None:
    router.machine.shelf.releases["support"] = ROLLING
    with pytest.raises(RevisionPassedError):
        await router.conductor.carry_out(to(50))


async def test_what_was_heard_of_while_the_store_was_asked_is_no_loss() -> None:
    elsewhere = replace(ROLLING, epoch=2)
    routers: list[Router] = []

    async def hears_of_it() -> None:
        for each in routers:
            each.machine.shelf.releases["support"] = elsewhere
            each.conductor.keeping.follow(elsewhere)

    here = begun(router_of(HeardWorkers(), IDLE, birth=hears_of_it))
    routers.append(here)
    with pytest.raises(ReleaseRefusedError) as refused:
        await here.conductor.carry_out(to(50))
    assert refused.value.code == "epoch_passed"
    assert here.conductor.release("support") == elsewhere


async def test_what_a_store_has_forgotten_stands_still_at_0(
    router: Router, told: list[Told]
) -> None:
    await router.conductor.carry_out(to(20))
    del router.machine.shelf.releases["support"]
    with pytest.raises(StoreUnavailableError, match="no longer has the release of support"):
        await router.conductor.carry_out(to(30))
    lost = router.conductor.release("support")
    assert (lost.standing, lost.revision) == (Standing.LOST, 2)
    assert router.workers.shares() == [2000, 0]
    await settled(lambda: router.machine.shelf.releases.get("support") == lost)
    assert "state_lost" in [name for name, _ in told]
    sure = Resume(by="somebody", at=NOON, epoch=0, confirm_lost_state=True)
    receipt = await router.conductor.carry_out(Order("support", sure, SOMEBODY))
    assert receipt.release.share == 2000


# The same once more...


async def test_the_same_request_is_answered_as_before_and_changes_nothing(router: Router) -> None:
    first = await router.conductor.carry_out(once(to(20)))
    assert first.repeated is None
    again = await router.conductor.carry_out(once(to(20)))
    assert again.repeated is not None
    assert again.repeated.body == b"1"
    assert router.workers.shares() == [2000]


async def test_another_request_with_the_same_key_is_refused(router: Router) -> None:
    await router.conductor.carry_out(once(to(20)))
    with pytest.raises(KeyReusedError):
        await router.conductor.carry_out(once(to(50), fingerprint="g"))


# What holds a raise back...


async def test_an_obstacle_holds_a_raise_back_and_nothing_else(router: Router) -> None:
    await router.conductor.carry_out(to(20))
    router.obstacles.append(Obstacle("legacy", "no endpoint is healthy"))
    with pytest.raises(ReleaseRefusedError, match="no endpoint is healthy") as refused:
        await router.conductor.carry_out(to(50))
    assert refused.value.code == "held_back"
    assert (await router.conductor.carry_out(to(10))).release.share == 1000


async def test_workers_that_are_behind_hold_a_raise_back(router: Router) -> None:
    router.workers.behind = ("worker-1",)
    with pytest.raises(ReleaseRefusedError, match="not acknowledged by worker-1"):
        await router.conductor.carry_out(to(20))
    router.workers.behind = ()
    await router.conductor.carry_out(to(20))
    router.workers.behind = ("worker-1",)
    assert (await router.conductor.carry_out(to(5))).release.share == 500


# Others have to agree...


async def test_a_raise_that_others_must_approve_waits_and_survives(router: Router) -> None:
    plans: dict[str, ReleasePlan] = {"support": replace(PLAN, approvals=2)}
    router = begun(router_of(HeardWorkers(), IDLE, plans=plans))
    receipt = await router.conductor.carry_out(to(20))
    assert receipt.is_waiting is True
    assert router.workers.shares() == [0]
    assert router.machine.shelf.releases["support"].pending is not None
    ben = Approve(by="ben", at=NOON + 60, epoch=0)
    receipt = await router.conductor.carry_out(Order("support", ben, replace(SOMEBODY, name="ben")))
    assert (receipt.is_waiting, receipt.release.share) == (False, 2000)


async def test_what_leaves_the_share_as_it_is_leaves_its_effect(router: Router) -> None:
    await router.conductor.carry_out(to(20))
    router.workers.answered(legacy=3, ai=1)
    pause = Pause(by="somebody", at=NOON, epoch=0)
    await router.conductor.carry_out(Order("support", pause, SOMEBODY))
    assert router.conductor.effective_percent("support", router.conductor.totals()) == 25


# Another config...


async def test_a_service_that_comes_with_a_config_is_kept(router: Router) -> None:
    router.conductor.adopt(compiled, planned("support", "search"), unheralded)
    await settled(lambda: "search" in router.machine.shelf.releases)
    assert [(event.who, event.command) for event in audited(router)] == [("reload", "come_back")]
    receipt = await router.conductor.carry_out(to(20, service="search"))
    assert router.machine.shelf.releases["search"] == receipt.release


async def test_what_a_service_was_when_it_went_is_not_what_it_is_when_it_is_back(
    router: Router,
) -> None:
    await router.conductor.carry_out(to(20))
    router.conductor.adopt(compiled, planned("orders"), unheralded)
    router.conductor.adopt(compiled, planned("orders", "support"), unheralded)
    await settled(lambda: router.machine.shelf.releases["support"].revision == 2)
    assert router.machine.shelf.releases["support"].share == 0


async def test_a_journal_that_cannot_grow_with_the_config_is_said(
    router: Router, told: list[Told]
) -> None:
    router.machine.disk.refuses = True
    router.conductor.adopt(compiled, planned("support", "search"), unheralded)
    await settled(lambda: "journal_not_grown" in [name for name, _ in told])


async def test_what_comes_before_anything_is_known_is_not_kept() -> None:
    router = router_of(HeardWorkers(), IDLE)
    router.served.begin()
    router.conductor.adopt(compiled, planned("support", "search"), unheralded)
    assert router.conductor.release("search").standing is Standing.LOST
    await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert "search" not in router.machine.shelf.releases


async def test_an_observer_that_fails_keeps_nothing_from_being_served(
    router: Router, told: list[Told]
) -> None:
    def broken(_: Event) -> None:
        raise ZeroDivisionError

    router.conductor.observe(broken)
    await router.conductor.carry_out(to(20))
    await router.conductor.roll_back(["support"], SOMEBODY, "")
    assert router.workers.shares() == [2000, 0]
    assert [name for name, _ in told].count("observer_failed") == 2


async def test_what_follows_a_rollback_at_once_is_kept_after_it() -> None:
    router = begun(router_of(HeardWorkers(), replace(IDLE, revision=1)))
    call = router.conductor.rollbacks.begin(["support"], SOMEBODY, "")
    receipt = await router.conductor.carry_out(to(5, epoch=1))
    assert (receipt.release.epoch, receipt.release.share) == (1, 500)
    await router.conductor.rollbacks.finish(call, None)
    assert router.machine.shelf.releases["support"] == receipt.release

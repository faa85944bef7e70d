import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from router.control import own_workers, rollbacks
from router.control.drills import TAKEN_OUT, Drills, Published, Rehearsal, Step, Wish
from router.control.orders import Acknowledged, Once, RollbackReport
from router.errors import DrainingError, KeyReusedError, ReleaseRefusedError, StoreUnavailableError
from router.model import BasisPoints
from router.release.commands import Drill, Pause
from router.release.refusals import Obstacle
from router.release.state import Drilled, Release, Standing, Status
from router.replica.drill import UNCONFIRMED
from router.store.audit import Event
from router.store.port import Answered
from router.tasks import TaskOwner
from tests.support.background import Told, events
from tests.support.releases import (
    NOON,
    SOMEBODY,
    HeardWorkers,
    Router,
    begun,
    compiled,
    router_of,
    to,
    unheralded,
)

ROLLING = Release(
    "support", Status.ROLLING, BasisPoints(2000), stage=1, epoch=1, revision=3, phase=2
)
ILL = Obstacle("legacy", "no endpoint is healthy")


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


@pytest.fixture
def router() -> Router:
    return begun(router_of(HeardWorkers(), ROLLING))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody longer than a moment."""
    monkeypatch.setattr(own_workers, "ACKNOWLEDGE_WITHIN", 0.05)
    monkeypatch.setattr(rollbacks, "REPORT_WITHIN", 0.1)


def wish(*, epoch: int = 1, once: Once[Rehearsal] | None = None) -> Wish:
    command = Drill(by="somebody", at=NOON, reason="monthly", epoch=epoch)
    return Wish("support", command, SOMEBODY, once)


def deaf(_: Step) -> None:
    """Hear nothing."""


async def rehearsed(router: Router, asked: Wish | None = None) -> Rehearsal:
    ended = await router.drills.rehearse(asked or wish(), deaf)
    assert isinstance(ended, Rehearsal)
    return ended


def named(told: list[Told], name: str) -> list[dict[str, Any]]:
    return [dict(fields) for each, fields in told if each == name]


async def test_it_is_a_rollback_after_which_all_is_as_before(
    router: Router, told: list[Told]
) -> None:
    drill = await rehearsed(router)
    release = router.conductor.release("support")
    assert drill.because is None
    assert drill.release == release == router.machine.shelf.releases["support"]
    assert (release.status, release.share, release.stage) == (Status.ROLLING, 2000, 1)
    assert (release.epoch, release.revision) == (2, 5)
    assert release.drilled == Drilled(NOON + 60, drill.report.applied_ms)
    assert router.workers.shares() == [0, 2000]
    assert (drill.report.complete, drill.report.epoch, drill.report.revision) == (True, 2, 4)
    (passed,) = named(told, "drill_passed")
    assert (passed["service"], passed["by"], passed["percent"]) == ("support", "somebody", 20.0)
    assert named(told, "rolled_back")[0]["by"] == "somebody"


async def test_each_step_is_told_as_it_happens(router: Router) -> None:
    heard: list[Step] = []
    await router.drills.rehearse(wish(), heard.append)
    assert heard[0] == Published("support", 2, 4)
    assert isinstance(heard[1], Acknowledged)
    assert isinstance(heard[2], RollbackReport)


async def test_both_halves_stand_in_the_audit_log(router: Router) -> None:
    kept: list[Event] = []
    router.conductor.observe(kept.append)
    await rehearsed(router)
    assert [(event.command, event.who, event.why) for event in kept] == [
        ("drill", "somebody", "monthly"),
        ("restore", "somebody", "monthly"),
    ]


async def test_it_stays_at_0_for_a_moment(router: Router) -> None:
    drills = Drills(router.conductor, TaskOwner(_died), stay=60.0)
    heard = asyncio.Queue[Step]()
    rehearsing = asyncio.ensure_future(drills.rehearse(wish(), heard.put_nowait))
    while not isinstance(await heard.get(), RollbackReport):
        pass
    assert router.conductor.release("support").standing is Standing.DRILLED
    router.conductor.drain()  # which nobody waits for any longer
    ended = await rehearsing
    assert isinstance(ended, Rehearsal)
    assert ended.because == str(DrainingError())
    assert router.workers.shares() == [0]


def _died(task: str, error: BaseException) -> None:
    raise AssertionError(task) from error


# What leaves it at 0...


async def interrupted(router: Router, interrupt: Any) -> Rehearsal:
    """Rehearse; ``interrupt`` is awaited once it has been measured."""

    def hear(step: Step) -> None:
        if isinstance(step, RollbackReport):
            interrupting.append(asyncio.ensure_future(interrupt()))

    interrupting: list[asyncio.Future[Any]] = []
    ended = await router.drills.rehearse(wish(), hear)
    await asyncio.gather(*interrupting)
    assert isinstance(ended, Rehearsal)
    return ended


async def test_another_rollback_leaves_it_at_0(router: Router, told: list[Told]) -> None:
    async def roll_back() -> None:
        await router.conductor.roll_back(["support"], SOMEBODY, "it lies")

    kept: list[Event] = []
    router.conductor.observe(kept.append)
    drill = await interrupted(router, roll_back)
    assert drill.because == "somebody has changed the release meanwhile (it lies)"
    assert router.conductor.release("support").standing is Standing.ROLLED_BACK
    assert router.workers.shares() == [0, 0]
    (failed,) = named(told, "drill_failed")
    assert (failed["because"], failed["percent"]) == (drill.because, 0.0)
    assert [(event.command, event.accepted) for event in kept][-1] == ("restore", False)


async def test_another_share_is_not_undone_by_its_end(router: Router) -> None:
    async def set_5() -> None:
        await router.conductor.carry_out(to(5, epoch=2))

    drill = await interrupted(router, set_5)
    assert drill.because == "somebody has changed the release meanwhile (because)"
    assert router.conductor.release("support").share == 500


async def test_an_ill_legacy_leaves_it_at_0(router: Router, told: list[Told]) -> None:
    async def fall_ill() -> None:
        router.obstacles.append(ILL)

    drill = await interrupted(router, fall_ill)
    assert drill.because is not None
    assert "no endpoint is healthy" in drill.because
    assert drill.release.standing is Standing.DRILLED
    assert named(told, "command_refused")[0]["command"] == "restore"


async def test_a_store_that_takes_nothing_leaves_it_at_0(router: Router) -> None:
    async def break_it() -> None:
        router.machine.store.error = StoreUnavailableError("the store is away")

    drill = await interrupted(router, break_it)
    assert drill.because == "the store is away"
    assert router.workers.shares() == [0]


async def test_what_somebody_else_has_written_into_the_store_leaves_it_at_0(
    router: Router,
) -> None:
    async def write() -> None:
        there = router.machine.shelf.releases["support"]
        other = Release("support", Status.ROLLED_BACK, epoch=3, revision=there.revision + 1)
        router.machine.shelf.releases["support"] = other

    drill = await interrupted(router, write)
    assert drill.because is not None
    assert drill.release.epoch == 3
    assert router.workers.shares() == [0, 0]


async def test_a_service_that_is_taken_out_is_left_as_it_is(router: Router) -> None:
    async def reload() -> None:
        router.conductor.adopt(compiled, {}, unheralded)

    drill = await interrupted(router, reload)
    assert drill.because == TAKEN_OUT


@pytest.mark.usefixtures("short")
async def test_a_worker_that_does_not_confirm_leaves_it_at_0(router: Router) -> None:
    router.workers.may_acknowledge.clear()
    drill = await rehearsed(router)
    assert (drill.report.complete, drill.because) == (False, UNCONFIRMED)
    assert router.conductor.release("support").standing is Standing.DRILLED


# What is refused...


async def test_there_is_one_drill_of_a_service_at_a_time(router: Router) -> None:
    first = asyncio.ensure_future(router.drills.rehearse(wish(), deaf))
    await router.workers.has_heard.wait()
    with pytest.raises(ReleaseRefusedError, match="not possible while rolled_back"):
        await router.drills.rehearse(wish(epoch=2), deaf)
    ended = await first
    assert isinstance(ended, Rehearsal)
    assert ended.because is None


async def test_a_refusal_changes_nothing(router: Router, told: list[Told]) -> None:
    router.obstacles.append(ILL)
    with pytest.raises(ReleaseRefusedError, match="no endpoint is healthy"):
        await router.drills.rehearse(wish(), deaf)
    assert router.workers.heard == []
    assert named(told, "command_refused")[0]["command"] == "drill"


async def test_a_drill_waits_for_a_change_that_is_under_way(router: Router) -> None:
    router.machine.store.may_answer.clear()
    change = asyncio.ensure_future(router.conductor.carry_out(_pause()))
    await asyncio.sleep(0)
    drill = asyncio.ensure_future(router.drills.rehearse(wish(), deaf))
    router.machine.store.may_answer.set()
    await change
    ended = await drill
    assert isinstance(ended, Rehearsal)
    assert ended.release.status is Status.PAUSED


def _pause() -> Any:
    order = to(20, epoch=1)
    return type(order)("support", Pause(by="somebody", at=NOON, epoch=1), SOMEBODY)


# Once...


def once(print_of_it: str = "f") -> Once[Rehearsal]:
    def answer(drill: Rehearsal) -> Answered:
        return Answered("k", print_of_it, 200, f"{drill.report.revision}".encode(), NOON)

    return Once("k", print_of_it, answer)


async def test_the_same_request_again_is_answered_as_before(router: Router) -> None:
    await rehearsed(router, wish(once=once()))
    again = await router.drills.rehearse(wish(once=once(), epoch=2), deaf)
    assert isinstance(again, Answered)
    assert again.body == b"4"
    assert router.workers.shares() == [0, 2000]


async def test_another_request_with_the_same_key_is_refused(router: Router) -> None:
    await rehearsed(router, wish(once=once()))
    with pytest.raises(KeyReusedError):
        await router.drills.rehearse(wish(once=once("g"), epoch=2), deaf)


async def test_it_is_carried_out_to_its_end_when_nobody_waits_for_it(router: Router) -> None:
    rehearsing = asyncio.ensure_future(router.drills.rehearse(wish(), deaf))
    await router.workers.has_heard.wait()
    router.workers.has_heard.clear()
    rehearsing.cancel()
    await router.workers.has_heard.wait()
    assert router.conductor.release("support").share == 2000

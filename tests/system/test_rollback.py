"""A rollback under load, as the backends' own books tell it: AI's traffic ends, and stays ended."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from loadtests.faults import manager
from loadtests.faults.book import Visit
from loadtests.faults.caller import Wish
from loadtests.faults.disk import LimitedFiles
from loadtests.faults.falls import LONGEST, last_begun
from loadtests.faults.killing import busiest, kill, unexcused
from loadtests.faults.manager import Rollback
from loadtests.faults.patience import expect
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.strikes import all_killed_and_back, killed_and_back
from loadtests.faults.traffic import Steady

RATE = 200.0
LINES = 16
SHARE = 50.0
WISHES = (Wish(SERVICE), Wish(SERVICE, method="POST"), Wish(SERVICE, lane="ai"))
"""By the share, and by a rule that would always choose AI."""


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage(is_quick=True) as stage:
        yield stage


@pytest.fixture
async def router(stage: Stage) -> Router:
    return await stage.router(proxy={"workers": 2, "drain_timeout": "2s"})


@pytest.fixture
async def load(router: Router) -> AsyncIterator[Steady]:
    steady = Steady(router.door, WISHES, RATE)
    await steady.open(LINES)
    async with steady:
        yield steady


async def raised(stage: Stage, router: Router) -> None:
    """Give AI its share, and see that it has it."""
    ai = stage.origins[f"{SERVICE}-ai"].visits
    seen = len(ai)
    await manager.insist(router, SHARE)
    await expect("AI's share", lambda: len(ai) > seen + 10)


def begun_after(stage: Stage, rollback: Rollback) -> float:
    """Return how long after the call AI's own book has the last request begin."""
    return last_begun(stage.origins[f"{SERVICE}-ai"].visits, rollback.called)


async def more_requests(stage: Stage) -> None:
    """Wait until legacy has answered for a while."""
    legacy: list[Visit] = stage.origins[f"{SERVICE}-legacy"].visits
    enough = len(legacy) + 60
    await expect("legacy's answers", lambda: len(legacy) > enough)


async def is_rolled_back(router: Router, rollback: Rollback) -> bool:
    found = await manager.release(router)
    return (found["status"], manager.stand_of(found)) == ("rolled_back", rollback.stand)


async def test_ai_is_asked_nothing_any_more_whoever_is_killed_and_whatever_is_restarted(
    stage: Stage, router: Router, load: Steady
) -> None:
    await raised(stage, router)
    rollback = await manager.roll_back(router)
    assert rollback.report["complete"]
    assert rollback.report["durable"] == "store"
    await more_requests(stage)
    death = await kill(router, await busiest(router))
    await expect("its successor", lambda: router.is_ready(death.seat, not_pid=death.pid))
    await more_requests(stage)
    await killed_and_back(router)
    await more_requests(stage)
    assert await is_rolled_back(router, rollback)
    await load.finish()
    verdict = stage.judge(load)
    assert unexcused(verdict.failed, [death]) == []
    assert verdict.wrong == []
    await router.stop()
    router.launch()
    await router.ready()
    async with Steady(router.door, WISHES, RATE):
        await more_requests(stage)
    assert await is_rolled_back(router, rollback)
    assert begun_after(stage, rollback) < LONGEST


async def test_on_a_full_disk_a_rollback_holds_over_the_death_of_every_process(
    stage: Stage, router: Router, load: Steady
) -> None:
    await raised(stage, router)
    disk = LimitedFiles(router)
    await disk.fill()
    refused = await manager.attempt(router, SHARE + 1)
    assert refused.status == HTTPStatus.INSUFFICIENT_STORAGE
    assert refused.data["code"] == "not_durable"
    rollback = await manager.roll_back(router)
    assert rollback.report["complete"]
    assert rollback.report["durable"] == "journal"
    await more_requests(stage)
    await killed_and_back(router)
    await more_requests(stage)
    await load.finish()
    verdict = stage.judge(load)
    assert verdict.failed == []
    assert verdict.wrong == []
    await all_killed_and_back(router)
    assert await is_rolled_back(router, rollback)
    async with Steady(router.door, WISHES, RATE):
        await more_requests(stage)
        assert begun_after(stage, rollback) < LONGEST
        disk.free()
        await raised(stage, router)


async def test_a_raise_that_comes_first_never_outlives_a_rollback(
    stage: Stage, router: Router, load: Steady
) -> None:
    await raised(stage, router)
    before = await manager.release(router)
    raises = [
        manager.attempt(router, SHARE + number, based_on=before["revision"]) for number in range(5)
    ]
    rollback, _ = await asyncio.gather(manager.roll_back(router), asyncio.gather(*raises))
    await more_requests(stage)
    assert await is_rolled_back(router, rollback)
    assert begun_after(stage, rollback) < LONGEST
    await load.finish()
    assert stage.judge(load).failed == []

"""Three replicas on a Redis that dies: AI is left, as its own book tells, and stays left."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from loadtests.faults import manager
from loadtests.faults.book import Visit
from loadtests.faults.caller import Wish
from loadtests.faults.falls import last_begun
from loadtests.faults.fleet import WORKERS, Fleet, Load, fleet
from loadtests.faults.manager import Rollback
from loadtests.faults.mishaps import World, replica_stopped
from loadtests.faults.patience import expect
from loadtests.faults.stage import SERVICE, Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

REPLICAS = 3
RATE = 90.0
STAGES = [5, 20, 50]
SHARE = 50.0
LEASE = 3.0
BY_PEERS = 2.0
"""Seconds within which whoever can be reached has left AI: well before any lease has ended."""
WISHES = (Wish(SERVICE), Wish(SERVICE, method="POST"), Wish(SERVICE, lane="ai"))
"""By the share, and by a rule that would always choose AI."""


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage(is_quick=True) as stage:
        yield stage


@pytest.fixture
async def replicas(stage: Stage) -> Fleet:
    service = await stage.service(release={"stages": [*STAGES, 100], "stream_drain": "1s"})
    replicas = await fleet(stage, REPLICAS, lease=LEASE, services=[service])
    await replicas.start()
    return replicas


@pytest.fixture
async def load(replicas: Fleet) -> AsyncIterator[Load]:
    async with Load(replicas, WISHES, RATE) as load:
        yield load


def ai_visits(stage: Stage) -> Sequence[Visit]:
    return stage.origins[f"{SERVICE}-ai"].visits


async def walked(load: Load) -> None:
    """Walk the plan up to half, each step through another replica, and see AI asked through all."""
    for number, percent in enumerate(STAGES):
        router = load.fleet[number].router
        await manager.move(router, "promote" if number else "start")
        await load.fleet.agreed(SERVICE)
        assert (await manager.release(router))["percent"] == percent
        await load.has_ai(SERVICE)


async def more_requests(stage: Stage, load: Load, after: float) -> None:
    """Wait until legacy has answered through each replica for a while, from then on."""
    legacy = stage.origins[f"{SERVICE}-legacy"].visits

    def all_have() -> bool:
        seen = {visit.number for visit in legacy if visit.at > after}
        return all(
            sum(ask.number in seen for ask in steady.asks) > 20 for steady in load.steady.values()
        )

    await expect("legacy's answers through each replica", all_have)


async def stands(load: Load, rollback: Rollback) -> bool:
    """Whether all replicas are rolled back, and nobody has gone beyond that."""
    found = [await manager.release(each.router) for each in load.fleet.replicas]
    return all(
        (each["status"], each["percent"], manager.stand_of(each))
        == ("rolled_back", 0, rollback.stand)
        for each in found
    )


async def no_request_was_lost(stage: Stage, load: Load) -> None:
    for traffic in load.traffics:
        await traffic.finish()
    verdict = stage.judge(*load.traffics)
    assert (verdict.failed, verdict.wrong) == ([], [])


async def test_a_rollback_through_one_ends_ai_at_all_though_their_redis_is_killed(
    stage: Stage, replicas: Fleet, load: Load
) -> None:
    await walked(load)
    await asyncio.to_thread(replicas.alone.server.kill)
    rollback = await manager.roll_back(replicas[0].router)
    assert rollback.report["complete"]
    assert rollback.report["durable"] == "journal"
    said = {each["replica"]: each["acked"] for each in rollback.report["replicas"]}
    assert said == dict.fromkeys(replicas.names, WORKERS + 1)  # one stands by, warm
    await more_requests(stage, load, rollback.answered)
    await replicas.alone.server.start()
    await more_requests(stage, load, time.monotonic() + LEASE)
    assert last_begun(ai_visits(stage), rollback.called) < BY_PEERS
    assert await stands(load, rollback)
    await no_request_was_lost(stage, load)


async def test_an_empty_redis_and_a_replica_that_was_stopped_bring_nothing_back(
    stage: Stage, replicas: Fleet, load: Load
) -> None:
    await walked(load)
    stopped, caller = replicas[0], replicas[1]
    world = World(load, random.Random(), {})
    async with replica_stopped(world, stopped):
        await asyncio.to_thread(replicas.alone.server.kill)
        rollback = await manager.roll_back(caller.router)
        report = rollback.report
        assert not report["complete"]
        assert report["missing"] == [stopped.name]
        assert LEASE <= report["bound_s"] < 2 * LEASE
        await asyncio.sleep(rollback.called + LEASE + 1 - time.monotonic())
        await replicas.alone.server.start_from_nothing()
    woken = time.monotonic()
    await more_requests(stage, load, woken + 2 * LEASE)
    assert last_begun(ai_visits(stage), rollback.called) < BY_PEERS
    assert await stands(load, rollback)
    await manager.move(stopped.router, "start")
    await load.has_ai(SERVICE)
    await no_request_was_lost(stage, load)

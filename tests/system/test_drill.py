"""A drill under load, as the backends' own books tell it; and each way in which it stays at 0."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from loadtests import admin
from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.disk import LimitedFiles
from loadtests.faults.falls import ON_ITS_WAY
from loadtests.faults.patience import expect
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.strikes import killed_and_back
from loadtests.faults.traffic import Steady
from router.control.drills import STAY
from tests.support.serving import ROOT, RunningRouter, service
from tests.support.typed_page import lasting, shown, typed

RATE = 200.0
LINES = 16
SHARE = 50.0
WISHES = (Wish(SERVICE), Wish(SERVICE, method="POST"), Wish(SERVICE, lane="ai"))
"""By the share, and by a rule that would always choose AI."""
PROBED = {"path": "/healthz", "interval": "200ms", "timeout": "200ms", "unhealthy_after": 1}


@dataclass(frozen=True)
class Rehearsed:
    """A drill, and when it was called and answered by the clock of the backends' books."""

    called: float
    answered: float
    status: int
    told: dict[str, Any]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage(is_quick=True) as stage:
        yield stage


@pytest.fixture
async def router(stage: Stage) -> Router:
    support = await stage.service(release={"stages": [5, 20, SHARE, 100]})
    support["legacy"]["health"] = PROBED
    return await stage.router([support], proxy={"workers": 2, "drain_timeout": "2s"})


@pytest.fixture
async def load(router: Router) -> AsyncIterator[Steady]:
    steady = Steady(router.door, WISHES, RATE)
    await steady.open(LINES)
    async with steady:
        yield steady


async def raised(stage: Stage, router: Router) -> dict[str, Any]:
    """Give AI its share, and see that it has it; return the release."""
    ai = stage.origins[f"{SERVICE}-ai"].visits
    seen = len(ai)
    await manager.insist(router, SHARE)
    await expect("AI's share", lambda: len(ai) > seen + 10)
    return await manager.release(router)


def _rehearse(address: str) -> Rehearsed:
    called = time.monotonic()
    path = f"{manager.path_of(SERVICE)}/drill"
    answer = admin.call(address, "POST", path, {"reason": "a drill"})
    return Rehearsed(called, time.monotonic(), answer.status, answer.data)


async def rehearsed(router: Router) -> Rehearsed:
    return await asyncio.to_thread(_rehearse, router.admin)


async def interrupted(router: Router, interrupt: Callable[[], Awaitable[object]]) -> Rehearsed:
    """Rehearse; ``interrupt`` comes while AI is at 0. It must leave it there."""
    rehearsing = asyncio.ensure_future(rehearsed(router))
    await at_0(router)
    await interrupt()
    drill = await rehearsing
    assert drill.status == 200, drill.told
    assert (drill.told["restored"], drill.told["report"]["complete"]) == (False, True)
    return drill


async def at_0(router: Router) -> None:
    """Wait until the router says that it has rolled back, in its log."""
    await expect("the drill's rollback", lambda: router.has_said("rolled_back"))


def longest_gap(times: list[float], since: float, until: float) -> tuple[float, float]:
    """Return the longest time within these in which nothing was asked."""
    inner = [since, *sorted(at for at in times if since <= at <= until), until]
    return max(pairwise(inner), key=lambda gap: gap[1] - gap[0])


async def test_ai_is_asked_nothing_in_between_and_all_is_as_before(
    stage: Stage, router: Router, load: Steady
) -> None:
    before = await raised(stage, router)
    drill = await rehearsed(router)
    assert (drill.status, drill.told["restored"]) == (200, True), drill.told
    ai, legacy = stage.origins[f"{SERVICE}-ai"], stage.origins[f"{SERVICE}-legacy"]
    begin, end = longest_gap([each.at for each in ai.visits], drill.called, drill.answered)
    assert end - begin >= STAY
    assert begin - drill.called < drill.told["applied_ms"] / 1000 + ON_ITS_WAY
    assert sum(begin < each.at < end for each in legacy.visits) > RATE  # everybody went there
    after = drill.told["release"]
    for name in ("status", "percent", "stage"):
        assert after[name] == before[name]
    assert after["epoch"] == before["epoch"] + 1
    assert after["last_drill"]["applied_ms"] == drill.told["applied_ms"]
    seen = len(ai.visits)
    await expect("AI's share", lambda: len(ai.visits) > seen + 10)
    await load.finish()
    verdict = stage.judge(load)
    assert (verdict.failed, verdict.wrong) == ([], [])


@pytest.mark.usefixtures("load")
async def test_another_command_leaves_it_at_0(stage: Stage, router: Router) -> None:
    await raised(stage, router)
    drill = await interrupted(router, lambda: manager.roll_back(router))
    assert "a fault scene" in drill.told["because"]
    ai = stage.origins[f"{SERVICE}-ai"].visits
    assert not [each for each in ai if each.at > drill.called + 1]
    assert (await manager.release(router))["held_for"] is None


async def test_an_ill_legacy_leaves_it_at_0(stage: Stage, router: Router) -> None:
    await manager.insist(router, SHARE)

    async def fall_ill() -> None:
        stage.origins[f"{SERVICE}-legacy"].is_well = False

    drill = await interrupted(router, fall_ill)
    assert "no endpoint is healthy" in drill.told["because"]
    assert (await manager.release(router))["held_for"] == "drill"


@pytest.mark.usefixtures("load")
async def test_a_store_that_takes_nothing_leaves_it_at_0(stage: Stage, router: Router) -> None:
    await raised(stage, router)
    await LimitedFiles(router).fill()
    drill = await rehearsed(router)
    assert (drill.told["restored"], drill.told["report"]["durable"]) == (False, "journal")
    ai = stage.origins[f"{SERVICE}-ai"].visits
    assert not [each for each in ai if each.at > drill.called + 1]


@pytest.mark.usefixtures("load")
async def test_whoever_kills_the_router_leaves_it_at_0_and_a_resume_takes_it_back(
    stage: Stage, router: Router
) -> None:
    before = await raised(stage, router)
    rehearsing = asyncio.ensure_future(rehearsed(router))
    await at_0(router)
    await killed_and_back(router)
    with pytest.raises(OSError):  # noqa: PT011 - the connection ends, however
        await rehearsing
    left = await manager.release(router)
    assert (left["status"], left["held_for"], left["percent"]) == ("rolled_back", "drill", 0)
    ai = stage.origins[f"{SERVICE}-ai"].visits
    seen = len(ai)
    await manager.move(router, "resume")
    await expect("AI's share", lambda: len(ai) > seen + 10)
    after = await manager.release(router)
    assert (after["status"], after["percent"]) == ("rolling", before["percent"])
    assert after["last_drill"] is None  # it has not passed


# The guide...

PAGE = ROOT / "docs" / "howto" / "drill.md"


@pytest.fixture
def typed_at() -> Iterator[RunningRouter]:
    only = service(legacy=9, ai=9, release={"require": {"drill": "30d"}})
    with RunningRouter({"services": [only]}) as running:
        yield running


def test_the_guide_shows_what_its_commands_print(typed_at: RunningRouter) -> None:
    examples = shown(PAGE)
    assert len(examples) == 5
    for command, text in examples:
        said = lasting(typed(typed_at, command))
        for line in lasting(text):
            assert line in said, f"{command}: the page shows {line!r}, but this was said: {said}"
    last = typed_at.metric("last_drill_timestamp_seconds", service="support")
    assert abs(last - time.time()) < 60

"""A store that is damaged when a router starts, and one that is deleted under a running router."""

import asyncio
from typing import Final

from loadtests.faults import manager
from loadtests.faults.book import failures
from loadtests.faults.caller import Wish
from loadtests.faults.falls import LONGEST, last_begun
from loadtests.faults.manager import Rollback
from loadtests.faults.memory import STORE
from loadtests.faults.promise import Promise, at_most, holds, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.strikes import killed_and_back
from loadtests.faults.traffic import Steady

RATE: Final = 200.0
LINES: Final = 16
SHARE: Final = 50.0
BETWEEN: Final = 0.5
"""Seconds for which everybody asks between two things that happen."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


async def play(stage: Stage) -> list[Promise]:
    """Start on a store that cannot be read, and delete the next one under a running router."""
    router = await stage.router(proxy={"workers": 2, "drain_timeout": "2s"})
    await manager.insist(router, SHARE)
    await router.stop()
    damaged = router.state_dir / STORE
    damaged.write_bytes(b"this is no database at all. " * 400)
    router.launch()
    await router.ready()
    steady = Steady(router.door, WISHES, RATE)
    await steady.open(LINES)
    async with steady:
        await asyncio.sleep(BETWEEN)
        promises = [await _starts_at_nothing(stage, router)]
        await manager.move(router, "resume", confirm_lost_state=True)
        await manager.insist(router, SHARE)
        rollback = await _deleted(router)
        promises += await _holds_all_the_same(stage, router, rollback)
    verdict = stage.judge(steady)
    seen = dict(failures(verdict.failed))
    return [
        *promises,
        none(f"request fails {seen or ''}".strip(), verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
    ]


async def _starts_at_nothing(stage: Stage, router: Router) -> Promise:
    found = await manager.release(router)
    ai, legacy = (stage.origins[f"{SERVICE}-{variant}"].visits for variant in ("ai", "legacy"))
    aside = router.state_dir / f"{STORE}.damaged-1"
    return holds(
        "a store that is damaged at the start: it is put aside, legacy serves, AI is at 0",
        aside.exists() and found["percent"] == 0 and not ai and len(legacy) > 0,
        f"{found['status']} at {found['percent']:g} %, AI saw {len(ai)} requests and legacy "
        f"{len(legacy)}",
    )


async def _deleted(router: Router) -> Rollback:
    await asyncio.sleep(BETWEEN)
    for file in router.state_dir.glob(f"{STORE}*"):
        file.unlink()
    await asyncio.sleep(BETWEEN)
    rollback = await manager.roll_back(router)
    await asyncio.sleep(BETWEEN)
    return rollback


async def _holds_all_the_same(stage: Stage, router: Router, rollback: Rollback) -> list[Promise]:
    """Kill it, so that it finds no store at all when it comes back."""
    await killed_and_back(router)
    await asyncio.sleep(BETWEEN)
    found = await manager.release(router)
    last = last_begun(stage.origins[f"{SERVICE}-ai"].visits, rollback.called)
    return [
        at_most(
            "a store that is deleted meanwhile: after a rollback the last AI request begins",
            last,
            LONGEST,
            "s",
        ),
        holds(
            "and the rollback holds after a restart",
            found["percent"] == 0 and found["epoch"] >= rollback.report["epoch"],
            f"{found['status']} at {found['percent']:g} %, epoch {found['epoch']} after "
            f"{rollback.report['epoch']}",
        ),
    ]

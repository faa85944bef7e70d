"""The time of day jumps by an hour, forward and back: who notices?"""

import asyncio
import os
from datetime import datetime, timedelta
from typing import Final

from loadtests.faults import manager
from loadtests.faults.book import failures
from loadtests.faults.caller import Wish
from loadtests.faults.clocks import Clocks
from loadtests.faults.falls import LONGEST, last_begun
from loadtests.faults.promise import Promise, all_of, at_most, holds, none, p99
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady, seconds_of

RATE: Final = 400.0
LINES: Final = 16
HOUR: Final = 3600.0
JUMPS: Final = (HOUR, 0.0, -HOUR, HOUR, -HOUR, 0.0)
"""Seconds that the router's clock is ahead, one after the other."""
LEASE: Final = 3.0
BETWEEN: Final = 1.5
SHARE: Final = 50.0
LONGEST_WAIT: Final = 0.25
"""Seconds: a timeout or a pause that counted by the time of day would show."""
SHARE_OFF: Final = 10.0
"""Percentage points."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


async def play(stage: Stage) -> list[Promise]:
    """Jump, change the share, jump again; at last roll back an hour before everything else."""
    clocks = Clocks(stage.ground.directory)
    router = await stage.replica(lease=f"{LEASE:g}s", proxy={"workers": 2, "drain_timeout": "2s"})
    router.environment = clocks.environment(os.environ)
    router.launch()
    await router.ready()
    await manager.insist(router, SHARE)
    steady = Steady(router.door, WISHES, RATE)
    await steady.open(LINES)
    taken = 0
    async with steady:
        await asyncio.sleep(BETWEEN)
        for seconds in JUMPS:
            clocks.set(seconds)
            taken += await _takes_a_change(router, seconds)
            await asyncio.sleep(BETWEEN)
        clocks.set(-HOUR)
        share = _share(stage)
        rollback = await manager.roll_back(router)
        await asyncio.sleep(BETWEEN)
    last = last_begun(stage.origins[f"{SERVICE}-ai"].visits, rollback.called)
    verdict = stage.judge(steady)
    seen = dict(failures(verdict.failed))
    return [
        none(f"request fails {seen or ''}".strip(), verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        at_most("p99 of all answers", p99(seconds_of(steady.asks)), LONGEST_WAIT, "s"),
        holds(
            f"AI keeps its share of {SHARE:g} %: no lease ends and no endpoint is put out",
            abs(share - SHARE) < SHARE_OFF,
            f"{share:.1f} %",
        ),
        all_of("changes are taken, each at its own time of day", taken, len(JUMPS)),
        at_most("after a rollback the last AI request begins", last, LONGEST, "s"),
    ]


async def _takes_a_change(router: Router, seconds: float) -> bool:
    """Change the share to what it is; tell whether that carries the time of day that there is."""
    await manager.insist(router, SHARE)
    found = await manager.release(router)
    at = datetime.fromisoformat(found["updated_at"])
    ahead = at - datetime.now(at.tzinfo)
    return abs(ahead - timedelta(seconds=seconds)) < timedelta(minutes=1)


def _share(stage: Stage) -> float:
    ai, legacy = (len(stage.origins[f"{SERVICE}-{each}"].visits) for each in ("ai", "legacy"))
    return 100 * ai / (ai + legacy)

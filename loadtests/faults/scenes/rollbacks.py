"""Rollbacks at full load, half of them with a fault: when does AI see the last request begin?"""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Final

from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.falls import Fall, last_begun, lies, promises
from loadtests.faults.killing import unexcused
from loadtests.faults.patience import expect
from loadtests.faults.promise import Promise
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.strikes import FAULTS, Fault, Striker
from loadtests.faults.traffic import Full

CALLERS: Final = 64
SHARE: Final = 50.0
ENOUGH: Final = 50
"""Requests that AI has before it is taken out."""
AFTERWARDS: Final = 0.3
"""Seconds for which everybody goes on asking when all is over."""
WORKERS: Final = 2
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


async def play(stage: Stage) -> list[Promise]:
    """Roll back again and again, each time with another fault or none."""
    router = await stage.replica(proxy={"workers": WORKERS, "drain_timeout": "2s"})
    striker = Striker(router, await stage.disk(router))
    router.launch()
    await router.ready()
    faults = FAULTS if stage.is_quick else in_turns(FAULTS)
    return promises([await _fall(stage, striker, fault) for fault in faults])


def in_turns(faults: Sequence[Fault]) -> Sequence[Fault]:
    """Mix them: one of each while there are some left."""
    columns = itertools.zip_longest(*([fault] * fault.times for fault in faults))
    return [fault for column in columns for fault in column if fault]


async def _fall(stage: Stage, striker: Striker, fault: Fault) -> Fall:
    """Raise AI's share, and take it away."""
    await _all_ready(striker.router)
    for origin in stage.origins.values():
        origin.visits.clear()
    await manager.insist(striker.router, SHARE)
    ai = stage.origins[f"{SERVICE}-ai"].visits
    async with Full(striker.router.door, WISHES, CALLERS) as full:
        await expect("AI's share", lambda: len(ai) > ENOUGH)
        struck = await fault.strike(striker)
        await _all_ready(striker.router)
        await asyncio.sleep(AFTERWARDS)
    rollback, verdict = struck.rollback, stage.judge(full)
    last = last_begun(ai, rollback.called)
    said = lies(rollback.report, last=last, seconds=rollback.seconds, durable=struck.durable)
    return Fall(
        fault.name,
        last,
        rollback.seconds,
        None if struck.kills else rollback.report["last_ai_byte_ms"],
        verdict.asked,
        unexcused(verdict.failed, struck.kills),
        verdict.wrong,
        [*said, *struck.lies],
    )


async def _all_ready(router: Router) -> None:
    seats = [f"worker-{number + 1}" for number in range(WORKERS + 1)]
    await expect("all workers", lambda: all(map(router.is_ready, seats)))

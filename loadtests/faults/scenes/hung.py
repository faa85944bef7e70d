"""AI takes 300 requests and never answers: what does legacy's traffic notice?"""

import asyncio
from typing import Final

from loadtests.faults.caller import Wish
from loadtests.faults.promise import Promise, none, p99, shown
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady, Traffic, seconds_of

HUNG: Final = 300
RATE: Final = 400.0
LINES: Final = 16
TIMES: Final = 2.0


async def play(stage: Stage) -> list[Promise]:
    """Measure before, while and after they hang."""
    service = await stage.service()
    service["ai"]["pool"] = {"max_connections": HUNG}  # by default some would wait in its queue
    router = await stage.router([service])
    ai = stage.origins[f"{SERVICE}-ai"]
    await _legacy(router, 2.0)  # what is measured is not a router that has just started
    before = await _legacy(router, stage.seconds(10))
    ai.answers = False
    async with Traffic(router.door, []) as hung:
        for _ in range(HUNG):
            hung.ask(Wish(SERVICE, lane="ai"))
        await asyncio.sleep(1.0)
        meanwhile = await _legacy(router, stage.seconds(10))
        held = len(hung.in_flight())
        await hung.finish(0.0)
    after = await _legacy(router, stage.seconds(10))
    verdict = stage.judge(before, meanwhile, after)
    steady_ms = p99(seconds_of([*before.asks, *after.asks])) * 1000
    hung_ms = p99(seconds_of(meanwhile.asks)) * 1000
    return [
        none("legacy request fails", verdict.failed, verdict.asked),
        none("legacy request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        Promise(
            f"p99 of legacy ≤ {TIMES:g} times steady while {HUNG} hang",
            f"{shown(hung_ms)} ms against {shown(steady_ms)} ms, {held} hung",
            held=hung_ms <= TIMES * steady_ms and held == HUNG,
            is_timing=held == HUNG,
        ),
    ]


async def _legacy(router: Router, seconds: float) -> Steady:
    traffic = Steady(router.door, [Wish(SERVICE, lane="legacy")], RATE)
    await traffic.open(LINES)
    async with traffic:
        await asyncio.sleep(seconds)
    return traffic

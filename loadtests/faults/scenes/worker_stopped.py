"""A worker that does not move any more (SIGSTOP): how soon is it replaced, and at whose cost?"""

import asyncio
import time
from typing import Final

from loadtests.faults.caller import Wish
from loadtests.faults.killing import Kill, busiest, freeze, unexcused
from loadtests.faults.patience import expect, until
from loadtests.faults.promise import Promise, at_most, none
from loadtests.faults.serving import Router, is_alive
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady, asks_of

RATE: Final = 200.0
FRESH_RATE: Final = 50.0
LINES: Final = 32
SILENCE: Final = 5.0
"""Seconds after which a worker without a word is killed; it says one each second."""
REPLACED_WITHIN: Final = SILENCE + 1.0
STALL: Final = SILENCE + 1.0
"""Seconds that somebody who waits in its queue may wait."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


async def play(stage: Stage) -> list[Promise]:
    """Stop the busiest of two workers under load, and never wake it."""
    router = await stage.router(proxy={"workers": 2, "drain_timeout": "2s"})
    await router.set_percent(SERVICE, 50)
    steady = Steady(router.door, WISHES, RATE)
    fresh = Steady(router.door, WISHES, FRESH_RATE, is_fresh=True)
    await steady.open(LINES)
    async with steady, fresh:
        await asyncio.sleep(0.5)
        frozen = await freeze(router, await busiest(router))
        killed = await until(lambda: not is_alive(frozen.pid), 2 * SILENCE)
        replaced = await _replaced(router, frozen)
        await asyncio.sleep(0.5)
    verdict = stage.judge(steady, fresh)
    others = unexcused(asks_of(steady, fresh), [frozen])
    longest = max(ask.seconds for ask in asks_of(steady, fresh) if not ask.has_failed)
    return [
        at_most("it is killed after", killed or 2 * SILENCE, SILENCE + 0.5, "s"),
        at_most("its seat is filled after", replaced, REPLACED_WITHIN, "s"),
        Promise(
            "only what it holds fails",
            f"{len(verdict.failed)} of {verdict.asked:,} failed, {len(others)} of them elsewhere"
            f"{''.join(f'; {ask}' for ask in others[:3])}",
            held=not others,
        ),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        at_most("who waits in its queue is answered after", longest, STALL, "s"),
    ]


async def _replaced(router: Router, frozen: Kill) -> float:
    await expect("another worker", lambda: router.is_ready(frozen.seat, not_pid=frozen.pid))
    return time.monotonic() - frozen.sent

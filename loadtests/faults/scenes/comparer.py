"""The comparer is killed, or hangs (SIGSTOP), under load: what do users notice, and what is lost?

All are served by legacy, and every request is copied to a sandbox, so that each makes a pair.
"""

import asyncio
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Final

from loadtests import ask
from loadtests.faults.caller import Wish
from loadtests.faults.origin import Origin
from loadtests.faults.promise import Promise, at_most, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady, seconds_of

RATE: Final = 300.0
LINES: Final = 16
STEADY: Final = 3.0
"""Seconds before and after."""
BACK_WITHIN: Final = 2.0
HUNG_FOR: Final = 1.6
"""Seconds of silence after which it is killed."""
LATE: Final = 10.0
"""Seconds after which nobody waits for it any more."""
LONGEST: Final = 1.0
"""Seconds that an answer may take, on a busy machine: nothing of ours is waited for."""

_COMPARED: Final = re.compile(r"^gray_router_comparisons_total\{.*\} (\S+)$", re.MULTILINE)
_DRAWN: Final = re.compile(r"^gray_router_shadows_total\{.*\} (\S+)$", re.MULTILINE)

Strike = Callable[[int], None]


async def play_killed(stage: Stage) -> list[Promise]:
    """Kill it."""
    return await _play(stage, lambda pid: os.kill(pid, signal.SIGKILL), BACK_WITHIN)


async def play_hung(stage: Stage) -> list[Promise]:
    """Stop it, and never wake it."""
    return await _play(stage, lambda pid: os.kill(pid, signal.SIGSTOP), BACK_WITHIN + HUNG_FOR)


async def _play(stage: Stage, strike: Strike, back_within: float) -> list[Promise]:
    sandbox = Origin("sandbox")  # not one of the stage's: its visits are no answers of anybody
    await sandbox.open()
    stage.means.callback(sandbox.close)
    there = [f"http://{sandbox.host}:{sandbox.port}"]
    service = await stage.service(shadow={"send": "to_ai", "endpoints": {"ai": there}})
    router = await stage.router([service], proxy={"workers": 1})
    steady = Steady(router.door, [Wish(SERVICE, lane="legacy")], RATE)
    await steady.open(LINES)
    async with steady:
        await _grown(router, 0)
        await asyncio.sleep(stage.seconds(STEADY))
        struck = time.monotonic()
        strike(_comparer(router))
        await _replaced(router)
        compared = await _counted(router, _COMPARED)
        await _grown(router, compared)
        back = time.monotonic() - struck
        await asyncio.sleep(stage.seconds(STEADY))
    await asyncio.sleep(1.5)  # what was told last is read by then
    verdict = stage.judge(steady)
    drawn = await _counted(router, _DRAWN)
    longest = max(seconds_of(steady.asks))
    return [
        none("request fails", verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        at_most("an answer takes", longest, LONGEST, "s"),
        at_most("pairs are compared again after", back, back_within, "s"),
        Promise(
            "every request that was drawn is paired, or counted with its reason",
            f"{drawn:,} of {verdict.asked:,}",
            held=drawn == verdict.asked,
        ),
    ]


def _comparer(router: Router) -> int:
    """Return the process that compares now."""
    return max(_started(router))[1]


def _started(router: Router) -> list[tuple[str, int]]:
    return [
        (event["at"], event["pid"])
        for event in router.events()
        if event["event"] == "comparer_started"
    ]


async def _replaced(router: Router) -> None:
    await _until(lambda: _is_true(len(_started(router)) > 1))


async def _grown(router: Router, beyond: int) -> None:
    async def has_grown() -> bool:
        return await _counted(router, _COMPARED) > beyond

    await _until(has_grown)


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LATE):
        while not await is_so():
            await _moment()


async def _moment() -> None:
    await asyncio.sleep(0.02)


async def _is_true(fact: bool) -> bool:
    return fact


async def _counted(router: Router, what: re.Pattern[str]) -> int:
    answer = await asyncio.to_thread(ask.get, router.admin_port, "/metrics", {})
    return sum(int(float(number)) for number in what.findall(answer.body.decode()))

"""Ten reloads that add, change and remove services, and twenty workers replaced, under load."""

import asyncio
import os
import signal
from collections.abc import Mapping
from typing import Any, Final

from loadtests.admin import OPERATED
from loadtests.faults.book import failures
from loadtests.faults.caller import Wish
from loadtests.faults.patience import expect
from loadtests.faults.promise import Promise, all_of, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady

RELOADS: Final = 10
REPLACEMENTS: Final = 20
REQUESTS: Final = 10_000
RATE: Final = 400.0
FRESH_RATE: Final = 100.0
LINES: Final = 32
ON_ITS_WAY: Final = 0.05
"""Seconds that a request may need to the router; a service is removed no sooner after it."""
MAIN: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"), Wish(SERVICE, "ms=200"))


class Changing:
    """A router whose config never stays, and those who ask it."""

    def __init__(self, stage: Stage, router: Router, main: Mapping[str, Any]) -> None:
        self._stage = stage
        self._router = router
        self._main = main
        self.steady = Steady(router.door, MAIN, RATE)
        self.fresh = Steady(router.door, MAIN, FRESH_RATE, is_fresh=True)
        self.reloads = self.replacements = 0

    async def reload(self, turn: int) -> None:
        """Remove the last turn's service, change the one that stays, add another."""
        name = f"extra{turn}"
        extra = await self._stage.service(name)
        self._ask_for(*MAIN)  # answers of the one that goes are still under way
        await asyncio.sleep(ON_ITS_WAY)
        changed = {**self._main, "split": {**self._main["split"], "cache": "private"}}
        changed["legacy"] = {**changed["legacy"], "first_byte_timeout": f"{30 + turn}s"}
        self._router.write({**self._router.settings, "services": [changed, extra]})
        await self._tell(turn)
        await self._router.serves({SERVICE, name})
        self._ask_for(*MAIN, Wish(name), Wish(name, "ms=300", "POST"))
        self.reloads += 1

    async def replace_a_worker(self, turn: int) -> None:
        """Have a worker drained by SIGTERM, and wait for who comes after it."""
        seats = sorted(self._router.workers())
        seat = seats[turn % len(seats)]
        pid = self._router.workers()[seat]
        os.kill(pid, signal.SIGTERM)
        await expect(f"another on {seat}", lambda: self._router.is_ready(seat, not_pid=pid))
        self.replacements += 1

    def _ask_for(self, *wishes: Wish) -> None:
        self.steady.wishes[:] = self.fresh.wishes[:] = wishes

    async def _tell(self, turn: int) -> None:
        """By turns: call the admin API, send the signal, or leave it to the router to notice."""
        if turn % 3 == 0:
            await self._router.reload()
        elif turn % 3 == 1:
            self._router.signal(signal.SIGHUP)


async def play(stage: Stage) -> list[Promise]:
    """Reload and replace in turns, and then go on until enough have asked."""
    service = await stage.service()
    router = await stage.router(
        [service], proxy={"workers": 2, "drain_timeout": "5s"}, admin=OPERATED
    )
    await router.set_percent(SERVICE, 50)
    changing = Changing(stage, router, service)
    reloads, wanted = (2, 1000) if stage.is_quick else (RELOADS, REQUESTS)
    steady, fresh = changing.steady, changing.fresh
    await steady.open(LINES)
    async with steady, fresh:
        for turn in range(reloads):
            await changing.reload(turn)
            for part in range(REPLACEMENTS // RELOADS):
                await changing.replace_a_worker(turn + part)
        await expect("enough requests", lambda: len(steady.asks) + len(fresh.asks) > wanted, 30.0)
    verdict = stage.judge(steady, fresh)
    seen = dict(failures(verdict.failed))
    return [
        none(f"request fails {seen or ''}".strip(), verdict.failed, verdict.asked, at_least=wanted),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        all_of("reloads are in force", changing.reloads, reloads),
        all_of("workers are replaced", changing.replacements, reloads * 2),
    ]

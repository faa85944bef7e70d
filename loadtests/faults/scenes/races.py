"""Raises that meet a rollback: whoever comes first, none is applied after it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeVar

from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.falls import last_begun
from loadtests.faults.manager import Rollback
from loadtests.faults.promise import Promise, holds, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady

T = TypeVar("T")

RACES: Final = 100
RAISES: Final = 3
"""That meet each rollback, all of them based on the release before it."""
APART: Final = 0.004
"""Seconds by which they may lie apart."""
LATER: Final = 0.02
"""Seconds after them, at most, in which the rollback is called: while they are under way."""
SHARE: Final = 50.0
RATE: Final = 200.0
LINES: Final = 16
SETTLED: Final = 0.05
"""Seconds in which what was on its way to AI has come there."""
LOOKED_FOR: Final = 0.1
"""Seconds for which AI's book is looked at."""
SEED: Final = 11
TAKEN: Final = (HTTPStatus.OK, HTTPStatus.ACCEPTED)
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


@dataclass(slots=True)
class Races:
    """What came of them. taken: raises that came before their rollback."""

    taken: int = 0
    refused: int = 0
    outlived: list[str] = field(default_factory=list[str])


async def play(stage: Stage) -> list[Promise]:
    """Let them meet, under load, and look at the release and at AI's book each time."""
    router = await stage.router(proxy={"workers": 2, "drain_timeout": "2s"})
    drawn = random.Random(SEED)
    races = Races()
    steady = Steady(router.door, WISHES, RATE)
    await steady.open(LINES)
    times = RACES // 10 if stage.is_quick else RACES
    async with steady:
        for _ in range(times):
            rollback = await _meet(router, drawn, races)
            await asyncio.sleep(LOOKED_FOR)
            await _look(stage, router, rollback, races)
    verdict = stage.judge(steady)
    return [
        holds(
            f"of {RAISES * times} raises that meet {times} rollbacks none is applied after one",
            not races.outlived and races.taken > 0 and races.refused > 0,
            f"{races.taken} came before and {races.refused} were refused; {len(races.outlived)} "
            f"outlived a rollback{''.join(f'; {each}' for each in races.outlived[:3])}",
        ),
        none("request fails", verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
    ]


async def _meet(router: Router, drawn: random.Random, races: Races) -> Rollback:
    revision = (await manager.release(router))["revision"]

    async def raised() -> bool:
        answer = await manager.attempt(router, SHARE, based_on=revision)
        return answer.status in TAKEN

    raises = [_after(drawn.uniform(0, APART), raised) for _ in range(RAISES)]
    calling = _after(drawn.uniform(0, LATER), lambda: manager.roll_back(router))
    rollback, taken = await asyncio.gather(calling, asyncio.gather(*raises))
    races.taken += sum(taken)
    races.refused += RAISES - sum(taken)
    return rollback


async def _after(seconds: float, call: Callable[[], Awaitable[T]]) -> T:
    await asyncio.sleep(seconds)
    return await call()


async def _look(stage: Stage, router: Router, rollback: Rollback, races: Races) -> None:
    found = await manager.release(router)
    if (found["status"], manager.stand_of(found)) != ("rolled_back", rollback.stand):
        races.outlived.append(f"{found['status']} at {found['percent']} %")
    visits = stage.origins[f"{SERVICE}-ai"].visits
    if late := last_begun(visits, rollback.answered + SETTLED):
        races.outlived.append(f"AI is asked {late:.3f} s later")

"""kill -9 of the supervisor at any moment of a series of changes: what does the next one know?"""

import asyncio
import http.client
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from loadtests import admin
from loadtests.admin import Answer
from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.promise import Promise, holds, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.strikes import all_killed_and_back, killed_and_back
from loadtests.faults.traffic import Steady

RATE: Final = 200.0
LINES: Final = 16
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))
KILLS: Final = 14
LATEST: Final = 0.3
"""Seconds after which a series is cut, at most; a change takes some milliseconds."""
ROLLBACK_EVERY: Final = 4
SEED: Final = 5
TAKEN: Final = (HTTPStatus.OK, HTTPStatus.ACCEPTED)

Stand = tuple[int, int]


@dataclass(slots=True)
class Series:
    """Changes one after the other, until nobody answers. answered: the last one that was."""

    address: str
    drawn: random.Random
    answered: Stand
    percent: float
    asked: int = 0
    made: int = 0

    def run(self) -> None:
        """Change and roll back in turns; it ends with the router."""
        while True:
            self.asked += 1
            try:
                answer = self._ask()
            except (OSError, http.client.HTTPException):
                return
            if answer.status in TAKEN:
                self.answered = manager.stand_of(answer.data)
                self.percent = answer.data["percent"]
                self.made += 1

    def _ask(self) -> Answer:
        body: dict[str, object] = {"reason": manager.REASON}
        if self._is_rollback:
            return admin.call(self.address, "POST", f"{manager.path_of(SERVICE)}/rollback", body)
        body["percent"] = self.drawn.randint(100, 9900) / 100
        return admin.call(self.address, "PUT", f"{manager.path_of(SERVICE)}/percent", body)

    def explains(self, found: dict[str, Any]) -> bool:
        """Tell whether this is the last that was answered, or the one that was under way then.

        A rollback that workers serve by and that could not be kept yet is made once more.
        """
        epoch, revision = self.answered
        stand, percent = manager.stand_of(found), found["percent"]
        if stand == self.answered:
            return bool(percent == self.percent)
        if self._is_rollback:
            again = {(epoch + 1, revision + 1), (epoch + 2, revision + 2)}
            return stand in again and percent == 0
        return stand == (epoch, revision + 1)

    @property
    def _is_rollback(self) -> bool:
        return self.asked % ROLLBACK_EVERY == 0


@dataclass(slots=True)
class Found:
    """What all the series came to. ahead: how often the change under way was kept."""

    kills: int = 0
    made: int = 0
    ahead: int = 0
    wrong: list[str] = field(default_factory=list[str])

    def add(self, series: Series, found: dict[str, Any]) -> None:
        """Hold what is known after a restart against what was answered before."""
        stand = manager.stand_of(found)
        self.kills += 1
        self.made += series.made
        self.ahead += stand != series.answered
        if not series.explains(found):
            as_found = f"{found['status']} by {found['by']}: {found['reason']}"
            self.wrong.append(f"{series.answered} was answered, {stand} found, {as_found}")


async def play(stage: Stage) -> list[Promise]:
    """Cut one series after the other, by the supervisor's death under load, or by everybody's."""
    router = await stage.router(proxy={"workers": 1, "drain_timeout": "2s"})
    drawn = random.Random(SEED)
    supervisor, everybody = Found(), Found()
    steady = Steady(router.door, WISHES, RATE)
    await steady.open(LINES)
    kills = KILLS // 4 if stage.is_quick else KILLS
    async with steady:
        for _ in range(kills):
            await _cut(router, drawn, supervisor, killed_and_back)
    for _ in range(kills):
        await _cut(router, drawn, everybody, all_killed_and_back)
    verdict = stage.judge(steady)
    return [
        _promise("the supervisor is killed", supervisor),
        none("request fails", verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        _promise("every process is killed", everybody),
    ]


async def _cut(
    router: Router,
    drawn: random.Random,
    cut: Found,
    killed: Callable[[Router], Awaitable[None]],
) -> None:
    """Let a series run, kill, and look what is known afterwards."""
    known = await manager.release(router)
    series = Series(router.admin, drawn, manager.stand_of(known), known["percent"])
    changing = asyncio.ensure_future(asyncio.to_thread(series.run))
    await asyncio.sleep(drawn.uniform(0, LATEST))
    await killed(router)
    await changing
    cut.add(series, await manager.release(router))


def _promise(what: str, cut: Found) -> Promise:
    return holds(
        f"{what}: the last change that was answered is known afterwards, or the one under way",
        not cut.wrong and cut.made > cut.kills,
        f"{cut.kills} kills within {cut.made} changes, {cut.ahead} times the one under way, "
        f"{len(cut.wrong)} times another{_examples(cut.wrong)}",
    )


def _examples(wrong: Sequence[str]) -> str:
    return "".join(f"; {each}" for each in wrong[:3])

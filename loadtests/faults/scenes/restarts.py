"""Each state of a release over a restart, in order and by kill -9: who has AI before and after?

Users are sticky, so a share that is not the one that was kept would show in who AI's users are.
"""

import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from loadtests.faults import manager
from loadtests.faults.caller import USERS, Wish
from loadtests.faults.patience import expect
from loadtests.faults.promise import Promise, holds
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Full

CALLERS: Final = 16
SHARE: Final = 20.0
HIGHER: Final = 80.0
"""The share before it: whoever remembered this one would ask AI for other users too."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))
ENDS: Final = {"SIGTERM": signal.SIGTERM, "kill -9": signal.SIGKILL}
END_LIMIT: Final = 10.0
ROUNDS: Final = 3
"""How often everybody asks, at least: some of the requests are still under way."""
KEPT: Final = ("status", "percent", "epoch", "revision", "by", "reason")


async def _idle(router: Router) -> None:
    await manager.insist(router, HIGHER)
    await manager.insist(router, 0)


async def _rolling(router: Router) -> None:
    await manager.insist(router, HIGHER)
    await manager.insist(router, SHARE)


async def _paused(router: Router) -> None:
    await _rolling(router)
    await manager.move(router, "pause")


async def _complete(router: Router) -> None:
    await manager.insist(router, 100)
    await manager.move(router, "complete")


async def _rolled_back(router: Router) -> None:
    await manager.insist(router, HIGHER)
    await manager.roll_back(router)


STATES: Final[Mapping[str, Callable[[Router], Awaitable[None]]]] = {
    "idle": _idle,
    "rolling": _rolling,
    "paused": _paused,
    "complete": _complete,
    "rolled_back": _rolled_back,
}


@dataclass(frozen=True, slots=True)
class Restart:
    """What was seen around one restart. strangers: users that AI had after it, and not before."""

    same: bool
    users: int
    strangers: int
    missed: int


async def play(stage: Stage) -> list[Promise]:
    """Bring a release into each state, and its router down and up again."""
    router = await stage.router(proxy={"workers": 2, "drain_timeout": "2s"})
    return [await _promise(stage, router, status) for status in STATES]


async def _promise(stage: Stage, router: Router, status: str) -> Promise:
    found: dict[str, Restart] = {}
    for name, end in ENDS.items():
        await manager.move(router, "rollback")  # from here every state can be reached
        await STATES[status](router)
        found[name] = await _restarted(stage, router, end)
    seen = (
        f"{name}: {'the same release' if each.same else 'another release'}, {each.users} users of "
        f"AI, {each.strangers} of them new, {each.missed} lost"
        for name, each in found.items()
    )
    return holds(
        f"{status}: it comes back as it was, and AI is asked for nobody else",
        all(each.same and not each.strangers and not each.missed for each in found.values()),
        "; ".join(seen),
    )


async def _restarted(stage: Stage, router: Router, end: signal.Signals) -> Restart:
    before = await manager.release(router)
    async with Full(router.door, WISHES, CALLERS) as full:
        began = time.monotonic()
        await _everybody_asks(full)
        ended = time.monotonic()
        router.signal(end)
        await router.exit_code(END_LIMIT)
        router.launch()
        await router.ready()
        restored = time.monotonic()
        await _everybody_asks(full)
    after = await manager.release(router)
    visits = stage.origins[f"{SERVICE}-ai"].visits
    had = {visit.number % USERS for visit in visits if began <= visit.at < ended}
    since = {visit.number % USERS for visit in visits if visit.at >= ended}
    has = {visit.number % USERS for visit in visits if visit.at >= restored}
    same = all(before[name] == after[name] for name in KEPT)
    return Restart(same, len(has), len(since - had), len(had - has))


async def _everybody_asks(full: Full) -> None:
    """Wait until each user has been answered, by the rules of now."""
    enough = len(full.asks) + ROUNDS * USERS
    await expect("everybody's answers", lambda: len(full.asks) > enough)

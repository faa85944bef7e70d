"""kill -9 of a worker: at a steady load, at full load, with a full queue, and again and again."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from loadtests.faults.caller import Wish
from loadtests.faults.killing import Kill, busiest, kill, unexcused
from loadtests.faults.patience import expect, until
from loadtests.faults.promise import Promise, at_most, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Full, Steady, Traffic, asks_of

RATE: Final = 400.0
FRESH_RATE: Final = 50.0
"""Of these each comes by a connection of its own, which has to be accepted first."""
LINES: Final = 32
CALLERS: Final = 64
KILLS: Final = 2
AGAIN: Final = 10
AGAIN_ON_ONE_SEAT: Final = 6
WAITING: Final = 40
BACK_WITHIN: Final = 1.0
"""Seconds from a worker's death until its seat is ready again."""
STALL: Final = 1.0
"""Seconds that nobody may wait longer."""
QUEUE_STALL: Final = 0.25
"""Seconds that nobody may wait longer in the queue of the dead: less than a start takes."""
LONGEST_PAUSE: Final = 10.0
"""Seconds until the seat of a worker that keeps dying is filled again."""
SEATS: Final = ("worker-1", "worker-2", "worker-3")
"""Of a router with two workers: one of them stands by."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


async def play(stage: Stage) -> list[Promise]:
    """Kill workers of a small router and of a larger one."""
    service = await stage.service()
    small = await stage.router([service], proxy={"workers": 1, "drain_timeout": "2s"})
    promises = await _once_each(stage, small, "1 worker")
    await small.stop()
    large = await stage.router([service], proxy={"workers": 2, "drain_timeout": "2s"})
    return [*promises, *await _once_each(stage, large, "2 workers")]


async def _once_each(stage: Stage, router: Router, name: str) -> list[Promise]:
    await router.set_percent(SERVICE, 50)
    return [
        *await _at_a_steady_load(stage, router, name),
        *await _at_full_load(stage, router, name),
        *await _with_a_full_queue(router, name),
    ]


async def _at_a_steady_load(stage: Stage, router: Router, name: str) -> list[Promise]:
    steady = Steady(router.door, WISHES, RATE)
    fresh = Steady(router.door, WISHES, FRESH_RATE, is_fresh=True)
    await steady.open(LINES)
    async with steady, fresh:
        kills, back = await _kill_some(router, 1 if stage.is_quick else KILLS)
    return _kept(stage, f"{name}, {RATE:g} requests/s", (steady, fresh), kills, back)


async def _at_full_load(stage: Stage, router: Router, name: str) -> list[Promise]:
    async with Full(router.door, WISHES, CALLERS) as full:
        kills, back = await _kill_some(router, 1 if stage.is_quick else KILLS)
    return _kept(stage, f"{name}, {CALLERS} that always ask", (full,), kills, back)


async def _kill_some(router: Router, times: int) -> tuple[list[Kill], float]:
    """Kill the busiest worker so often; return the longest time until a seat was ready again."""
    kills: list[Kill] = []
    back = 0.0
    for _ in range(times):
        await asyncio.sleep(0.5)
        kills.append(await kill(router, await busiest(router)))
        back = max(back, await _filled(router, kills[-1]))
    await asyncio.sleep(0.5)
    return kills, back


async def _filled(router: Router, died: Kill) -> float:
    """Return how long after a death its seat was ready again."""
    await expect("another worker", lambda: router.is_ready(died.seat, not_pid=died.pid))
    return time.monotonic() - died.sent


async def _with_a_full_queue(router: Router, name: str) -> list[Promise]:
    """Let clients wait for a worker that does not accept, and kill it."""
    probe = Traffic(router.door, [])
    await probe.open(LINES)  # who accepts them is none that stands by
    async with probe, Traffic(router.door, [], is_fresh=True) as waiting:
        stopped = await busiest(router)
        os.kill(router.workers()[stopped], signal.SIGSTOP)
        for _ in range(WAITING):
            waiting.ask(WISHES[0])
        await asyncio.sleep(0.3)
        queued = len(waiting.in_flight())
        died = await kill(router, stopped)
        await until(lambda: not waiting.in_flight(), 3.0)
    await _filled(router, died)
    longest = max(ask.ended for ask in waiting.asks) - died.sent
    failed = [ask for ask in waiting.asks if ask.has_failed]
    what = "connection that waits in the queue of the dead fails"
    return [
        none(what, failed, queued, where=f"{name}: "),
        at_most(f"{name}: these are answered after", longest, QUEUE_STALL, "s"),
    ]


async def play_again_and_again(stage: Stage) -> list[Promise]:
    """Kill whoever comes to one seat, then whoever has most clients as soon as two serve."""
    router = await stage.router(proxy={"workers": 2, "drain_timeout": "2s"})
    await router.set_percent(SERVICE, 50)
    seat = await busiest(router)

    async def its_successor() -> str:
        await expect("its successor", lambda: router.is_ready(seat), LONGEST_PAUSE)
        return seat

    async def the_busiest_of_two() -> str:
        await expect("two that serve", lambda: _ready(router) > 1, LONGEST_PAUSE)
        return await busiest(router)

    once, often = (2, 3) if stage.is_quick else (AGAIN_ON_ONE_SEAT, AGAIN)
    return [
        *await _again(stage, router, f"one seat {once} times", once, its_successor),
        *await _again(stage, router, f"the busiest {often} times", often, the_busiest_of_two),
    ]


async def _again(
    stage: Stage, router: Router, name: str, times: int, victim: Callable[[], Awaitable[str]]
) -> list[Promise]:
    steady = Steady(router.door, WISHES, RATE)
    fresh = Steady(router.door, WISHES, FRESH_RATE, is_fresh=True)
    await steady.open(LINES)
    async with steady, fresh:
        kills = [await kill(router, await victim()) for _ in range(times)]
        await expect("all seats", lambda: _ready(router) == len(SEATS), LONGEST_PAUSE)
    return _kept(stage, f"{name} in a row", (steady, fresh), kills, None)


def _ready(router: Router) -> int:
    return sum(router.is_ready(seat) for seat in SEATS)


def _kept(
    stage: Stage,
    name: str,
    traffics: Sequence[Traffic],
    kills: Sequence[Kill],
    back: float | None,
) -> list[Promise]:
    asks = asks_of(*traffics)
    verdict = stage.judge(*traffics)
    others = unexcused(asks, kills)
    longest = max(ask.seconds for ask in asks if not ask.has_failed)
    promises = [
        Promise(
            f"{name}: only what is in flight on the dead fails",
            f"{len(verdict.failed)} of {len(asks):,} failed in {len(kills)} deaths, {len(others)} "
            f"of them elsewhere{''.join(f'; {ask}' for ask in others[:3])}",
            held=not others,
        ),
        none(
            "request is unseen, doubled or misdirected",
            verdict.wrong,
            len(asks),
            where=f"{name}: ",
        ),
        at_most(f"{name}: the longest wait for an answer", longest, STALL, "s"),
    ]
    if back is not None:
        promises.append(at_most(f"{name}: the seat is filled after", back, BACK_WITHIN, "s"))
    return promises

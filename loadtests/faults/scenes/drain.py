"""SIGTERM while answers and streams are in flight, clients idle, and others wait to be accepted."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from typing import Final

from loadtests.faults.book import failures
from loadtests.faults.caller import Wish
from loadtests.faults.patience import expect
from loadtests.faults.promise import Promise, all_of, at_most, holds, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Door, Steady, Traffic

IN_FLIGHT: Final = 50
STREAMS: Final = 10
"""That end by themselves in time; and as many that never do."""
IDLE: Final = 50
WAITING: Final = 20
DRAIN: Final = 5.0
NEWCOMERS: Final = 200.0
"""Clients a second who come before and during all that, each by a connection of its own."""
SLACK: Final = 2.5
"""Seconds from the drain's deadline until the last process has ended."""


class Crowd:
    """Everybody who is there when the router is told to stop."""

    def __init__(self, door: Door) -> None:
        self.slow, self.short, self.endless, self.idle, self.waiting = self.all = [
            Traffic(door, []) for _ in range(5)
        ]

    async def begin(self, stage: Stage) -> None:
        """Return when each of them has come to a backend, and the idle ones have been answered."""
        await self.idle.open(IDLE)
        for _ in range(IDLE):
            self.idle.ask(Wish(SERVICE))
        for number in range(IN_FLIGHT):
            method = "POST" if number % 2 else "GET"
            self.slow.ask(Wish(SERVICE, f"ms={1000 + number * 20}", method))
        for _ in range(STREAMS):
            self.short.ask(Wish(SERVICE, "events=40&every_ms=50"))
            self.endless.ask(Wish(SERVICE, "events=100000&every_ms=50"))
        requests = IDLE + IN_FLIGHT + 2 * STREAMS
        await expect("all requests at the backends", lambda: len(stage.visits()) == requests)
        await expect("the quick answers", lambda: self.idle.answered == IDLE)


async def play(stage: Stage) -> list[Promise]:
    """Stop a router in the middle of its work."""
    router = await stage.router(proxy={"drain_timeout": f"{DRAIN:g}s"})
    await router.set_percent(SERVICE, 50)
    crowd = Crowd(router.door)
    await crowd.begin(stage)
    newcomers = Steady(router.door, [Wish(SERVICE)], NEWCOMERS, is_fresh=True)
    async with newcomers:
        await asyncio.sleep(0.5)
        began = await _stop_with_a_full_queue(router, crowd.waiting)
        code = await router.exit_code(DRAIN + SLACK)
        seconds = time.monotonic() - began
        left = await stage.nobody_left(0.5)
        for traffic in (*crowd.all, newcomers):
            await traffic.finish(0.0)
    return [
        *_kept(crowd, began),
        _nobody_reset(newcomers),
        at_most("the end after SIGTERM", seconds, DRAIN + SLACK, "s"),
        holds("exit code 0 and no process left", code == 0 and left is not None, f"code {code}"),
    ]


def _kept(crowd: Crowd, began: float) -> Iterator[Promise]:
    cuts = [ask.ended - began for ask in crowd.endless.asks]
    lost = failures(crowd.waiting.asks).items()
    closed, reset = crowd.idle.ends.count("closed"), crowd.idle.ends.count("reset")
    yield all_of("requests in flight complete", crowd.slow.answered, IN_FLIGHT)
    yield all_of("streams that end in time are whole", crowd.short.answered, STREAMS)
    yield holds(
        f"other streams go on until the drain's deadline, {DRAIN:g} s",
        all(abs(cut - DRAIN) < 1.0 for cut in cuts),
        f"cut after {min(cuts):.2f} to {max(cuts):.2f} s",
    )
    yield holds(
        "idle connections are closed with FIN, none is reset",
        closed == IDLE,
        f"{closed} closed, {reset} reset, {IDLE - closed - reset} neither",
    )
    yield holds(
        "connections that wait to be accepted are served",
        crowd.waiting.answered == WAITING,
        " ".join([f"{crowd.waiting.answered} of {WAITING}", *map(str, lost)]),
    )


def _nobody_reset(newcomers: Steady) -> Promise:
    """Whoever was not answered never had a connection: it was refused, or is still knocking."""
    lost = [ask for ask in newcomers.asks if ask.has_failed and ask.port]
    what = "newcomer whose connection was made is left without an answer"
    return none(what, lost, newcomers.answered)


async def _stop_with_a_full_queue(router: Router, waiting: Traffic) -> float:
    """Let clients come while no worker can accept, then stop the router; return when that was."""
    workers = router.workers().values()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    for _ in range(WAITING):
        waiting.ask(Wish(SERVICE))
    await asyncio.sleep(0.1)
    router.signal(signal.SIGTERM)
    began = time.monotonic()
    await asyncio.sleep(0.2)
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    return began

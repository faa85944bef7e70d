"""kill -9 of the supervisor: what goes on, until when, and how the next one takes over."""

import asyncio
import os
import signal
import time
from typing import Final

from loadtests.faults.book import Ask, failures
from loadtests.faults.caller import Wish
from loadtests.faults.killing import Kill, busiest, kill, unexcused
from loadtests.faults.patience import until
from loadtests.faults.promise import Promise, at_most, holds, none, shown
from loadtests.faults.serving import Router, death_of, is_alive
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady, asks_of

RATE: Final = 400.0
FRESH_RATE: Final = 50.0
LINES: Final = 32
LEASE: Final = 3.0
WORD_EVERY: Final = 1.0
"""Seconds between two words of a supervisor, at most."""
UNDER_WAY: Final = 0.1
"""Seconds that a request may need from the decision to the backend's book."""
RESTORED_WITHIN: Final = 2.0
DRAIN: Final = 3.0
WORKERS: Final = 2
MORE_WORKERS: Final = 3
STALL: Final = 1.0
"""Seconds that nobody may wait longer while all workers live."""
SLACK: Final = 3.0
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


async def play(stage: Stage) -> list[Promise]:
    """Kill and replace it: after the lease, with more workers, and with one that dies too."""
    router = await stage.router(
        lease=f"{LEASE:g}s", proxy={"workers": WORKERS, "drain_timeout": f"{DRAIN:g}s"}
    )
    await router.set_percent(SERVICE, 50)
    steady = Steady(router.door, WISHES, RATE)
    fresh = Steady(router.door, WISHES, FRESH_RATE, is_fresh=True)
    await steady.open(LINES)
    async with steady, fresh:
        await asyncio.sleep(1.0)
        promises = [await _second_is_refused(router)]
        killed = await _kill(router)
        await asyncio.sleep(LEASE + 2.0)
        promises.append(_lease_kept(stage, killed))
        promises += await _take_over(router, "after the lease", WORKERS)
        await router.set_percent(SERVICE, 50)
        await asyncio.sleep(1.0)
        await _kill(router)
        promises += await _take_over(router, "with more workers", MORE_WORKERS)
        await _kill(router)
        death = await kill(router, await busiest(router))
        promises += await _take_over(router, "with a worker", MORE_WORKERS)
        await asyncio.sleep(0.5)
    return [
        *_judged(stage, steady, fresh, death),
        *promises,
        _longest_wait(asks_of(steady, fresh), death.sent),
        await _stop(stage, router),
    ]


async def _kill(router: Router) -> float:
    """Kill the supervisor; return when it was dead."""
    pid = router.supervisor.pid
    dying = asyncio.ensure_future(death_of(pid))
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    return await dying


async def _second_is_refused(router: Router) -> Promise:
    """Start another one on the same state."""
    first, before = router.supervisor, router.workers()
    second = router.launch()
    code = await router.exit_code(5.0)
    router.supervisors.remove(second)
    untouched = first.alive() and router.workers() == before
    return holds(
        "a second `serve` beside a living one is refused and changes nothing",
        code not in (0, None) and untouched,
        f"code {code}, {'nothing' if untouched else 'something'} changed",
    )


def _lease_kept(stage: Stage, killed: float) -> Promise:
    ai, legacy = (stage.origins[f"{SERVICE}-{variant}"].visits for variant in ("ai", "legacy"))
    last = max(visit.at for visit in ai) - killed
    after = sum(visit.at > killed + LEASE + UNDER_WAY for visit in legacy)
    return Promise(
        f"AI is served until the lease, {LEASE:g} s after the last word, and legacy alone then",
        f"the last AI request begins {last:.2f} s after the death, {after} of legacy follow",
        held=LEASE - WORD_EVERY - UNDER_WAY <= last <= LEASE + UNDER_WAY and after > 0,
    )


async def _take_over(router: Router, when: str, workers: int) -> list[Promise]:
    """Start the next supervisor over the orphans of the last one; one more than that stands by."""
    proxy = {**router.settings["proxy"], "workers": workers}
    router.write({**router.settings, "proxy": proxy})
    orphans = router.workers()
    began = time.monotonic()
    router.launch()
    await router.ready()
    restored = time.monotonic() - began
    gone = await until(lambda: not any(map(is_alive, orphans.values())), DRAIN + SLACK)
    living = len(router.workers())
    return [
        at_most(f"{when}: full service is restored", restored, RESTORED_WITHIN, "s"),
        holds(
            f"{when}: old workers are replaced and go",
            gone is not None and living == workers + 1,
            "they stay"
            if gone is None
            else f"{len(orphans)} gone after {shown(gone)} s, {living} came",
        ),
    ]


def _judged(stage: Stage, steady: Steady, fresh: Steady, death: Kill) -> list[Promise]:
    """Say how every request ended; those that the killed worker held may fail."""
    verdict = stage.judge(steady, fresh)
    failed = unexcused(verdict.failed, [death])
    seen = dict(failures(failed))
    return [
        none(f"request fails {seen or ''}".strip(), failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
    ]


def _longest_wait(asks: list[Ask], worker_died: float) -> Promise:
    longest = max(ask.seconds for ask in asks if ask.ended < worker_died)
    return at_most("the longest wait for an answer while all workers live", longest, STALL, "s")


async def _stop(stage: Stage, router: Router) -> Promise:
    router.signal(signal.SIGTERM)
    code = await router.exit_code(DRAIN + SLACK)
    left = await stage.nobody_left(1.0)
    return holds(
        "the last one stops with code 0, and no process is left",
        code == 0 and left is not None,
        f"code {code}, {'nobody' if left is not None else 'somebody'} left",
    )

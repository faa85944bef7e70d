"""128 descriptors for a router, and 400 clients who take all of them and hold on."""

import asyncio
import http.client
import itertools
import time
from typing import Final

from loadtests import ask, family
from loadtests.faults.caller import Wish
from loadtests.faults.patience import until
from loadtests.faults.promise import Promise, at_most, holds, none
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Steady, Traffic

DESCRIPTORS: Final = 128
CLIENTS: Final = 400
CPU_PERCENT: Final = 5.0
BACK_WITHIN: Final = 1.0
"""Seconds from the release until everybody is served again."""
OTHERS: Final = tuple(f"other{number}" for number in range(5))
TOGETHER: Final = 30
RATE: Final = 100.0
STARVED: Final = ("prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}")


async def play(stage: Stage) -> list[Promise]:
    """Fill it, look at what it does while it is full, and let go."""
    services = [await stage.service(name) for name in (SERVICE, *OTHERS)]
    router = await stage.replica(services)
    router.launch(wrapped_in=STARVED)
    await router.ready()
    began = _pids(router)
    promises = [
        *await _while_full(stage, router),
        await _back(router),
        await _from_then_on(stage, router),
        await _by_turns(stage, router),
    ]
    survived = began & _pids(router)
    seen = f"{len(survived)} of {len(began)}"
    return [holds("every process survives", survived == began, seen), *promises]


def _pids(router: Router) -> set[int]:
    return {member.pid for member in family.members(router.supervisor.pid)}


async def _while_full(stage: Stage, router: Router) -> list[Promise]:
    """Have more clients hold on than fit, look at the router meanwhile, and let them go."""
    holding = Traffic(router.door, [])
    await holding.open(CLIENTS)
    for _ in range(CLIENTS):
        holding.ask(Wish(SERVICE))
    await asyncio.sleep(2.0)  # whoever can be served is served by now, and holds on
    percent = await _cpu_percent(router, stage.seconds(8))
    admin = await _admin_answers(router)
    full = _full(holding)
    await holding.finish(0.0)
    return [full, at_most(f"CPU while {CLIENTS} clients hold on", percent, CPU_PERCENT, "%"), admin]


def _full(holding: Traffic) -> Promise:
    """As many as fit are served; the others wait to be accepted, and nobody is turned away."""
    waiting = len(holding.in_flight())
    refused = len(holding.asks) - waiting - holding.answered
    return holds(
        "some are served, all others wait, none is refused",
        holding.answered > 0 and waiting > CLIENTS // 2 and not refused,
        f"{holding.answered} served, {waiting} wait, {refused} refused",
    )


async def _cpu_percent(router: Router, seconds: float) -> float:
    began = time.monotonic()
    before = family.cpu_seconds(family.members(router.supervisor.pid))
    await asyncio.sleep(seconds)
    spent = family.cpu_seconds(family.members(router.supervisor.pid)) - before
    return 100 * spent / (time.monotonic() - began)


async def _admin_answers(router: Router) -> Promise:
    took = [await _admin(router, path) for path in ("/livez", "/api/v1/services", "/metrics")]
    return holds(
        "the admin API answers",
        all(seconds is not None and seconds <= BACK_WITHIN for seconds in took),
        ", ".join(_shown(seconds) for seconds in took),
    )


async def _admin(router: Router, path: str) -> float | None:
    """Return how long the admin API took to answer; None if it did not, or refused."""
    began = time.monotonic()
    try:
        answer = await asyncio.to_thread(ask.get, router.admin_port, path, {})
    except OSError:
        return None
    return time.monotonic() - began if answer.status == http.client.OK else None


async def _back(router: Router) -> Promise:
    """See after how long ten clients in a row are answered at once."""
    probe = Traffic(router.door, [], is_fresh=True)

    def ten_were_answered() -> bool:
        if all(each.is_over for each in probe.asks):
            probe.ask(Wish(SERVICE))
        last = probe.asks[-11:-1]
        return len(last) == 10 and not any(each.has_failed for each in last)  # noqa: PLR2004

    seconds = await until(ten_were_answered, 10.0)
    await probe.finish()
    return holds(
        f"full service within {BACK_WITHIN:g} s of the release",
        seconds is not None and seconds <= BACK_WITHIN,
        _shown(seconds),
    )


async def _from_then_on(stage: Stage, router: Router) -> Promise:
    async with Steady(router.door, [Wish(SERVICE)], RATE, is_fresh=True) as after:
        await asyncio.sleep(stage.seconds(4))
    verdict = stage.judge(after)
    return none("request fails from then on", verdict.failed, verdict.asked)


async def _by_turns(stage: Stage, router: Router) -> Promise:
    """Ask one backend after the other, all at once: their kept connections do not fit together."""
    backends = list(itertools.product((SERVICE, *OTHERS), ("ai", "legacy")))
    async with Traffic(router.door, []) as clients:
        await clients.open(TOGETHER)
        for name, lane in backends:
            for _ in range(TOGETHER):
                clients.ask(Wish(name, "ms=30", lane=lane))
            await until(lambda: not clients.in_flight(), 5.0)
    verdict = stage.judge(clients)
    return none(
        f"request fails where {TOGETHER} clients ask {len(backends)} backends by turns",
        verdict.failed,
        verdict.asked,
    )


def _shown(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds * 1000:.0f} ms"

"""Whoever gets the copies is dead, hung or ten times slower: what do users notice?

All are served by legacy, which takes 5 ms, and every request is copied to a sandbox, a process of
its own. There is a service for each way in which a sandbox behaves, and one that copies nothing.
They take turns, so that whatever else slows the machine slows all.
"""

import asyncio
import re
import statistics
from dataclasses import dataclass, field
from typing import Final

from loadtests import ask
from loadtests.backends import sandbox
from loadtests.bench.measure import MIB, Watermark
from loadtests.faults.caller import Wish
from loadtests.faults.promise import Promise, at_most, holds, none, p99, shown
from loadtests.faults.serving import Router, Settings
from loadtests.faults.stage import Stage
from loadtests.faults.traffic import Steady, seconds_of
from loadtests.ground import free_port

RATE: Final = 400.0
LINES: Final = 16
ROUNDS: Final = 5
MORE_AT_MOST: Final = 1.05
CONCURRENCY: Final = 64
TIMEOUT: Final = 2.0
PATIENCE: Final = 10.0
"""Seconds until the last copy of a round has come to its end."""
RISE_MIB: Final = 48.0
"""What the page on shadowing allows for such answers, and the batches on their way."""
LEGACY_MS: Final = 5
"""What an answer takes where nobody is in trouble."""
SLOW_MS: Final = 10 * LEGACY_MS

NONE: Final = "none"
MOODS: Final = (NONE, "well", "slow", "hung", "dead")
"""How the sandbox of each service is."""
TAKES: Final = {"well": str(LEGACY_MS), "slow": str(SLOW_MS), "hung": sandbox.NEVER}
"""What those take that are there at all."""


@dataclass(slots=True)
class Seen:
    """What was seen of one service, by rounds. counted: requests in the ledger."""

    p99s: list[float] = field(default_factory=list)
    asked: int = 0
    counted: int = 0
    most: int = 0


class Ledger:
    """What a router says of one service's copies."""

    def __init__(self, router: Router, service: str) -> None:
        self._port = router.admin_port
        self._service = service

    async def counted(self) -> int:
        return sum(await self._numbers("shadows_total"))

    async def on_their_way(self) -> int:
        return max(await self._numbers("shadow_copies_in_flight"), default=0)

    async def _numbers(self, metric: str) -> list[int]:
        answer = await asyncio.to_thread(ask.get, self._port, "/metrics", {})
        line = rf'^gray_router_{metric}\{{.*service="{self._service}".*\}} (\S+)$'
        found = re.findall(line, answer.body.decode(), re.MULTILINE)
        return [int(float(number)) for number in found]


async def play(stage: Stage) -> list[Promise]:
    """Let the services take turns, and hold each against the one without copies."""
    services = [await _service(stage, mood) for mood in MOODS]
    router = await stage.router(services, proxy={"workers": 1})
    await _traffic(router, NONE, stage.seconds(4))  # the router is no longer new then
    seen = {mood: Seen() for mood in MOODS}
    traffics: list[Steady] = []
    with Watermark(router.supervisor.pid) as memory:
        for number in range(ROUNDS):
            turns = (*MOODS[number:], *MOODS[:number])
            traffics += [await _round(stage, router, mood, seen[mood]) for mood in turns]
    verdict = stage.judge(*traffics)
    return [
        none("request fails", verdict.failed, verdict.asked),
        none("request is unseen, doubled or misdirected", verdict.wrong, verdict.asked),
        *(_no_later(mood, seen[mood], seen[NONE]) for mood in MOODS if mood != NONE),
        *(_counted(mood, seen[mood]) for mood in MOODS),
        at_most(
            "copies on their way", max(each.most for each in seen.values()), CONCURRENCY, "at once"
        ),
        at_most("memory rises", memory.rise_bytes / MIB, RISE_MIB, "MiB"),
    ]


async def _service(stage: Stage, mood: str) -> Settings:
    port = free_port()
    if mood in TAKES:
        stage.helper(f"sandbox-{mood}", sandbox.command(port, TAKES[mood]), port=port)
    shadow = {
        "send": "to_ai",
        "endpoints": {"ai": [f"http://127.0.0.1:{port}"]},
        "timeout": f"{TIMEOUT:g}s",
        "max_concurrency": CONCURRENCY,
    }
    more = {} if mood == NONE else {"shadow": shadow}
    settings = await stage.service(mood, **more)
    stage.origins[f"{mood}-legacy"].delay_ms = LEGACY_MS
    return settings


async def _round(stage: Stage, router: Router, mood: str, seen: Seen) -> Steady:
    ledger = Ledger(router, mood)
    traffic = await _traffic(router, mood, stage.seconds(4), ledger, seen)
    seen.asked += len(traffic.asks)
    seen.p99s.append(p99(seconds_of(traffic.asks)) * 1000)
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while (counted := await ledger.counted()) < seen.asked and mood != NONE:
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.1)
    seen.counted = counted
    return traffic


async def _traffic(
    router: Router,
    mood: str,
    seconds: float,
    ledger: Ledger | None = None,
    seen: Seen | None = None,
) -> Steady:
    traffic = Steady(router.door, [Wish(mood, lane="legacy")], RATE)
    await traffic.open(LINES)
    async with traffic:
        await asyncio.sleep(seconds / 2)
        if ledger is not None and seen is not None:
            seen.most = max(seen.most, await ledger.on_their_way())
        await asyncio.sleep(seconds / 2)
    return traffic


def _no_later(mood: str, seen: Seen, without: Seen) -> Promise:
    pairs = zip(seen.p99s, without.p99s, strict=True)
    times = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = statistics.median(seen.p99s), statistics.median(without.p99s)
    return Promise(
        f"sandbox {mood}: p99 ≤ {MORE_AT_MOST:g} times that without copies",
        f"{times:.2f} ({shown(ours)} ms against {shown(theirs)} ms)",
        held=times <= MORE_AT_MOST,
        is_timing=True,
    )


def _counted(mood: str, seen: Seen) -> Promise:
    expected = 0 if mood == NONE else seen.asked
    return holds(
        f"sandbox {mood}: each request of the sample is counted once",
        seen.counted == expected,
        f"{seen.counted:,} of {expected:,}",
    )

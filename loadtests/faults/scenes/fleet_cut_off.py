"""A replica that neither its store nor its peers can reach: only its lease takes it off AI."""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final

from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.fleet import Fleet, Load, fleet
from loadtests.faults.fleet_falls import (
    FleetFall,
    by_fault,
    fall,
    streams_end,
    truthful,
    unharmed,
)
from loadtests.faults.patience import expect
from loadtests.faults.promise import Promise, at_most
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Traffic

REPLICAS: Final = 4
CUTS: Final = 4
SEED: Final = 17
RATE: Final = 200.0
SHARE: Final = 50.0
LEASE: Final = 4.0
DRAIN: Final = 1.0
"""Seconds that a stream may go on."""
LATEST: Final = 1.0
"""Seconds between the cut and the call, at most."""
REACHED: Final = 2.0
"""Seconds within which it holds for the others."""
AGREED_WITHIN: Final = 1.0
ENDED: Final = 0.2
"""Seconds from the end of a stream to its client."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))
STREAM: Final = Wish(SERVICE, "events=100000&every_ms=50", lane="ai")


@dataclass(frozen=True, slots=True)
class Cut:
    """What was seen of it; seconds. stream: until the end of one that it had begun."""

    silent: FleetFall
    others: FleetFall
    stream: float
    agreed: float


async def play(stage: Stage) -> list[Promise]:
    """Cut one off, roll back through another, wait for the lease's end, and heal."""
    service = await stage.service(release={"stream_drain": f"{DRAIN:g}s"})
    replicas = await fleet(stage, REPLICAS, lease=LEASE, services=[service])
    await replicas.start()
    drawn = random.Random(SEED)
    async with Load(replicas, WISHES, RATE) as load:
        cuts = [
            await _cut(stage, replicas, load, number, drawn.uniform(0, LATEST))
            for number in range(1 if stage.is_quick else CUTS)
        ]
    falls = [each for cut in cuts for each in (cut.silent, cut.others)]
    return [
        *by_fault(falls),
        truthful(falls),
        streams_end([cut.stream for cut in cuts], LEASE, DRAIN),
        at_most(
            "healed, all stand at the same release after",
            max(cut.agreed for cut in cuts),
            AGREED_WITHIN,
            "s",
        ),
        *unharmed(stage.judge(*load.traffics)),
    ]


async def _cut(stage: Stage, replicas: Fleet, load: Load, number: int, later: float) -> Cut:
    lonely, caller = replicas[number], replicas[number + 1]
    await manager.insist(caller.router, SHARE)
    await load.has_ai(SERVICE)
    async with Traffic(lonely.router.door, []) as stream:
        stream.ask(STREAM)
        visits = stage.origins[f"{SERVICE}-ai"].visits
        (ask,) = stream.asks
        await expect("the stream", lambda: any(each.number == ask.number for each in visits))
        await replicas.cut_off(lonely)
        await asyncio.sleep(later)
        rollback = await manager.roll_back(caller.router)
        await asyncio.sleep(max(0.0, rollback.called + LEASE + DRAIN + ENDED - time.monotonic()))
        await stream.finish(0.0)
    replicas.network.heal()
    agreed = await replicas.agreed(SERVICE)
    lasts = {name: load.last_begun(visits, rollback.called, name) for name in replicas.names}
    silent = lasts.pop(lonely.name)
    reached = max(lasts.values())
    return Cut(
        fall(
            "with a replica cut off from Redis and its peers",
            rollback,
            replicas.names,
            last=max(silent, reached),
            limit=LEASE,
        ),
        FleetFall("the same, by the replicas that can be reached", reached, REACHED),
        ask.ended - rollback.called,
        agreed,
    )

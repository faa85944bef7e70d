"""A deposed master that a replica still hears: it gives AI a lease for as long as it takes writes.

One side has the old master and one replica, the other side all sentinels, the other servers and
the other replicas. The call is made as soon as the sentinels say who is the master now.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.fleet import Fleet, Load, Replica, fleet
from loadtests.faults.fleet_falls import (
    FleetFall,
    by_fault,
    fall,
    streams_end,
    truthful,
    unharmed,
)
from loadtests.faults.promise import Promise, holds
from loadtests.faults.redis import MAX_LAG, Server, Watched
from loadtests.faults.stage import SERVICE, Stage
from loadtests.faults.traffic import Traffic

REPLICAS: Final = 3
SPLITS: Final = 3
RATE: Final = 150.0
SHARE: Final = 50.0
LEASE: Final = 4.0
DRAIN: Final = 1.0
BOUND: Final = LEASE + MAX_LAG
REACHED: Final = 2.0
"""Seconds within which it holds for those on the side of the caller."""
SLACK: Final = 0.2
"""Seconds for which is looked whether anything comes after the bound."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))
STREAM: Final = Wish(SERVICE, "events=100000&every_ms=50", lane="ai")


@dataclass(frozen=True, slots=True)
class Split:
    """What was seen of one; seconds. renewed: whether the old master gave another lease."""

    lonely: FleetFall
    others: FleetFall
    stream: float
    served: float


async def play(stage: Stage) -> list[Promise]:
    """Split them again and again, each time with another replica on the side of the old master."""
    service = await stage.service(release={"stream_drain": f"{DRAIN:g}s"})
    replicas = await fleet(stage, REPLICAS, lease=LEASE, services=[service], kind=Watched)
    await replicas.start()
    async with Load(replicas, WISHES, RATE) as load:
        splits = [
            await _split(stage, load, number) for number in range(1 if stage.is_quick else SPLITS)
        ]
    served = [split.served for split in splits]
    return [
        *by_fault([each for split in splits for each in (split.lonely, split.others)]),
        truthful([split.lonely for split in splits]),
        streams_end([split.stream for split in splits], BOUND, DRAIN),
        holds(
            "that is a split brain: the old master's side asks AI after another one has taken over",
            min(served) > 0,
            f"for {min(served):.2f} to {max(served):.2f} s",
        ),
        *unharmed(stage.judge(*load.traffics)),
    ]


async def _split(stage: Stage, load: Load, number: int) -> Split:
    replicas = load.fleet
    lonely, caller = replicas[number], replicas[number + 1]
    await manager.insist(caller.router, SHARE)
    await load.has_ai(SERVICE)
    visits = stage.origins[f"{SERVICE}-ai"].visits
    async with Traffic(lonely.router.door, []) as stream:
        ask = stream.ask(STREAM)
        master = await replicas.watched.master()
        await _part(replicas, lonely, master)
        await replicas.watched.replaced(master)
        rollback = await manager.roll_back(caller.router)
        await asyncio.sleep(rollback.called + BOUND + DRAIN + SLACK - time.monotonic())
        await stream.finish(0.0)
    replicas.network.heal()
    await replicas.watched.follow()
    await replicas.agreed(SERVICE)
    lasts = {name: load.last_begun(visits, rollback.called, name) for name in replicas.names}
    own = lasts.pop(lonely.name)
    what = "while a replica still hears a deposed master"
    reached = max(lasts.values())
    last = max(own, reached)
    return Split(
        fall(what, rollback, replicas.names, last=last, limit=BOUND),
        FleetFall("the same, by the replicas on the caller's side", reached, REACHED),
        ask.ended - rollback.called,
        own,
    )


async def _part(replicas: Fleet, lonely: Replica, master: Server) -> None:
    everybody = (*replicas.names, *replicas.store.names)
    there = (lonely.name, master.name)
    await replicas.network.part(there, [name for name in everybody if name not in there])

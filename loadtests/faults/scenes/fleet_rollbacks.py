"""Ten replicas on one Redis, and a rollback through each of them in turn, when nothing has failed.

The same at the moment when their Redis is killed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.falls import last_begun
from loadtests.faults.fleet import Fleet, Load, fleet
from loadtests.faults.fleet_falls import FleetFall, at_once, by_fault, fall, truthful, unharmed
from loadtests.faults.manager import Rollback
from loadtests.faults.promise import Promise, all_of
from loadtests.faults.serving import Router
from loadtests.faults.stage import SERVICE, Stage

REPLICAS: Final = 10
ROLLBACKS: Final = 50
KILLS: Final = 6
RATE: Final = 400.0
SHARE: Final = 50.0
LEASE: Final = 15.0
LONGEST: Final = 1.0
BY_PEERS: Final = 2.0
"""Seconds within which a rollback holds for all that peers can reach, whatever the store does."""
AFTERWARDS: Final = 0.2
"""Seconds for which everybody goes on asking after the report."""
WISHES: Final = (Wish(SERVICE), Wish(SERVICE, method="POST"))


@dataclass(frozen=True, slots=True)
class Kind:
    """How it is rolled back, and the seconds within which that has to hold."""

    fault: str
    limit: float
    roll_back: Callable[[Router], Awaitable[Rollback]] = manager.roll_back


async def play(stage: Stage) -> list[Promise]:
    """Roll back again and again."""
    replicas = await _replicas(stage)
    kind = Kind("undisturbed", LONGEST)
    async with Load(replicas, WISHES, RATE) as load:
        falls = [
            await _fall(stage, load, kind, number)
            for number in range(5 if stage.is_quick else ROLLBACKS)
        ]
    return [*at_once(falls), *_said(replicas, falls), *unharmed(stage.judge(*load.traffics))]


async def play_redis_killed(stage: Stage) -> list[Promise]:
    """Kill Redis as the call is made, each time, and start it again upon what it has kept."""
    replicas = await _replicas(stage)
    server = replicas.alone.server

    async def killed(router: Router) -> Rollback:
        rollback, _ = await asyncio.gather(
            manager.roll_back(router), asyncio.to_thread(server.kill)
        )
        return rollback

    kind = Kind("as Redis is killed", BY_PEERS, killed)
    falls: list[FleetFall] = []
    async with Load(replicas, WISHES, RATE) as load:
        for number in range(2 if stage.is_quick else KILLS):
            falls.append(await _fall(stage, load, kind, number))
            await server.start()
            await replicas.agreed(SERVICE)
    return [*by_fault(falls), *_said(replicas, falls), *unharmed(stage.judge(*load.traffics))]


async def _replicas(stage: Stage) -> Fleet:
    count = 3 if stage.is_quick else REPLICAS
    replicas = await fleet(stage, count, lease=LEASE, services=[await stage.service()])
    await replicas.start()
    return replicas


async def _fall(stage: Stage, load: Load, kind: Kind, number: int) -> FleetFall:
    """Raise AI's share through one replica, and take it away through the next."""
    replicas = load.fleet
    await manager.insist(replicas[number].router, SHARE)
    await load.has_ai(SERVICE)
    rollback = await kind.roll_back(replicas[number + 1].router)
    await asyncio.sleep(AFTERWARDS)
    last = last_begun(stage.origins[f"{SERVICE}-ai"].visits, rollback.called)
    return fall(kind.fault, rollback, replicas.names, last=last, limit=kind.limit)


def _said(replicas: Fleet, falls: Sequence[FleetFall]) -> Sequence[Promise]:
    what = f"rollbacks are confirmed by all workers of {len(replicas.names)} replicas"
    return [all_of(what, sum(each.complete for each in falls), len(falls)), truthful(falls)]

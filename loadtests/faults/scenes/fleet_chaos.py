"""Rollbacks under load while whatever may happen does happen: none late, none undone, none lost.

An episode is one mishap, and a rollback of each service: each at a moment of its own, before it,
meanwhile or after it, by a replica that it has not happened to.
"""

import asyncio
import itertools
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.clocks import Clocks
from loadtests.faults.falls import last_begun
from loadtests.faults.fleet import Fleet, Load, Replica, fleet
from loadtests.faults.fleet_falls import FleetFall, by_fault, fall, truthful, unharmed
from loadtests.faults.manager import Rollback
from loadtests.faults.mishaps import MISHAPS, Mishap, Reach, World
from loadtests.faults.promise import Promise, none
from loadtests.faults.redis import MAX_LAG, Watched
from loadtests.faults.stage import Stage

SERVICES: Final = ("answers", "letters", "tickets", "summaries")
REPLICAS: Final = 4
EPISODES: Final = 25
"""With as many rollbacks each as there are services."""
RATE: Final = 240.0
SHARE: Final = 80.0
LEASE: Final = 3.0
DRAIN: Final = 1.0
"""Seconds: for so long and a lease who was killed counts as one who may still ask AI."""
LIMITS: Final = {Reach.ALL: 1.0, Reach.PEERS: 2.0, Reach.LEASE: LEASE + MAX_LAG}
LATEST: Final = 0.8
"""Seconds after which a call is made, at most."""
BEGINS: Final = 0.4
"""Seconds after which it happens, at most."""
SHORT: Final = (0.3, 1.2)
LONG: Final = LEASE + 1.0
LONG_EVERY: Final = 4
AFTERWARDS: Final = 0.2
"""Seconds for which everybody goes on asking when all is healed."""
WISHES: Final = tuple(
    Wish(service, method=method) for service in SERVICES for method in ("GET", "POST")
)


@dataclass(slots=True)
class Story:
    """What came of all episodes."""

    falls: list[FleetFall] = field(default_factory=list[FleetFall])
    undone: list[str] = field(default_factory=list[str])


async def play(stage: Stage) -> list[Promise]:
    """Play one episode after the other."""
    drawn = random.Random(stage.seed)
    drain = {"stream_drain": f"{DRAIN:g}s"}
    services = [await stage.service(name, release=drain) for name in SERVICES]
    replicas = await fleet(stage, REPLICAS, lease=LEASE, services=services, kind=Watched)
    clocks = _clocks(replicas)
    await replicas.start()
    story = Story()
    episodes = itertools.islice(mixed(drawn), 3 if stage.is_quick else EPISODES)
    async with Load(replicas, WISHES, RATE) as load:
        world = World(load, drawn, clocks)
        for number, mishap in enumerate(episodes):
            await _episode(stage, world, story, mishap, is_long=number % LONG_EVERY == 0)
    verdict = stage.judge(*load.traffics)
    lost = world.unexcused(verdict.failed)
    return [
        *by_fault(story.falls),
        truthful(story.falls),
        none("rollback is undone", story.undone, len(story.falls), where=f"seed {stage.seed}: "),
        *unharmed(replace(verdict, failed=lost)),
    ]


def _clocks(replicas: Fleet) -> Mapping[str, Clocks]:
    """Give each replica a time of day of its own."""
    clocks = {each.name: Clocks(each.router.config.parent) for each in replicas.replicas}
    for each in replicas.replicas:
        each.router.environment = clocks[each.name].environment(os.environ)
    return clocks


def mixed(drawn: random.Random) -> Iterator[Mishap]:
    """Draw them, each as often as the others."""
    while True:
        yield from drawn.sample(MISHAPS, len(MISHAPS))


async def _episode(
    stage: Stage, world: World, story: Story, mishap: Mishap, *, is_long: bool
) -> None:
    drawn, replicas = world.drawn, world.fleet
    victim = drawn.choice(replicas.replicas)
    callers = [each for each in replicas.replicas if each is not victim]
    for service in SERVICES:
        await manager.insist(drawn.choice(callers).router, SHARE, service)
    await asyncio.gather(*(world.load.has_ai(service) for service in SERVICES))
    lasting = LONG if is_long else drawn.uniform(*SHORT)
    calls = [
        _call(drawn.choice(callers), service, drawn.uniform(0, LATEST)) for service in SERVICES
    ]
    happening = _happen(world, mishap, victim, drawn.uniform(0, BEGINS), lasting)
    rollbacks, _ = await asyncio.gather(asyncio.gather(*calls), happening)
    await _healed(replicas)
    await asyncio.sleep(AFTERWARDS)
    for service, rollback in zip(SERVICES, rollbacks, strict=True):
        visits = stage.origins[f"{service}-ai"].visits
        last, limit = last_begun(visits, rollback.called), LIMITS[mishap.reach]
        story.falls.append(fall(mishap.name, rollback, replicas.names, last=last, limit=limit))
        story.undone += await _undone(replicas, service, rollback)


async def _happen(
    world: World, mishap: Mishap, victim: Replica, later: float, lasting: float
) -> None:
    await asyncio.sleep(later)
    async with mishap.happens(world, victim):
        await asyncio.sleep(lasting)


async def _call(caller: Replica, service: str, later: float) -> Rollback:
    await asyncio.sleep(later)
    return await manager.roll_back(caller.router, service)


async def _healed(replicas: Fleet) -> None:
    await replicas.watched.follow()
    for service in SERVICES:
        await replicas.agreed(service)


async def _undone(replicas: Fleet, service: str, rollback: Rollback) -> Sequence[str]:
    """Name what all have agreed on, unless that is this rollback or a later one."""
    found = await manager.release(replicas.replicas[0].router, service)
    if found["status"] == "rolled_back" and found["epoch"] >= rollback.report["epoch"]:
        return ()
    return (f"{service}: {found['status']} at {found['percent']:g} % by {found['by']}",)

"""A Redis that is away: who is answered meanwhile, and how soon do all agree when it is back?

Meanwhile one replica that its peers cannot reach either is told of a rollback, so that there is
something to agree on. A service that nobody rolls back has to come back to AI by itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from loadtests.faults import manager
from loadtests.faults.book import Visit
from loadtests.faults.caller import Wish
from loadtests.faults.falls import last_begun
from loadtests.faults.fleet import Fleet, Load, fleet
from loadtests.faults.fleet_falls import unharmed
from loadtests.faults.promise import Promise, at_most, holds, shown
from loadtests.faults.redis import Server
from loadtests.faults.stage import SERVICE, Stage

OTHER: Final = "letters"
REPLICAS: Final = 4
RATE: Final = 200.0
SHARE: Final = 50.0
LEASE: Final = 3.0
AWAY: Final = 7.0
"""Seconds: twice as long as any lease."""
AGREED_WITHIN: Final = 1.0
AI_WITHIN: Final = 3.0
"""Seconds until AI is asked again through each replica, with the requests that there are."""
WISHES: Final = tuple(
    Wish(service, method=method) for service in (SERVICE, OTHER) for method in ("GET", "POST")
)


@dataclass(frozen=True, slots=True)
class Absence:
    """What was seen of one; seconds. last: of AI's last request after the store went.

    outlived: requests of the service that was rolled back that AI had after all leases. apart: how
    many different releases were served until the store came back.
    """

    last: float
    outlived: int
    apart: int
    agreed: float
    restored: float


@dataclass(frozen=True, slots=True)
class Way:
    """How it goes, and how it comes back."""

    name: str
    go: Callable[[Server], Awaitable[None]]
    come: Callable[[Server], Awaitable[None]]


async def _kill(server: Server) -> None:
    await asyncio.to_thread(server.kill)


async def _freeze(server: Server) -> None:
    server.freeze()


async def _thaw(server: Server) -> None:
    server.thaw()


WAYS: Final = (Way("killed", _kill, Server.start), Way("hung", _freeze, _thaw))


async def play(stage: Stage) -> list[Promise]:
    """Let it be away, one way after the other."""
    services = [await stage.service(), await stage.service(OTHER)]
    replicas = await fleet(stage, REPLICAS, lease=LEASE, services=services)
    await replicas.start()
    promises: list[Promise] = []
    async with Load(replicas, WISHES, RATE) as load:
        for number, way in enumerate(WAYS):
            promises += _kept(way, await _absence(stage, load, way, number))
    return [*promises, *unharmed(stage.judge(*load.traffics))]


async def _absence(stage: Stage, load: Load, way: Way, number: int) -> Absence:
    replicas, server = load.fleet, load.fleet.alone.server
    for service in (SERVICE, OTHER):
        await manager.insist(replicas[number].router, SHARE, service)
    for service in (SERVICE, OTHER):
        await load.has_ai(service)
    await way.go(server)
    gone = time.monotonic()
    await asyncio.sleep(LEASE)
    lonely = replicas[number + 1]
    await replicas.cut_off(lonely, store=False)
    await manager.roll_back(lonely.router)
    await asyncio.sleep(gone + AWAY - time.monotonic())
    last = last_begun([*_ai(stage, SERVICE), *_ai(stage, OTHER)], gone)
    apart = len(set(await replicas.stands(SERVICE)))
    await way.come(server)
    agreed, restored = await _back(replicas, load)
    replicas.network.heal()
    outlived = sum(visit.at > gone + last for visit in _ai(stage, SERVICE))
    return Absence(last, outlived, apart, agreed, restored)


async def _back(replicas: Fleet, load: Load) -> tuple[float, float]:
    began = time.monotonic()
    agreed = await replicas.agreed(SERVICE)
    await load.has_ai(OTHER)
    return agreed, time.monotonic() - began


def _ai(stage: Stage, service: str) -> list[Visit]:
    return stage.origins[f"{service}-ai"].visits


def _kept(way: Way, absence: Absence) -> list[Promise]:
    where = f"Redis {way.name} for {AWAY:g} s"
    return [
        at_most(f"{where}: AI is asked for no longer than its lease,", absence.last, LEASE, "s"),
        Promise(
            f"{where}: when it is back all stand at the same (epoch, revision) after "
            f"≤ {AGREED_WITHIN:g} s",
            f"{shown(absence.agreed)} s, from {absence.apart} different ones",
            held=absence.agreed <= AGREED_WITHIN and absence.apart > 1,
            is_timing=absence.apart > 1,
        ),
        at_most(
            f"{where}: AI is asked again through all {REPLICAS} replicas after",
            absence.restored,
            AI_WITHIN,
            "s",
        ),
        holds(
            f"{where}: and not for the service that was rolled back meanwhile",
            absence.outlived == 0,
            f"{absence.outlived} requests",
        ),
    ]

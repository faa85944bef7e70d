"""An empty Redis and a replica that was stopped come back: who believes them?

One service was rolled back while the replica was stopped: it remembers a share of it that nobody
has any more. Another one had its share when the store forgot everything.
"""

import asyncio
import time
from http import HTTPStatus
from typing import Any, Final

from loadtests.faults import manager
from loadtests.faults.caller import Wish
from loadtests.faults.falls import last_begun
from loadtests.faults.fleet import Fleet, Load, Replica, fleet
from loadtests.faults.fleet_falls import unharmed
from loadtests.faults.patience import insist
from loadtests.faults.promise import Promise, at_most, holds
from loadtests.faults.stage import SERVICE, Stage

OTHER: Final = "letters"
REPLICAS: Final = 3
RATE: Final = 150.0
SHARE: Final = 50.0
LEASE: Final = 3.0
LOOKED_FOR: Final = 2 * LEASE
"""Seconds for which AI's books are looked at."""
WISHES: Final = tuple(
    Wish(service, method=method) for service in (SERVICE, OTHER) for method in ("GET", "POST")
)


async def play(stage: Stage) -> list[Promise]:
    """Roll one service back, empty the store, and let the replica come back that knows nothing."""
    services = [await stage.service(), await stage.service(OTHER)]
    replicas = await fleet(stage, REPLICAS, lease=LEASE, services=services)
    await replicas.start()
    *staying, stopped = replicas.replicas
    async with Load(replicas, WISHES, RATE, staying) as load:
        for service in (SERVICE, OTHER):
            await manager.insist(staying[0].router, SHARE, service)
            await replicas.agreed(service)
            await load.has_ai(service)
        await stopped.router.stop()
        await manager.roll_back(staying[0].router)
        emptied = await _emptied(replicas, stopped)
        async with Load(replicas, WISHES, RATE / REPLICAS, [stopped]) as more:
            await asyncio.sleep(emptied + LOOKED_FOR - time.monotonic())
            found = [
                await manager.release(replica.router, service)
                for service in (SERVICE, OTHER)
                for replica in replicas.replicas
            ]
            seen = [_last(stage, service, emptied) for service in (SERVICE, OTHER)]
            resumed = await _resumed(staying[0])
            await load.has_ai(OTHER)
            await more.has_ai(OTHER)
            held = [await manager.release(each.router, SERVICE) for each in replicas.replicas]
    return [
        *_kept(found, *seen),
        holds(
            "`resume --confirm-lost-state` gives it back its share, in all replicas, and only it",
            resumed == SHARE and all(each["status"] == "rolled_back" for each in held),
            f"{resumed:g} %; the other one is {', '.join(each['status'] for each in held)}",
        ),
        *unharmed(stage.judge(*load.traffics, *more.traffics)),
    ]


async def _emptied(replicas: Fleet, stopped: Replica) -> float:
    """Start Redis without its disk, and the replica; return when Redis was back."""
    server = replicas.alone.server
    await asyncio.to_thread(server.kill)
    await server.start_from_nothing()
    back = time.monotonic()
    stopped.router.launch()
    await stopped.router.ready()
    return back


async def _resumed(replica: Replica) -> float:
    """Say that the state is lost, once everybody has had the time to say what he knows."""
    found: dict[str, Any] = {}

    async def is_taken() -> bool:
        answer = await manager.ask(replica.router, OTHER, "resume", confirm_lost_state=True)
        found.update(answer.data)
        return answer.status == HTTPStatus.OK

    await insist("a resume that is taken", is_taken)
    return float(found["percent"])


def _last(stage: Stage, service: str, since: float) -> float:
    return last_begun(stage.origins[f"{service}-ai"].visits, since)


def _kept(found: list[dict[str, Any]], rolled_back: float, lost: float) -> list[Promise]:
    back, paused = found[:REPLICAS], found[REPLICAS:]
    return [
        holds(
            "a service that was rolled back: AI is asked for nothing, whoever comes back",
            rolled_back == 0.0,
            f"the last request begins {rolled_back:.2f} s after the store was back",
        ),
        holds(
            "it is rolled back in all replicas, at one (epoch, revision)",
            all(each["status"] == "rolled_back" for each in back)
            and len({manager.stand_of(each) for each in back}) == 1,
            "; ".join(_shown(each) for each in back),
        ),
        at_most(
            "one that had a share: after an empty store is back AI is asked for", lost, LEASE, "s"
        ),
        holds(
            "it is paused at 0 in all replicas, since the store has lost its state",
            all(
                (each["status"], each["percent"], each["reason"])
                == ("paused", 0, "store_lost_state")
                for each in paused
            ),
            "; ".join(_shown(each) for each in paused),
        ),
    ]


def _shown(release: dict[str, Any]) -> str:
    stand = f"({release['epoch']}, {release['revision']})"
    return f"{release['status']} at {release['percent']:g} %, {stand}"

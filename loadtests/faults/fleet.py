"""Replicas that share a store: routers of their own, who call it and each other through relays."""

import asyncio
import contextlib
import http.client
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from loadtests.admin import AdminCallError
from loadtests.faults import manager
from loadtests.faults.book import Ask, Visit
from loadtests.faults.caller import Wish
from loadtests.faults.falls import last_begun
from loadtests.faults.network import Network
from loadtests.faults.patience import expect, insist
from loadtests.faults.redis import Alone, Watched
from loadtests.faults.relay import HOST
from loadtests.faults.serving import Router, Settings
from loadtests.faults.stage import Stage
from loadtests.faults.traffic import Steady, Traffic
from loadtests.ground import free_port

WORKERS: Final = 2
WORD: Final = "a word that all replicas of a fault scene know"
START_LIMIT: Final = 60.0
"""Seconds: four processes a replica start at once."""
SERVED_WITHIN: Final = 15.0
"""Seconds in which AI is asked through every replica, once it has a share again."""
LINES: Final = 4
"""Connections that are there before the load begins, to each replica."""

KEEP: Final = 0.5
"""Seconds that clients keep a connection: a router that is replaced gives them one for one more."""

Stand = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Replica:
    """One of them."""

    name: str
    router: Router

    def pids(self) -> Iterable[int]:
        """Return who calls others for it."""
        return [started.pid for started in self.router.supervisors if started.alive()]


class Fleet:
    """All of them, their store, and what lies between."""

    def __init__(
        self, network: Network, store: Alone | Watched, replicas: Sequence[Replica]
    ) -> None:
        self.network: Final = network
        self.store: Final = store
        self.replicas: Final = tuple(replicas)

    def __getitem__(self, number: int) -> Replica:
        """Return one by its turn, however many there were before it."""
        return self.replicas[number % len(self.replicas)]

    @property
    def alone(self) -> Alone:
        """Their store, where it is one server."""
        assert isinstance(self.store, Alone)
        return self.store

    @property
    def watched(self) -> Watched:
        """Their store, where sentinels watch over it."""
        assert isinstance(self.store, Watched)
        return self.store

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(replica.name for replica in self.replicas)

    async def start(self) -> None:
        """Start all of them, and return when they serve."""
        for replica in self.replicas:
            replica.router.launch()
        await asyncio.gather(*(each.router.ready(START_LIMIT) for each in self.replicas))

    # Who reaches whom...

    async def cut_off(self, replica: Replica, *, peers: bool = True, store: bool = True) -> None:
        """Let a replica reach no others of these, and be reached by none."""
        others = [name for name in self.names if name != replica.name]
        away = [*(others if peers else ()), *(self.store.names if store else ())]
        await self.network.part([replica.name], away)

    # What they serve...

    async def stands(self, service: str) -> list[Stand | None]:
        """Return where each says that it stands; None: it does not answer."""
        return await asyncio.gather(*(_stand(each.router, service) for each in self.replicas))

    async def agreed(self, service: str, limit: float = 15.0) -> float:
        """Wait until all stand at the same place; return after how many seconds they do."""

        async def is_so() -> bool:
            return len(stands := set(await self.stands(service))) == 1 and None not in stands

        return await insist("one release in all replicas", is_so, limit)


class Load:
    """So many requests a second, to all replicas or to some. Use it as a context."""

    def __init__(
        self, fleet: Fleet, wishes: Sequence[Wish], rate: float, replicas: Sequence[Replica] = ()
    ) -> None:
        self.fleet: Final = fleet
        asked = replicas or fleet.replicas
        self.steady: Final = {
            each.name: Steady(each.router.door, wishes, rate / len(asked), keep=KEEP)
            for each in asked
        }

    async def __aenter__(self) -> Self:
        await asyncio.gather(*(steady.open(LINES) for steady in self.steady.values()))
        for steady in self.steady.values():
            await steady.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(steady.finish() for steady in self.steady.values()))

    @property
    def traffics(self) -> Iterable[Traffic]:
        return self.steady.values()

    async def has_ai(self, service: str, names: Iterable[str] = ()) -> None:
        """Wait until AI has answered through each replica, or through these, from now on."""
        since = time.monotonic()
        wanted = [self.steady[name] for name in names or self.steady]
        await expect(
            "AI's answers through each replica",
            lambda: all(_answered_by_ai(steady.asks, service, since) for steady in wanted),
            SERVED_WITHIN,
        )

    def last_begun(self, visits: Sequence[Visit], called: float, name: str) -> float:
        """Return how long after the call the last request began that had come by this replica."""
        own = {ask.number for ask in self.steady[name].asks}
        return last_begun([visit for visit in visits if visit.number in own], called)


async def fleet(
    stage: Stage,
    count: int,
    *,
    lease: float,
    services: Sequence[Settings],
    kind: type[Alone | Watched] = Alone,
    **more: Any,
) -> Fleet:
    """Start a store, and write the configs of so many replicas; start none of them yet."""
    network = await stage.means.enter_async_context(Network())
    store = kind(stage, network)
    await store.open()
    shared = {
        **more,
        "lease": f"{lease:g}s",
        "proxy": {"workers": WORKERS, "drain_timeout": "2s"},
        "store": {"url": store.url},
    }
    replicas = [
        await _replica(stage, network, f"replica-{number + 1}", services, shared)
        for number in range(count)
    ]
    return Fleet(network, store, replicas)


async def _replica(
    stage: Stage,
    network: Network,
    name: str,
    services: Sequence[Settings],
    shared: Mapping[str, Any],
) -> Replica:
    port = free_port()
    relay = await network.serve(name, port)
    own = {
        "name": name,
        "listen": f"{HOST}:{port}",
        "advertise": f"http://{HOST}:{relay.port}",
        "secret": WORD,
    }
    replica = Replica(name, await stage.replica(services, **shared, replica=own))
    network.join(name, replica.pids)
    return replica


async def _stand(router: Router, service: str) -> Stand | None:
    with contextlib.suppress(OSError, http.client.HTTPException, AdminCallError):
        return manager.stand_of(await manager.release(router, service))
    return None


def _answered_by_ai(asks: Sequence[Ask], service: str, since: float) -> bool:
    for ask in reversed(asks):
        if ask.began < since:
            return False
        if ask.service == service and ask.answer.endswith("-ai"):
            return True
    return False

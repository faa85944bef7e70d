"""The admin API over a conductor whose workers are a list."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from router import __version__
from router.control.acceptors import Acceptors
from router.control.api.access import Access
from router.control.api.probes import Probes
from router.control.api.sites import Sources, Told, admin_site
from router.control.appraisal import Appraisal
from router.control.broadcast import Broadcast
from router.control.comparisons import Comparisons
from router.control.conductor import Conductor
from router.control.endpoints import EndpointState
from router.control.fleet.fellowship import Fellowship, Means
from router.control.fleet.fleet import About, Fleet, Identity
from router.control.metrics import Readings
from router.control.recent import Figures, Gists
from router.control.reload_report import Cause, Report, Standing
from router.control.workers import WorkerState
from router.model import Variant
from router.release.plan import ReleasePlan
from router.release.state import Release
from router.routing.snapshot import Sends
from router.store.memory_records import MemoryRecords
from tests.support.fleets import Others
from tests.support.releases import BOOTED, NOON, PLAN, HeardWorkers, Router, begun, router_of


class HeardReloads:
    """A reloader that answers what it is told to, and remembers what was asked."""

    def __init__(self) -> None:
        self.heard: list[tuple[Cause, bool]] = []
        self.answer: Report | Exception = Report("0123456789ab", is_changed=False)

    async def reload(self, cause: Cause, *, reshuffle: bool = False) -> Report:
        self.heard.append((cause, reshuffle))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


ENDPOINTS = (
    EndpointState("support", Variant.LEGACY, "10.0.0.5:9001", True, "", 0),
    EndpointState("support", Variant.AI, "10.0.0.6:9002", False, "refused", 1),
)
"""What is known of the endpoints: AI of `support` has none that is up."""


SERVICES = ("support", "orders")

CALLER_SECRET = bytes(range(32))
"""What callers are named by in records."""

SEAT = WorkerState("worker-1", 41, "ready", (0,), {"support": (0, 0), "orders": (0, 0)})
"""The one worker, which serves by the releases as they begin."""


@dataclass(slots=True)
class Watch:
    """A clock that the test moves, and that knows whether somebody has looked at it."""

    now: float
    is_read: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> float:
        self.is_read.set()
        return self.now


@dataclass(slots=True, kw_only=True)
class AdminApi:
    """A client of the admin API, and everything behind it."""

    router: Router
    workers: HeardWorkers
    told: Told
    moment: Watch
    fleet: Fleet
    client: TestClient[Any, Any] = field(init=False)
    probes: Probes = field(init=False)
    broadcast: Broadcast = field(default_factory=lambda: Broadcast(["worker-1"], Acceptors([0])))
    reloads: HeardReloads = field(default_factory=HeardReloads)
    seats: list[WorkerState] = field(default_factory=lambda: [SEAT])
    standing: list[Standing] = field(default_factory=lambda: [Standing("0123456789ab", NOON)])
    clock: list[float] = field(default_factory=lambda: [0.0])
    records: MemoryRecords = field(default_factory=MemoryRecords)

    shadowed: dict[str, Sends] = field(default_factory=dict[str, Sends])
    appraisal: Appraisal = field(init=False)
    fellowship: Fellowship = field(init=False)
    looks: int = 0
    """How often what the workers have counted was added up for all services."""

    def __post_init__(self) -> None:
        self.probes = Probes(self.broadcast, self._readings)
        self.appraisal = Appraisal(
            Comparisons(self.records, self.moment),
            lambda: self.shadowed,
        )
        self.fellowship = Fellowship(
            Means(
                fleet=self.fleet,
                store=self.router.machine.ledger.store,
                served=self.router.served,
                clocks=self.router.clocks,
                lease=15.0,
                gists=dict,
                workers=lambda: self.seats,
                post=lambda _: None,
            )
        )

    @property
    def conductor(self) -> Conductor:
        return self.router.conductor

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(
        cls,
        access: Access | None = None,
        plan: ReleasePlan = PLAN,
        others: Others | None = None,
    ) -> AsyncIterator["AdminApi"]:
        """Serve for the services `support` and `orders` and their one worker."""
        workers, moment = HeardWorkers(), Watch(NOON + 60)
        told = Told(access or Access(), dict.fromkeys(SERVICES, plan), frozenset({"support"}))
        fleet = Fleet(
            Identity("r1", "i1", __version__, started_at=NOON),
            lambda: About(2, "0123456789ab", {"support": (0, 0), "orders": (0, 0)}),
            lambda: 25.0,
            lambda: BOOTED,
            is_shared=True,
        )
        router = _router(workers, plan, moment, others, fleet)
        api = cls(router=router, workers=workers, told=told, moment=moment, fleet=fleet)
        app = admin_site(api._sources())
        async with TestClient(TestServer(app, host="127.0.0.1")) as client:
            api.client = client
            yield api

    def _sources(self) -> Sources:
        return Sources(
            fellowship=self.fellowship,
            lease=15.0,
            conductor=self.conductor,
            drills=self.router.drills,
            store=self.router.machine.ledger.store,
            probes=self.probes,
            reloads=self.reloads,
            told=lambda: self.told,
            standing=lambda: self.standing[-1],
            figures=lambda _, seconds: Figures(seconds, {}, {}),
            gists=self._gists,
            endpoints=lambda: ENDPOINTS,
            workers=lambda: self.seats,
            obstacles=lambda _: self.router.obstacles,
            appraisal=self.appraisal,
            stopwatch=lambda: self.clock[-1],
            records=self.records,
            caller_secret=lambda: CALLER_SECRET,
        )

    async def _gists(self) -> Gists:
        self.looks += 1
        return self.workers.totals.gists()

    def _readings(self) -> Readings:
        totals, releases = self.workers.totals, self.conductor.releases
        return Readings(totals, releases, {}, self.broadcast.states(), "1.2.3", "3")


def _router(
    workers: HeardWorkers,
    plan: ReleasePlan,
    clock: Callable[[], float],
    others: Others | None,
    fleet: Fleet,
) -> Router:
    releases = (Release(name, updated_at=NOON, by="start") for name in SERVICES)
    plans = dict.fromkeys(SERVICES, plan)
    company = None if others is None else others.company
    return begun(
        router_of(workers, *releases, plans=plans, clock=clock, fleet=fleet, company=company)
    )


async def code_of(answer: ClientResponse) -> str:
    """Return the stable name of a problem."""
    assert answer.content_type == "application/problem+json"
    told = await answer.json()
    assert told["status"] == answer.status
    return str(told["code"])

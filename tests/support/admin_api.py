"""The admin API over a conductor whose workers are a list."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from router.control.acceptors import Acceptors
from router.control.api.access import Access
from router.control.api.probes import Probes
from router.control.api.sites import Sources, Told, admin_site
from router.control.broadcast import Broadcast
from router.control.conductor import Conductor
from router.control.endpoints import EndpointState
from router.control.metrics import Readings
from router.control.recent import Figures
from router.control.reload_report import Cause, Report, Standing
from router.control.workers import WorkerState
from router.model import Variant
from router.release.plan import ReleasePlan
from router.release.state import Release
from tests.support.releases import NOON, PLAN, HeardWorkers, Router, begun, router_of


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


@dataclass(slots=True)
class Watch:
    """A clock that the test moves, and that knows whether somebody has looked at it."""

    now: float
    is_read: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> float:
        self.is_read.set()
        return self.now


@dataclass(slots=True)
class AdminApi:
    """A client of the admin API, and everything behind it."""

    client: TestClient[Any, Any]
    router: Router
    workers: HeardWorkers
    broadcast: Broadcast
    probes: Probes
    reloads: "HeardReloads"
    seats: list[WorkerState]
    standing: list[Standing]
    clock: list[float]
    told: Told
    moment: Watch

    @property
    def conductor(self) -> Conductor:
        return self.router.conductor

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(
        cls, access: Access | None = None, plan: ReleasePlan = PLAN
    ) -> AsyncIterator["AdminApi"]:
        """Serve for the services `support` and `orders` and their one worker."""
        workers, moment = HeardWorkers(), Watch(NOON + 60)
        router = _router(workers, plan, moment)
        conductor = router.conductor
        broadcast = Broadcast(["worker-1"], Acceptors([0]))
        probes = Probes(
            broadcast,
            lambda: Readings(
                workers.totals, conductor.releases, {}, broadcast.states(), "1.2.3", "3"
            ),
        )
        seats = [WorkerState("worker-1", 41, "ready", (0,), {"support": (0, 0), "orders": (0, 0)})]
        standing = [Standing("0123456789ab", NOON)]
        reloads, clock = HeardReloads(), [0.0]
        told = Told(access or Access(), dict.fromkeys(SERVICES, plan), frozenset({"support"}))
        sources = Sources(
            replica="r1",
            lease=15.0,
            conductor=conductor,
            store=router.machine.ledger.store,
            probes=probes,
            reloads=reloads,
            told=lambda: api.told,
            standing=lambda: standing[-1],
            figures=lambda _, seconds: Figures(seconds, {}, {}),
            endpoints=lambda: ENDPOINTS,
            workers=lambda: seats,
            obstacles=lambda _: router.obstacles,
            stopwatch=lambda: clock[-1],
        )
        app = admin_site(sources)
        async with TestClient(TestServer(app, host="127.0.0.1")) as client:
            api = cls(
                client,
                router,
                workers,
                broadcast,
                probes,
                reloads,
                seats,
                standing,
                clock,
                told,
                moment,
            )
            yield api


def _router(workers: HeardWorkers, plan: ReleasePlan, clock: Callable[[], float]) -> Router:
    releases = (Release(name, updated_at=NOON, by="start") for name in SERVICES)
    return begun(router_of(workers, *releases, plans=dict.fromkeys(SERVICES, plan), clock=clock))

"""The admin API over a conductor whose workers are a list."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from router.control.acceptors import Acceptors
from router.control.api.access import Access
from router.control.api.app import admin_app
from router.control.api.guard import Guard
from router.control.api.measures import Measures
from router.control.api.probes import Probes
from router.control.api.releases import Releases
from router.control.api.reload import Reload
from router.control.api.replicas import Replicas
from router.control.api.sites import guard_for
from router.control.broadcast import Broadcast
from router.control.conductor import Conductor
from router.control.endpoints import EndpointState
from router.control.metrics import Readings
from router.control.recent import Figures
from router.control.reload_report import Cause, Report, Standing
from router.control.workers import WorkerState
from router.model import BasisPoints, Variant
from tests.support.releases import NOON, PLAN, HeardWorkers, conductor_of


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


@dataclass(frozen=True, slots=True)
class AdminApi:
    """A client of the admin API, and everything behind it."""

    client: TestClient[Any, Any]
    conductor: Conductor
    workers: HeardWorkers
    broadcast: Broadcast
    probes: Probes
    reloads: "HeardReloads"
    seats: list[WorkerState]
    standing: list[Standing]
    clock: list[float]
    guard: Guard

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(cls, access: Access | None = None) -> AsyncIterator["AdminApi"]:
        """Serve for the services `support` and `orders` and their one worker."""
        workers = HeardWorkers()
        conductor = conductor_of(workers, "support", "orders")
        broadcast = Broadcast(["worker-1"], Acceptors([0]))
        probes = Probes(
            broadcast,
            lambda: Readings(
                workers.totals, conductor.releases, {}, broadcast.states(), "1.2.3", "3"
            ),
        )
        seats = [WorkerState("worker-1", 41, "ready", (0,), {"support": (0, 0), "orders": (0, 0)})]
        standing = [Standing("0123456789ab", NOON)]
        releases = Releases(
            conductor,
            lambda _: (BasisPoints(500), BasisPoints(5000)),
            lambda service: service == "support",
            lambda: ENDPOINTS,
            lambda: seats,
        )
        replicas = Replicas("r1", 15.0, conductor, lambda: seats, lambda: standing[-1])
        reloads = HeardReloads()
        clock = [0.0]
        guard = guard_for(access or Access(), lambda: clock[-1])
        app = admin_app(
            guard, [probes, releases, replicas, measures_of(conductor), Reload(reloads)]
        )
        async with TestClient(TestServer(app, host="127.0.0.1")) as client:
            yield cls(
                client,
                conductor,
                workers,
                broadcast,
                probes,
                reloads,
                seats,
                standing,
                clock,
                guard,
            )


def measures_of(conductor: Conductor) -> Measures:
    """Say that nothing was measured yet."""
    return Measures(
        lambda _, seconds: Figures(seconds, {}, {}), conductor.release, lambda _: PLAN, lambda: NOON
    )

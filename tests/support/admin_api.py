"""The admin API over a conductor whose workers are a list."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from router.control.acceptors import Acceptors
from router.control.api.app import admin_app
from router.control.api.probes import Probes
from router.control.api.releases import Releases
from router.control.broadcast import Broadcast
from router.control.conductor import Conductor
from router.control.endpoints import EndpointState
from router.control.metrics import Readings
from router.model import BasisPoints, Variant
from tests.support.releases import HeardWorkers, conductor_of

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

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(cls) -> AsyncIterator["AdminApi"]:
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
        releases = Releases(
            conductor,
            lambda _: (BasisPoints(500), BasisPoints(5000)),
            lambda service: service == "support",
            lambda: ENDPOINTS,
        )
        server = TestServer(admin_app(releases, probes), host="127.0.0.1")
        async with TestClient(server) as client:
            yield cls(client, conductor, workers, broadcast, probes)

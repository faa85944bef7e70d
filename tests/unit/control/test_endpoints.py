from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from router.control.directory import Directory, Found, Watched
from router.control.endpoints import Endpoints, EndpointState
from router.control.health import Health
from router.model import Variant
from router.routing.snapshot import Endpoint, Upstream
from router.tasks import TaskOwner
from router.wire.messages import Ejected, Locate, Telemetry
from tests.support.background import (
    Told,
    World,
    owner,
    settle,
)

LEGACY = Watched("support", Variant.LEGACY, Upstream((Endpoint("10.0.0.9", 9001),)))


class Known(World):
    """Endpoints with everything around them."""

    def __init__(self, tasks: TaskOwner) -> None:
        super().__init__()
        self.sent: list[Locate] = []
        self.words: dict[str, Telemetry] = {}
        self.endpoints = Endpoints(self.means(tasks), self.sent.append, lambda: self.words)

    def hear(self, words: dict[str, list[Ejected]]) -> None:
        """Let every worker that is alive say whom it leaves out, and somebody look."""
        self.words = {worker: Telemetry(ejected=out) for worker, out in words.items()}
        self.endpoints.states()

    async def start(self, *watched: Watched) -> None:
        await self.endpoints.prepare(watched)
        self.endpoints.watch(watched)
        await settle()

    async def round(self, **ill: str) -> None:
        """Probe everybody once; `ill` is by last number of the address."""
        self.patients.ill = {f"10.0.0.{n.removeprefix('n')}": why for n, why in ill.items()}
        await self.pauses.end()


@pytest.fixture
async def it() -> AsyncIterator[Known]:
    with owner() as tasks:
        yield Known(tasks)
        await tasks.close()


def ai(*hosts: str, health: Health | None = None) -> Watched:
    endpoints = tuple(Endpoint(host, 9002) for host in hosts)
    return Watched("support", Variant.AI, Upstream(endpoints), health)


PROBED = Health("/healthz", healthy_after=1, unhealthy_after=1)


def ejected(*names: str) -> list[Ejected]:
    return [Ejected("support", Variant.AI, name, 30.0) for name in names]


def vacancies(told: list[Told]) -> list[str]:
    return [name for name, _ in told if name in ("no_ai_endpoint", "ai_endpoint_back")]


async def test_everything_is_shown_in_the_order_of_the_config(it: Known) -> None:
    await it.start(LEGACY, ai("10.0.0.1", "10.0.0.2", health=PROBED))
    await it.round(n2="status 503")
    out = ejected("10.0.0.1:9002")
    it.hear({"worker-1": out, "worker-2": out})
    assert it.endpoints.states() == (
        EndpointState("support", Variant.LEGACY, "10.0.0.9:9001", True, "", 0),
        EndpointState("support", Variant.AI, "10.0.0.1:9002", True, "", 2),
        EndpointState("support", Variant.AI, "10.0.0.2:9002", False, "status 503", 0),
    )
    shown = [state.shown for state in it.endpoints.states()]
    assert shown == ["up", "ejected", "down (status 503)"]


async def test_ai_without_an_endpoint_that_is_up_is_an_error_until_one_is_back(
    it: Known, told: list[Told]
) -> None:
    await it.start(LEGACY, ai("10.0.0.1", "10.0.0.2", health=PROBED))
    await it.round(n1="refused")
    assert vacancies(told) == []
    await it.round(n1="refused", n2="timeout")
    wrong = {"10.0.0.1:9002": "down (refused)", "10.0.0.2:9002": "down (timeout)"}
    assert ("no_ai_endpoint", {"service": "support", "worker": "all", "endpoints": wrong}) in told
    await it.round(n1="refused")
    assert vacancies(told) == ["no_ai_endpoint", "ai_endpoint_back"]


async def test_ai_without_an_address_is_an_error_from_the_start(
    it: Known, told: list[Told]
) -> None:
    await it.start(ai("ai.internal"))
    assert vacancies(told) == ["no_ai_endpoint"]
    it.names.known = {"ai.internal": ["10.0.0.7"]}
    await it.pauses.end()
    assert vacancies(told) == ["no_ai_endpoint", "ai_endpoint_back"]


async def test_one_worker_that_has_left_out_all_that_is_up_is_told(
    it: Known, told: list[Told]
) -> None:
    await it.start(ai("10.0.0.1", "10.0.0.2", health=PROBED))
    await it.round(n2="refused")
    out = ejected("10.0.0.1:9002")
    it.hear({"worker-1": [], "worker-2": out})
    assert dict(told)["no_ai_endpoint"]["worker"] == "worker-2"
    it.hear({"worker-1": out, "worker-2": []})
    assert vacancies(told) == ["no_ai_endpoint"]
    it.hear({"worker-2": []})
    assert vacancies(told) == ["no_ai_endpoint", "ai_endpoint_back"]


async def test_nobody_misses_the_ai_of_a_service_that_is_gone(it: Known, told: list[Told]) -> None:
    await it.start(ai("ai.internal"))
    await it.start()
    await it.start(ai("ai.internal"))
    assert vacancies(told) == ["no_ai_endpoint"] * 2


async def test_legacy_without_an_endpoint_is_no_matter_of_ai(it: Known, told: list[Told]) -> None:
    legacy = Watched("support", Variant.LEGACY, Upstream((Endpoint("old.internal", 9001),)))
    await it.start(legacy, ai("10.0.0.1"))
    assert vacancies(told) == []


async def test_many_services_are_looked_at_together_and_not_all_at_each(
    it: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Directory] = []
    found = Directory.found

    def counted(directory: Directory) -> Iterator[Found]:
        looks.append(directory)
        return found(directory)

    monkeypatch.setattr(Directory, "found", counted)
    await it.start(*(replace(ai("10.0.0.1", health=PROBED), service=str(n)) for n in range(50)))
    assert len(it.sent) == 50
    assert len(looks) == 1

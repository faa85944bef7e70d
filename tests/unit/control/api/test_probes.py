from collections.abc import AsyncIterator

import pytest

from router.wire.messages import Accepting, Applied, ToWorker
from tests.support.admin_api import AdminApi


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def test_it_is_alive_before_it_is_ready(api: AdminApi) -> None:
    assert (await api.client.get("/livez")).status == 200
    answer = await api.client.get("/readyz")
    assert answer.status == 503
    assert (await answer.json())["code"] == "not_ready"


class Line:
    """A worker's channel that takes everything."""

    def send(self, message: ToWorker) -> None:
        return


def accept(api: AdminApi) -> None:
    api.broadcast.join("worker-1", Line(), 41)
    api.broadcast.heard("worker-1", Applied(1))
    api.broadcast.heard("worker-1", Accepting([0]))


async def test_it_is_ready_while_its_worker_accepts(api: AdminApi) -> None:
    accept(api)
    assert (await api.client.get("/readyz")).status == 200
    api.broadcast.leave("worker-1")
    assert (await api.client.get("/readyz")).status == 503


async def test_it_is_not_ready_while_it_drains_but_alive(api: AdminApi) -> None:
    accept(api)
    api.probes.drain()
    answer = await api.client.get("/readyz")
    assert (answer.status, (await answer.json())["code"]) == (503, "draining")
    assert (await api.client.get("/livez")).status == 200


async def test_metrics_come_in_prometheus_text(api: AdminApi) -> None:
    api.workers.answered(legacy=3, ai=0)
    answer = await api.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "gray_router_requests_total{" in await answer.text()


async def test_metrics_come_in_openmetrics_for_who_asks(api: AdminApi) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = await api.client.get("/metrics", headers=accept)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert (await answer.text()).endswith("# EOF\n")

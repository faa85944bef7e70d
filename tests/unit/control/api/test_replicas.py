from collections.abc import AsyncIterator
from typing import Any

import pytest

from router import __version__
from router.control.reload_report import Standing
from router.control.workers import WorkerState
from tests.support.admin_api import AdminApi
from tests.support.releases import NOON


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def replica(api: AdminApi) -> dict[str, Any]:
    answer = await api.client.get("/api/v1/replicas")
    assert answer.status == 200
    (only,) = (await answer.json())["replicas"]
    return dict(only)


async def test_a_router_is_shown_with_its_config_and_its_workers(api: AdminApi) -> None:
    assert await replica(api) == {
        "replica": "r1",
        "version": __version__,
        "config_hash": "0123456789ab",
        "config_loaded_at": "2026-09-21T14:13:20.000Z",
        "refused_since": None,
        "problems": [],
        "needs_restart": [],
        "lease": 15.0,
        "draining": False,
        "workers": [
            {
                "name": "worker-1",
                "pid": 41,
                "state": "ready",
                "accepting": [0],
                "stands": {"orders": [0, 0], "support": [0, 0]},
            }
        ],
    }


async def test_a_refused_file_is_shown_with_its_problems_and_since_when(api: AdminApi) -> None:
    api.standing.append(Standing("0123456789ab", NOON, NOON + 60, ("a.yaml:3: wrong",), ("lease",)))
    shown = await replica(api)
    assert shown["refused_since"] == "2026-09-21T14:14:20.000Z"
    assert shown["problems"] == ["a.yaml:3: wrong"]
    assert shown["needs_restart"] == ["lease"]


async def test_an_empty_seat_has_no_process(api: AdminApi) -> None:
    api.seats[:] = [WorkerState("worker-1", None, "starting", (), {})]
    (worker,) = (await replica(api))["workers"]
    assert (worker["pid"], worker["accepting"], worker["stands"]) == (None, [], {})


async def test_a_router_that_stops_says_so(api: AdminApi) -> None:
    api.conductor.drain()
    assert (await replica(api))["draining"] is True

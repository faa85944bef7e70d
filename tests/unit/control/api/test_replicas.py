import math
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from router import __version__
from router.control.reload_report import Standing
from router.control.workers import WorkerState
from router.replica.membership import Presence
from tests.support.admin_api import AdminApi
from tests.support.releases import NOON
from tests.support.tokens import EVERYBODY, bearer


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
        "instance": "i1",
        "is_asked": True,
        "version": __version__,
        "started_at": "2026-09-21T14:13:20.000Z",
        "advertise": None,
        "heard_s": 0.0,
        "silent": False,
        "config_hash": "0123456789ab",
        "running": 2,
        "stands": {"orders": [0, 0], "support": [0, 0]},
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


OTHER = Presence(
    "r2", "i2", 3, "https://b:9902", "0.0.9", "feedfeedfeed", {"orders": (1, 2)}, 4, NOON
)


async def test_others_are_shown_by_what_they_say_of_themselves(api: AdminApi) -> None:
    api.fleet.told([OTHER])
    said = await (await api.client.get("/api/v1/replicas")).json()
    ours, theirs = said["replicas"]
    assert (ours["replica"], ours["is_asked"]) == ("r1", True)
    assert theirs.pop("heard_s") >= 0
    assert theirs == {
        "replica": "r2",
        "instance": "i2",
        "is_asked": False,
        "version": "0.0.9",
        "started_at": "2026-09-21T14:13:20.000Z",
        "advertise": "https://b:9902",
        "silent": False,
        "config_hash": "feedfeedfeed",
        "running": 3,
        "stands": {"orders": [1, 2]},
        "config_loaded_at": None,
        "refused_since": None,
        "problems": [],
        "needs_restart": [],
        "lease": None,
        "draining": None,
        "workers": [],
    }


async def test_what_is_not_as_it_should_be_is_said(api: AdminApi) -> None:
    said = await (await api.client.get("/api/v1/replicas")).json()
    (warning,) = said["warnings"]
    assert warning.startswith("this router has no lease")
    api.fleet.lease_until = math.inf
    said = await (await api.client.get("/api/v1/replicas")).json()
    assert said["warnings"] == []
    assert said["leader"] == "i1"
    api.fleet.told([OTHER])
    api.fellowship.watching.look()
    said = await (await api.client.get("/api/v1/replicas")).json()
    (warning,) = said["warnings"]
    assert warning.startswith("their configs differ: r1: 0123456789ab")


async def test_a_service_that_the_asker_may_not_see_is_not_shown_with_others_either() -> None:
    async with AdminApi.serving(EVERYBODY) as api:
        api.fleet.told([replace(OTHER, stands={"support": (1, 1), "orders": (1, 2)})])
        answer = await api.client.get("/api/v1/replicas", headers=bearer("viewer.orders"))
        ours, theirs = (await answer.json())["replicas"]
        assert (ours["stands"], theirs["stands"]) == ({"orders": [0, 0]}, {"orders": [1, 2]})

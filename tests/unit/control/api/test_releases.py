from collections.abc import AsyncIterator
from typing import Any

import pytest

from router.compare.tally import Tally
from router.compare.verdict import Judged, Verdict
from router.routing.snapshot import Sends
from router.store.records import Minute
from tests.support.admin_api import AdminApi, code_of
from tests.support.releases import NOON

PERCENT = "/api/v1/services/support/percent"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def test_a_service_is_shown_with_its_release(api: AdminApi) -> None:
    answer = await api.client.get("/api/v1/services/support")
    assert answer.headers["ETag"] == '"0"'
    assert await answer.json() == {
        "service": "support",
        "percent": 0.0,
        "effective_percent": None,
        "replicas_counted": 1,
        "stage": None,
        "status": "idle",
        "held_for": None,
        "epoch": 0,
        "revision": 0,
        "phase": 0,
        "updated_at": "2026-09-21T14:13:20.000Z",
        "by": "start",
        "reason": "",
        "approved_by": [],
        "pending": None,
        "last_drill": None,
        "gates": [],
        "rollback_ready": None,
        "rollback_ready_because": "unproven",
        "on_partition": "legacy",
        "unbounded_because": None,
        "sticky": True,
        "stages": [5.0, 50.0, 100.0],
        "fallbacks": {},
        "shadow_percent": None,
        "shadow_from": None,
        "replicas": [
            {"replica": "r1", "instance": "i1", "epoch": 0, "revision": 0, "workers": 1, "acked": 1}
        ],
        "unconfirmed": [],
        "endpoints": {
            "legacy": [{"endpoint": "10.0.0.5:9001", "up": True, "reason": "", "ejected_by": 0}],
            "ai": [
                {"endpoint": "10.0.0.6:9002", "up": False, "reason": "refused", "ejected_by": 1}
            ],
        },
    }


async def test_all_services_are_listed(api: AdminApi) -> None:
    answer = await api.client.get("/api/v1/services")
    assert [s["service"] for s in (await answer.json())["services"]] == ["support", "orders"]


async def test_what_workers_counted_is_added_up_once_however_many_services_are_listed(
    api: AdminApi,
) -> None:
    before = api.workers.added_up
    await api.client.get("/api/v1/services")
    assert (api.looks, api.workers.added_up) == (1, before)


async def test_what_we_say_of_ourselves_is_not_put_together_for_each_service(
    api: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(type(api.fleet), "presence")  # with 300 services it takes a millisecond
    answer = await api.client.get("/api/v1/services")
    assert answer.status == 200


async def test_workers_that_serve_by_an_older_revision_are_named(api: AdminApi) -> None:
    await api.client.put(PERCENT, json={"percent": 5})
    listed = (await (await api.client.get("/api/v1/services")).json())["services"]
    assert [service["unconfirmed"] for service in listed] == [["worker-1"], []]


async def test_a_router_that_stops_says_so_and_takes_no_change(api: AdminApi) -> None:
    assert (await (await api.client.get("/api/v1/services")).json())["draining"] is False
    api.conductor.drain()
    assert (await (await api.client.get("/api/v1/services")).json())["draining"] is True
    answer = await api.client.put(PERCENT, json={"percent": 5})
    assert answer.status == 503
    assert await code_of(answer) == "draining"
    assert api.workers.heard == []


async def test_a_service_that_is_divided_by_chance_says_so(api: AdminApi) -> None:
    answer = await api.client.get("/api/v1/services")
    assert [s["sticky"] for s in (await answer.json())["services"]] == [True, False]


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_an_unknown_service_is_not_found_and_the_known_ones_are_named(
    api: AdminApi, method: str
) -> None:
    path = "/api/v1/services/nobody" + ("/percent" if method == "PUT" else "")
    answer = await api.client.request(method, path, json={"percent": 5})
    assert answer.status == 404
    assert await code_of(answer) == "unknown_service"
    assert "support, orders" in await answer.text()


async def test_the_effective_percent_is_what_ai_answered_since_the_change(api: AdminApi) -> None:
    await api.client.put(PERCENT, json={"percent": 50})
    api.workers.answered(legacy=1, ai=3)
    told: dict[str, Any] = await (await api.client.get("/api/v1/services/support")).json()
    assert told["effective_percent"] == 75


async def test_whether_legacy_is_ready_is_what_its_copies_say(api: AdminApi) -> None:
    tally = Tally()
    for _ in range(30):
        tally.add(Judged("support", "7", NOON, Verdict(), is_copied=True))
    minute = Minute("support", "7", int(NOON // 60), "r1", tally.dump())
    await api.records.count([minute], [])
    api.shadowed["support"] = Sends.TO_LEGACY
    await api.appraisal.look()
    told = await (await api.client.get("/api/v1/services/support")).json()
    assert told["rollback_ready"] is True
    assert told["rollback_ready_because"] == "of 30 copies 0 failed, 0 took over 5 s"

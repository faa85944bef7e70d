import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.support.admin_api import AdminApi
from tests.support.releases import to

PERCENT = "/api/v1/services/support/percent"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def code(answer: ClientResponse) -> str:
    """Return the stable name of a problem."""
    assert answer.content_type == "application/problem+json"
    told = await answer.json()
    assert told["status"] == answer.status
    return str(told["code"])


async def test_a_service_is_shown_with_its_release(api: AdminApi) -> None:
    answer = await api.client.get("/api/v1/services/support")
    assert answer.headers["ETag"] == '"0"'
    assert await answer.json() == {
        "service": "support",
        "percent": 0.0,
        "effective_percent": None,
        "status": "idle",
        "epoch": 0,
        "revision": 0,
        "updated_at": "2026-09-21T14:13:20.000Z",
        "by": "start",
        "reason": "",
        "sticky": True,
        "stages": [5.0, 50.0],
        "fallbacks": {},
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
    assert api.workers.added_up == before + 1


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
    assert await code(answer) == "draining"
    assert api.workers.heard == []


async def test_a_service_that_is_divided_by_chance_says_so(api: AdminApi) -> None:
    answer = await api.client.get("/api/v1/services")
    assert [s["sticky"] for s in (await answer.json())["services"]] == [True, False]


async def test_a_change_answers_with_the_release_that_follows(api: AdminApi) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 12.34, "reason": "first users"})
    assert answer.status == 200
    assert answer.headers["ETag"] == '"1"'
    told = await answer.json()
    assert told["percent"] == 12.34
    assert told["status"] == "rolling"
    assert told["revision"] == 1
    assert told["reason"] == "first users"
    assert told["by"] == "local"
    assert told["updated_at"] == "2026-09-21T14:14:20.000Z"
    assert told["acknowledged"] is True
    assert told["missing"] == []
    assert api.workers.shares() == [1234]


async def test_a_change_that_not_every_worker_acknowledged_is_accepted_and_names_it(
    api: AdminApi,
) -> None:
    api.workers.missing = ("worker-1",)
    answer = await api.client.put(PERCENT, json={"percent": 5})
    assert answer.status == 202
    told = await answer.json()
    assert (told["acknowledged"], told["missing"]) == (False, ["worker-1"])


async def test_changes_at_the_same_time_get_different_revisions(api: AdminApi) -> None:
    answers = await asyncio.gather(
        *(api.client.put(PERCENT, json={"percent": percent}) for percent in range(10))
    )
    told = [await answer.json() for answer in answers]
    assert sorted(release["revision"] for release in told) == list(range(1, 11))
    by_revision = sorted(told, key=lambda release: int(release["revision"]))
    assert api.workers.shares() == [release["percent"] * 100 for release in by_revision]


@pytest.mark.parametrize(
    ("header", "status"), [('"0"', 200), ("*", 200), ('"1"', 412), ('W/"0"', 400), ("0", 400)]
)
async def test_if_match_guards_against_a_change_in_between(
    api: AdminApi, header: str, status: int
) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 5}, headers={"If-Match": header})
    assert answer.status == status
    assert len(api.workers.heard) == (status == 200)


async def test_a_passed_revision_tells_the_current_one(api: AdminApi) -> None:
    await api.conductor.carry_out(to(5))
    answer = await api.client.put(PERCENT, json={"percent": 9}, headers={"If-Match": '"0"'})
    assert await code(answer) == "revision_passed"
    assert "revision 1" in await answer.text()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"20",
        b"{}",
        b'{"percent": "20"}',
        b'{"percent": true}',
        b'{"percent": null}',
        b'{"percent": -0.01}',
        b'{"percent": 100.01}',
        b'{"percent": 1e400}',
        b'{"percent": NaN}',
        b'{"percent": 12.345}',
        b'{"percent": 20, "reason": 7}',
        b'{"percent": 20, "raeson": "typo"}',
        b'{"percent": 20, "reason": "\xff"}',
        b'{"percent": 20, "reason": "' + b"x" * 501 + b'"}',
        b"[" * 60_000,
        b'{"percent": 5, "percent": 50}',
        b'{"percent": 5, "percent": 5}',
        b'{"percent": 5, "reason": "", "reas\\u006fn": "x"}',
        b'{"percent": ' + b"1" * 5000 + b', "percent": 5}',
    ],
)
async def test_a_malformed_body_is_refused_and_changes_nothing(api: AdminApi, body: bytes) -> None:
    answer = await api.client.put(PERCENT, data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert await code(answer) == "malformed_body"
    assert api.workers.heard == []


async def test_a_malformed_field_is_named(api: AdminApi) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 101})
    assert "percent" in (await answer.json())["detail"]


async def test_a_body_beyond_the_limit_is_refused(api: AdminApi) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 1, "reason": "x" * 70_000})
    assert answer.status == 413
    assert await code(answer) == "body_too_large"
    assert api.workers.heard == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_taken_since_forms_need_no_permission(
    api: AdminApi, content_type: str
) -> None:
    answer = await api.client.put(
        PERCENT, data=b'{"percent": 5}', headers={"Content-Type": content_type}
    )
    assert answer.status == 415
    assert api.workers.heard == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_an_unknown_service_is_not_found_and_the_known_ones_are_named(
    api: AdminApi, method: str
) -> None:
    path = "/api/v1/services/nobody" + ("/percent" if method == "PUT" else "")
    answer = await api.client.request(method, path, json={"percent": 5})
    assert answer.status == 404
    assert await code(answer) == "unknown_service"
    assert "support, orders" in await answer.text()


async def test_the_effective_percent_is_what_ai_answered_since_the_change(api: AdminApi) -> None:
    await api.client.put(PERCENT, json={"percent": 50})
    api.workers.answered(legacy=1, ai=3)
    told: dict[str, Any] = await (await api.client.get("/api/v1/services/support")).json()
    assert told["effective_percent"] == 75

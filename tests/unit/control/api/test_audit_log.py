import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from router.errors import StoreUnavailableError
from router.store.audit import Link
from tests.support.admin_api import AdminApi
from tests.support.releases import SOMEBODY
from tests.support.tokens import EVERYBODY, bearer

PERCENT = "/api/v1/services/support/percent"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY) as api:
        yield api


async def told(api: AdminApi, path: str, name: str = "admin") -> dict[str, Any]:
    answer = await api.client.get(f"/api/v1/events{path}", headers=bearer(name))
    assert answer.status == 200
    return dict(await answer.json())


async def changed(api: AdminApi, *services: str) -> None:
    for number, service in enumerate(services):
        await api.client.put(
            f"/api/v1/services/{service}/percent",
            json={"percent": number + 1, "reason": f"step {number}"},
            headers=bearer("operator"),
        )


async def test_a_change_is_shown_with_who_why_and_what(api: AdminApi) -> None:
    await changed(api, "support")
    (event,) = (await told(api, ""))["events"]
    assert event == {
        "sequence": 1,
        "at": "2026-09-21T14:14:20.000Z",
        "who": "operator",
        "from": "127.0.0.1 via api",
        "command": "set 1",
        "service": "support",
        "why": "step 0",
        "old": {"status": "idle", "percent": 0.0, "epoch": 0, "revision": 0, "pending": None},
        "new": {"status": "rolling", "percent": 1.0, "epoch": 0, "revision": 1, "pending": None},
        "accepted": True,
        "refused": None,
    }


async def test_what_was_refused_is_shown_too(api: AdminApi) -> None:
    path = "/api/v1/services/support/promote"
    await api.client.post(path, json={}, headers=bearer("operator"))
    await api.client.post(path, json={}, headers=bearer("viewer"))
    refused = (await told(api, ""))["events"]
    assert [(event["who"], event["command"], event["accepted"]) for event in refused] == [
        ("viewer", "promote", False),
        ("operator", "promote", False),
    ]
    assert "it takes the role operator" in refused[0]["refused"]
    assert "not possible while idle" in refused[1]["refused"]


async def test_strangers_and_readers_leave_nothing_in_the_log(api: AdminApi) -> None:
    await api.client.put(PERCENT, json={"percent": 1}, headers=bearer("stranger"))
    await api.client.get("/api/v1/services", headers=bearer("writer"))
    assert (await told(api, ""))["events"] == []


async def test_the_log_is_read_page_by_page_from_its_end(api: AdminApi) -> None:
    await changed(api, *["support"] * 5)
    first = await told(api, "?limit=2")
    assert ([event["sequence"] for event in first["events"]], first["next"]) == ([5, 4], 4)
    second = await told(api, f"?limit=2&before={first['next']}")
    assert [event["sequence"] for event in second["events"]] == [3, 2]
    last = await told(api, f"?limit=2&before={second['next']}")
    assert ([event["sequence"] for event in last["events"]], last["next"]) == ([1], None)


async def test_the_events_of_one_service_can_be_asked_for(api: AdminApi) -> None:
    await changed(api, "support", "orders", "support")
    found = await told(api, "?service=orders")
    assert [event["service"] for event in found["events"]] == ["orders"]


async def test_whoever_is_limited_sees_the_events_of_his_services_page_by_page(
    api: AdminApi,
) -> None:
    await changed(api, *["orders", "support", "support", "orders", "support", "orders"])
    await api.conductor.note(SOMEBODY, "reload", "", "", "not now")
    seen: list[int] = []
    page = await told(api, "?limit=2", "viewer.orders")
    while True:
        seen += [event["sequence"] for event in page["events"]]
        if page["next"] is None:
            break
        page = await told(api, f"?limit=2&before={page['next']}", "viewer.orders")
    assert seen == [6, 4, 1]


async def test_whoever_is_limited_may_not_ask_for_others_or_for_the_chain(api: AdminApi) -> None:
    for path in ("?service=support", "/chain"):
        answer = await api.client.get(f"/api/v1/events{path}", headers=bearer("viewer.orders"))
        assert (answer.status, (await answer.json())["code"]) == (403, "forbidden")


async def test_the_chain_can_be_checked_by_anybody(api: AdminApi) -> None:
    await changed(api, *["support"] * 3)
    chain = await told(api, "/chain?limit=2")
    links = [*chain["links"], *(await told(api, "/chain?after=2"))["links"]]
    assert [link["sequence"] for link in links] == [1, 2, 3]
    previous = "0" * 64
    for link in links:
        assert json.loads(link["text"])["previous"] == previous
        previous = hashlib.sha256(link["text"].encode()).hexdigest()
        assert link["hash"] == previous
    assert chain["head"] == {"sequence": 3, "hash": previous}


async def test_an_event_that_is_no_text_any_more_is_handed_out_for_the_checker_to_find(
    api: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await changed(api, "support", "support")
    store = api.router.machine.store
    first, second = await store.links(0, 2)

    async def tampered(*_: object) -> list[Link]:
        return [first, replace(second, text=b"\xff" + second.text)]

    monkeypatch.setattr(store, "links", tampered)
    whole, broken = (await told(api, "/chain"))["links"]
    assert hashlib.sha256(whole["text"].encode()).hexdigest() == whole["hash"]
    assert hashlib.sha256(broken["text"].encode()).hexdigest() != broken["hash"]


@pytest.mark.parametrize("path", ["", "/chain"])
async def test_a_log_that_cannot_be_read_is_said_to_be_none(
    api: AdminApi, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailableError("the store is away")

    for name in ("events", "head"):
        monkeypatch.setattr(api.router.machine.store, name, away)
    answer = await api.client.get(f"/api/v1/events{path}", headers=bearer("admin"))
    assert (answer.status, (await answer.json())["code"]) == (503, "store_unreadable")

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from router.control import rollbacks
from router.errors import NotDurableError
from tests.support.admin_api import AdminApi
from tests.support.fleets import OTHER, others_of
from tests.support.tokens import EVERYBODY, bearer

ROLLBACK = "/api/v1/services/support/rollback"
ALL = "/api/v1/rollback"
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def raised(api: AdminApi, service: str = "support") -> None:
    await api.client.put(f"/api/v1/services/{service}/percent", json={"percent": 50})
    api.workers.heard.clear()


def events(stream: str) -> list[tuple[str, Any]]:
    """Read a stream of events."""
    found = []
    for each in stream.split("\n\n")[:-1]:
        name, data = each.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def why(api: AdminApi) -> str:
    """Return the reason with which the release stands."""
    return api.conductor.release("support").reason


async def test_everybody_is_sent_to_legacy_and_the_report_says_so(api: AdminApi) -> None:
    await raised(api)
    answer = await api.client.post(ROLLBACK, json={"reason": "wrong answers"})
    assert answer.status == 200
    told = await answer.json()
    assert set(told) == {
        "service",
        "epoch",
        "revision",
        "percent",
        "complete",
        "durable",
        "applied_ms",
        "last_ai_byte_ms",
        "replicas",
        "in_flight_ai",
        "bound_s",
        "provided",
        "missing",
        "problems",
    }
    assert (told["service"], told["epoch"], told["percent"]) == ("support", 1, 0)
    assert (told["complete"], told["durable"]) == (True, "store")
    assert told["replicas"][0]["acked"] == told["replicas"][0]["workers"] == 1
    assert api.workers.shares() == [0]
    assert await why(api) == "wrong answers"
    assert api.conductor.release("support").by == "local"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b'{"reason": "x"', {"Content-Type": "application/json"}),
        (b"[" * 60_000, {"Content-Type": "application/json"}),
        (b'"text"', {"Content-Type": "application/json"}),
        (b'{"reason": 7}', {"Content-Type": "application/json"}),
        (b'{"reason": "\\ud800"}', {"Content-Type": "application/json"}),
        (b"no gzip", {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
        (b'{"reason": "\xff"}', {"Content-Type": "application/json"}),
        (b"reason=x", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"\0" * 100_000, {"Content-Type": "application/octet-stream"}),
    ],
    ids=range(10),
)
async def test_no_form_of_a_call_keeps_it_back(
    api: AdminApi, body: bytes, headers: dict[str, str]
) -> None:
    await raised(api)
    answer = await api.client.post(ROLLBACK, data=body, headers=headers)
    assert answer.status == 200
    assert (await why(api), api.workers.shares()) == ("", [0])


async def test_a_reason_is_taken_whatever_it_is_called_and_cut_where_it_is_too_long(
    api: AdminApi,
) -> None:
    await api.client.post(ROLLBACK, data=b'{"reason": "because", "more": 1}')
    assert await why(api) == "because"
    await api.client.post(ROLLBACK, json={"reason": "x" * 5000})
    assert await why(api) == "x" * 500


@pytest.mark.parametrize("header", ["If-Match", "Idempotency-Key"])
async def test_no_header_keeps_it_back(api: AdminApi, header: str) -> None:
    assert (await api.client.post(ROLLBACK, headers={header: "?? ??"})).status == 200


async def test_it_does_not_wait_for_a_reason_that_does_not_come(api: AdminApi) -> None:
    await raised(api)
    never = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"reason": '
        await never.wait()

    api.workers.has_heard.clear()
    asking = asyncio.ensure_future(api.client.post(ROLLBACK, data=slowly()))
    await asyncio.wait_for(api.workers.has_heard.wait(), 5)
    assert api.workers.shares() == [0]
    asking.cancel()


async def test_it_is_done_without_a_store_and_while_the_router_stops(api: AdminApi) -> None:
    await raised(api)
    api.router.machine.store.error = NotDurableError("the disk is full")
    api.conductor.drain()
    told = await (await api.client.post(ROLLBACK)).json()
    assert (told["complete"], told["durable"]) == (True, "journal")
    assert "the disk is full" in told["problems"][0]


async def test_an_unknown_service_is_told_from_those_there_are(api: AdminApi) -> None:
    answer = await api.client.post("/api/v1/services/nobody/rollback")
    assert (answer.status, (await answer.json())["code"]) == (404, "unknown_service")


# All at once...


async def test_all_services_are_rolled_back_by_one_call(api: AdminApi) -> None:
    await raised(api)
    await raised(api, "orders")
    told = await (await api.client.post(ALL, json={"reason": "all of it"})).json()
    assert [report["service"] for report in told["reports"]] == ["support", "orders"]
    assert len(api.workers.heard) == 1
    assert [service.share for service in api.workers.heard[0].services] == [0, 0]


async def test_whoever_is_limited_rolls_back_what_he_may() -> None:
    async with AdminApi.serving(EVERYBODY) as api:
        told = await (await api.client.post(ALL, headers=bearer("operator.orders"))).json()
        assert [report["service"] for report in told["reports"]] == ["orders"]
        assert api.conductor.release("support").epoch == 0


async def test_whoever_may_command_nothing_gets_no_report() -> None:
    async with AdminApi.serving(EVERYBODY) as api:
        told = await (await api.client.post(ALL, headers=bearer("nobody"))).json()
        assert told == {"reports": []}


# As it goes on...


async def test_each_acknowledgement_is_told_as_it_comes(api: AdminApi) -> None:
    await raised(api)
    api.workers.names = ("worker-1", "worker-2")
    answer = await api.client.post(ROLLBACK, json={"reason": "x"}, headers=STREAM)
    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    told = events(await answer.text())
    assert told[0] == ("published", {"service": "support", "epoch": 1, "revision": 2})
    assert [(name, each["worker"]) for name, each in told[1:3]] == [
        ("acknowledged", "worker-1"),
        ("acknowledged", "worker-2"),
    ]
    assert set(told[1][1]) == {"service", "replica", "worker", "applied_ms"}
    assert [name for name, _ in told[3:]] == ["report"]
    assert (told[3][1]["service"], told[3][1]["complete"]) == ("support", True)


async def test_another_replicas_word_is_told_as_it_comes() -> None:
    async with AdminApi.serving(others=others_of(OTHER, answering=[OTHER])) as api:
        answer = await api.client.post(ROLLBACK, headers=STREAM)
        told = events(await answer.text())
    (word,) = [each for name, each in told if name == "acknowledged" and "worker" not in each]
    assert set(word) == {"service", "replica", "workers", "acked", "applied_ms"}
    assert (word["replica"], word["workers"], word["acked"]) == ("r2", 2, 2)
    report = told[-1][1]
    assert [each["replica"] for each in report["replicas"]] == ["r1", "r2"]
    assert report["complete"] is True


async def test_where_nothing_bounds_it_the_report_says_so_and_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rollbacks, "REPORT_WITHIN", 0.05)
    async with AdminApi.serving(others=others_of(OTHER)) as api:
        monkeypatch.setattr(api.router.served, "holds_on", lambda _: True)
        told = await (await api.client.post(ROLLBACK)).json()
    assert (told["complete"], told["bound_s"], told["missing"]) == (False, None, ["r2"])
    assert told["provided"].startswith("`on_partition: hold`")
    assert told["replicas"][1] == {"replica": "r2", "workers": 2, "acked": 0, "applied_ms": None}


async def test_it_is_told_that_it_is_published_before_anybody_has_acknowledged(
    api: AdminApi,
) -> None:
    api.workers.may_acknowledge.clear()
    answer: ClientResponse = await api.client.post(ALL, headers=STREAM)
    assert await answer.content.readline() == b"event: published\n"
    assert api.workers.shares() == [0]
    api.workers.may_acknowledge.set()
    told = events("event: published\n" + await answer.text())
    assert [name for name, _ in told] == ["published"] * 2 + ["acknowledged"] * 2 + ["report"] * 2


async def test_whoever_goes_away_has_rolled_back_all_the_same(api: AdminApi) -> None:
    await raised(api)
    api.workers.may_acknowledge.clear()
    answer = await api.client.post(ROLLBACK, headers=STREAM)
    await answer.content.readline()
    answer.close()
    api.workers.may_acknowledge.set()
    told = await (await api.client.get("/api/v1/services/support")).json()
    assert (told["status"], told["epoch"]) == ("rolled_back", 1)

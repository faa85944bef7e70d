from collections.abc import AsyncIterator

import pytest

from router.control.certificates import Renewed
from router.control.reload_report import Cause, Report
from router.errors import ConfigRefusedError, DrainingError, ReshuffleError
from tests.support.admin_api import AdminApi
from tests.support.tokens import EVERYBODY, bearer

RELOAD = "/api/v1/reload"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY) as api:
        api.client.session.headers.update(bearer("admin"))
        yield api


async def test_a_reload_answers_with_all_that_it_did(api: AdminApi) -> None:
    api.reloads.answer = Report(
        config_hash="0123456789ab",
        is_changed=True,
        added=("orders",),
        changed=("support",),
        removed=("search",),
        needs_restart=("proxy.listen",),
        certificates=(Renewed("proxy.tls.cert", "CN=a", "2026-12-01T00:00:00.000Z"),),
        warnings=("a.yaml:3: services[0]: beware",),
        applied_ms=3.5,
    )
    answer = await api.client.post(RELOAD, json={})
    assert answer.status == 200
    assert await answer.json() == {
        "config_hash": "0123456789ab",
        "is_changed": True,
        "added": ["orders"],
        "changed": ["support"],
        "removed": ["search"],
        "needs_restart": ["proxy.listen"],
        "certificates": [
            {"place": "proxy.tls.cert", "subject": "CN=a", "expires": "2026-12-01T00:00:00.000Z"}
        ],
        "warnings": ["a.yaml:3: services[0]: beware"],
        "acknowledged": True,
        "missing": [],
        "applied_ms": 3.5,
    }
    assert api.reloads.heard == [(Cause.API, False)]


async def test_callers_are_divided_anew_only_by_request(api: AdminApi) -> None:
    await api.client.post(RELOAD, json={"reshuffle": True})
    assert api.reloads.heard == [(Cause.API, True)]


async def test_workers_that_have_not_acknowledged_are_named(api: AdminApi) -> None:
    api.reloads.answer = Report("0123456789ab", is_changed=True, missing=("worker-2",))
    answer = await api.client.post(RELOAD, json={})
    assert answer.status == 202
    told = await answer.json()
    assert (told["acknowledged"], told["missing"]) == (False, ["worker-2"])


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (ConfigRefusedError("wrong", ("one", "two")), 422, "config_refused"),
        (ReshuffleError("wrong", ("one", "two")), 409, "reshuffle_refused"),
    ],
    ids=["wrong", "reshuffles"],
)
async def test_a_refusal_lists_every_problem(
    api: AdminApi, refusal: ConfigRefusedError, status: int, code: str
) -> None:
    api.reloads.answer = refusal
    answer = await api.client.post(RELOAD, json={})
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    told = await answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert (told["detail"], told["problems"]) == ("wrong", ["one", "two"])


async def test_a_router_that_stops_takes_no_config(api: AdminApi) -> None:
    api.reloads.answer = DrainingError()
    answer = await api.client.post(RELOAD, json={})
    assert answer.status == 503
    assert (await answer.json())["code"] == "draining"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"reshuffle": 1}', b'{"force": true}'])
async def test_a_body_that_is_not_understood_reloads_nothing(api: AdminApi, body: bytes) -> None:
    answer = await api.client.post(RELOAD, data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert api.reloads.heard == []


async def test_without_tokens_a_signal_is_the_way() -> None:
    async with AdminApi.serving() as api:
        answer = await api.client.post(RELOAD, json={})
        told = await answer.json()
        assert (answer.status, told["code"], told["role"]) == (403, "forbidden", "admin")
        assert "SIGHUP" in told["detail"]
        assert api.reloads.heard == []

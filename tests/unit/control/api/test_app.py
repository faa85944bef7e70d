from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from router.control.api.access import Access
from router.control.api.app import admin_app, probe_app
from router.control.api.sites import guard_for
from tests.support.admin_api import AdminApi


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


@pytest.mark.parametrize("path", ["/services", "/api/v1/", "/api/v1/services/", "/api/v2"])
async def test_an_unknown_path_is_a_problem(api: AdminApi, path: str) -> None:
    answer = await api.client.get(path)
    assert answer.status == 404
    assert (await answer.json())["code"] == "not_found"


async def test_an_impossible_method_is_a_problem_that_names_the_possible_ones(
    api: AdminApi,
) -> None:
    answer = await api.client.post("/api/v1/services/support/percent", json={"percent": 5})
    assert answer.status == 405
    assert answer.headers["Allow"] == "PUT"
    assert (await answer.json())["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/livez", "/nothing"])
async def test_no_answer_is_kept_by_a_cache_or_names_the_framework(
    api: AdminApi, path: str
) -> None:
    answer = await api.client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Server"] == "gray-router"


@pytest.mark.parametrize("path", ["/livez", "/nothing", "/api/v1/services"])
async def test_no_answer_may_be_shown_in_a_frame_or_taken_for_something_else(
    api: AdminApi, path: str
) -> None:
    answer = await api.client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.fixture
async def probes(api: AdminApi) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(probe_app(api.probes), host="127.0.0.1")) as client:
        yield client


async def test_probes_are_served_alone_to_whoever_gets_there(
    probes: TestClient[Any, Any],
) -> None:
    headers = {"Host": "10.0.0.1:9901"}
    assert (await probes.get("/livez", headers=headers)).status == 200
    assert (await probes.get("/readyz", headers=headers)).status == 503
    assert (await probes.get("/metrics", headers=headers)).status == 200
    assert (await probes.get("/api/v1/services", headers=headers)).status == 404
    assert (await probes.get("/api/v1/session", headers=headers)).status == 404


async def test_a_page_may_say_for_itself_what_it_loads(api: AdminApi) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(headers={"Content-Security-Policy": "default-src 'self'"})

    app = admin_app(guard_for(Access, lambda: 0.0), api.conductor, [], [web.get("/", page)])
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        answer = await client.get("/")
        assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

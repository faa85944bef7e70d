import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from router.demo.children import free_ports
from router.demo.client import Admin, HelpDesk
from router.demo.comparison import Pair
from router.demo.tally import Answer
from router.errors import DemoError
from router.model import Variant
from tests.support.demo_answers import visit

Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def asked(handler: Handler) -> Answer:
    async with serving(handler) as url, HelpDesk(url, time.perf_counter) as desk:
        return await desk.ask(visit("anna"), 3)


async def test_a_visit_names_its_customer_in_the_header_that_the_split_goes_by() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert request.path == "/v1/classify"
        assert request.headers["x-user-id"] == "anna"
        body = await request.json()
        assert body["customer_id"] == "anna"
        return web.json_response({"conversation": body["conversation"]})

    assert (await asked(handler)).conversation == "talk-of-anna"


async def test_an_answer_carries_what_the_router_and_the_backend_say() -> None:
    async def handler(_: web.Request) -> web.Response:
        body = {"label": "refund", "confidence": 0.75, "model": "bayes", "cost_usd": 0.002}
        return web.json_response(body, headers={"x-gray-variant": "ai"})

    answer = await asked(handler)
    assert (answer.step, answer.status, answer.variant) == (3, 200, Variant.AI)
    assert (answer.label, answer.confidence, answer.model) == ("refund", 0.75, "bayes")
    assert answer.right
    assert answer.cost_usd == 0.002
    assert answer.ended > answer.began


async def test_an_answer_of_the_router_itself_carries_its_code() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=503, text="no", headers={"x-gray-error": "pool_full"})

    answer = await asked(handler)
    assert (answer.variant, answer.status, answer.router_error) == (None, 503, "pool_full")


async def test_a_fallback_is_noticed() -> None:
    async def handler(_: web.Request) -> web.Response:
        headers = {"x-gray-variant": "legacy", "x-gray-fallback": "connect"}
        return web.json_response({}, headers=headers)

    assert (await asked(handler)).fell_back


async def test_where_nobody_answers_the_status_is_0() -> None:
    (port,) = free_ports(1)
    async with HelpDesk(f"http://127.0.0.1:{port}", time.perf_counter) as desk:
        answer = await desk.ask(visit(), 0)
    assert (answer.status, answer.variant) == (0, None)


async def test_the_operator_puts_a_percentage_and_its_reason() -> None:
    heard: list[object] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append((request.method, request.path, await request.json()))
        return web.json_response({})

    async with serving(handler) as url, Admin(url) as admin:
        await admin.set_percent(20, "tour")
    expected = {"percent": 20, "reason": "tour"}
    assert heard == [("PUT", "/api/v1/services/support/percent", expected)]


@pytest.mark.parametrize("status", [202, 409])
async def test_what_does_not_hold_everywhere_is_a_failure(status: int) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, text="worker-1 is missing")

    async with serving(handler) as url, Admin(url) as admin:
        with pytest.raises(DemoError, match=rf"{status} to 20 percent: worker-1 is missing"):
            await admin.set_percent(20, "tour")


async def test_an_admin_api_that_is_gone_is_a_failure() -> None:
    (port,) = free_ports(1)
    async with Admin(f"http://127.0.0.1:{port}") as admin:
        with pytest.raises(DemoError, match="did not answer"):
            await admin.set_percent(20, "tour")


FIGURES = {
    "coverage": {"eligible": 5, "compared": 5, "ratio": 1.0},
    "summary": {"raw": None, "beyond_noise": None, "claimed": False},
    "fields": [],
    "decision": None,
    "samples": [{"id": "s1"}],
}


async def test_what_was_compared_comes_with_one_pair() -> None:
    heard: list[tuple[str, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append((request.path_qs, request.headers.get("authorization")))
        return web.json_response(FIGURES if "services" in request.path else {"contents": None})

    async with serving(handler) as url, Admin(url, "secret") as admin:
        seen = await admin.compared()
    assert seen is not None
    assert (seen.compared.coverage.compared, seen.pair) == (5, Pair(None))
    assert heard == [
        ("/api/v1/services/support/divergences?change=value&limit=1", "Bearer secret"),
        ("/api/v1/divergences/s1", "Bearer secret"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {**FIGURES, "coverage": {"eligible": 5, "compared": 0, "ratio": 0.0}},
        {"other": "JSON"},
        None,
    ],
)
async def test_where_nothing_was_compared_there_is_nothing(answer: object) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response(answer, status=200 if answer else 503)

    async with serving(handler) as url, Admin(url) as admin:
        assert await admin.compared() is None

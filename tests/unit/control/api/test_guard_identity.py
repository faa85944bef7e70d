"""Who is who: by a token, by a trusted proxy's word, by being on this machine."""

import asyncio
import logging
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, UnixConnector, web

from router.control.api.access import Access
from router.control.api.app import admin_app
from router.control.api.guard import Guard
from router.control.api.sites import guard_for
from router.control.caller import Caller
from tests.support.admin_api import AdminApi
from tests.support.tokens import EVERYBODY, LOOPBACK, bearer, token

SERVICES = "/api/v1/services"
PERCENT = "/api/v1/services/support/percent"
PROXIED = replace(EVERYBODY, identity=LOOPBACK)


class Nobody:
    """Takes nothing down."""

    async def note(
        self, caller: Caller, command: str, service: str, why: str, refused: str
    ) -> None:
        raise AssertionError(refused)


async def asked(
    access: Access, headers: Mapping[str, str] | list[tuple[str, str]], path: str = SERVICES
) -> tuple[int, str]:
    """Ask, and return the status with the problem's code."""
    async with AdminApi.serving(access) as api:
        return await outcome(await api.client.get(path, headers=headers))


async def outcome(answer: ClientResponse) -> tuple[int, str]:
    if answer.ok:
        return answer.status, ""
    return answer.status, (await answer.json(content_type=None))["code"]


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {token('viewer')}",
        f"bearer {token('viewer')}",
        f"BEARER   {token('viewer')} ",
    ],
)
async def test_a_token_says_who_asks(authorization: str) -> None:
    assert await asked(EVERYBODY, {"Authorization": authorization}) == (200, "")


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ([], 'Bearer realm="gray-router"'),
        ([("Authorization", "Basic YTpi")], 'Bearer realm="gray-router"'),
        ([("Authorization", "Bearer")], 'Bearer realm="gray-router", error="invalid_token"'),
        ([("Authorization", "Bearer x")], 'Bearer realm="gray-router", error="invalid_token"'),
        (
            [("Authorization", f"Bearer {token(name)}") for name in ("viewer", "admin")],
            'Bearer realm="gray-router", error="invalid_request"',
        ),
    ],
)
async def test_whoever_is_unknown_is_told_how_to_say_who_he_is(
    headers: list[tuple[str, str]], challenge: str
) -> None:
    async with AdminApi.serving(EVERYBODY) as api:
        answer = await api.client.get(SERVICES, headers=headers)
        assert await outcome(answer) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == challenge


async def test_a_token_is_in_no_log_and_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with AdminApi.serving(EVERYBODY) as api:
        for name in ("viewer", "stranger"):
            answer = await api.client.put(PERCENT, json={"percent": 5}, headers=bearer(name))
            assert token(name) not in await answer.text()
            assert token(name) not in str(answer.headers)
    assert "the-token-of" not in caplog.text


@pytest.mark.parametrize("path", ["/livez", "/nothing"])
async def test_what_is_open_or_absent_asks_for_nothing(path: str) -> None:
    status, _ = await asked(EVERYBODY, {}, path)
    assert status in (200, 404)


# By a proxy...


async def test_a_trusted_proxy_says_who_asks() -> None:
    async with AdminApi.serving(PROXIED) as api:
        headers = {"x-forwarded-user": "operator"}
        answer = await api.client.put(PERCENT, json={"percent": 5}, headers=headers)
        assert (answer.status, (await answer.json())["by"]) == (200, "operator")


@pytest.mark.parametrize("name", ["stranger", "", "VIEWER"])
async def test_whoever_a_proxy_names_has_to_be_in_the_config(name: str) -> None:
    assert await asked(PROXIED, {"X-Forwarded-User": name}) == (403, "forbidden")


async def test_two_names_are_nobodys() -> None:
    named = [("x-forwarded-user", "viewer"), ("x-forwarded-user", "admin")]
    assert await asked(PROXIED, named) == (403, "forbidden")


async def test_nobody_else_may_say_who_asks() -> None:
    elsewhere = replace(LOOPBACK, networks=())
    access = replace(EVERYBODY, identity=elsewhere)
    assert await asked(access, {"x-forwarded-user": "viewer"}) == (401, "unauthenticated")


async def test_through_a_proxy_a_token_counts_before_a_name() -> None:
    headers = {**bearer("stranger"), "x-forwarded-user": "viewer"}
    assert await asked(PROXIED, headers) == (401, "unauthenticated")
    password = {"Authorization": "Basic YTpi", "x-forwarded-user": "viewer"}
    assert await asked(PROXIED, password) == (200, "")


async def test_a_foreign_page_cannot_use_that_a_proxy_signs_people_in() -> None:
    headers = {"x-forwarded-user": "viewer", "Origin": "https://evil.example"}
    assert await asked(PROXIED, headers) == (403, "cross_origin")


# By the place...


async def test_without_tokens_one_has_to_be_on_this_machine() -> None:
    async with AdminApi.serving() as api:
        await api.client.put(PERCENT, json={"percent": 5}, headers=bearer("whoever"))
        assert api.conductor.release("support").by == "local"


async def test_with_tokens_a_program_may_call_us_by_any_name() -> None:
    elsewhere = {"Host": "admin.example:9900"}
    assert await asked(EVERYBODY, {**elsewhere, **bearer("viewer")}) == (200, "")
    for is_loopback in (False, True):
        access = replace(EVERYBODY, is_loopback=is_loopback)
        assert await asked(access, elsewhere) == (401, "unauthenticated")
        assert await asked(access, elsewhere, "/livez") == (200, "")


async def test_a_proxy_on_this_machine_passes_on_what_operators_call_it() -> None:
    name = "admin.example"
    headers = {"Host": name, "Origin": f"https://{name}", "x-forwarded-user": "operator"}
    async with AdminApi.serving(PROXIED) as api:
        answer = await api.client.put(PERCENT, json={"percent": 5}, headers=headers)
        assert answer.status == 200
        answer = await api.client.put(
            PERCENT, json={"percent": 6}, headers={**headers, "Origin": "https://evil.example"}
        )
        assert await outcome(answer) == (403, "cross_origin")


async def test_where_nobody_has_a_token_none_opens_a_door_to_foreign_names() -> None:
    headers = {"Host": "evil.example", **bearer("whoever")}
    assert await asked(Access(), headers) == (403, "foreign_host")


async def asked_through_a_socket(path: Path, guard: Guard) -> tuple[int, str]:
    async def who(request: web.Request) -> web.Response:
        caller = guard.identify(request).caller
        return web.Response(text=f"{caller.name} {caller.source} {caller.via}")

    app = admin_app(guard, Nobody(), [], [web.get("/who", who)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.UnixSite(runner, str(path)).start()
        async with (
            ClientSession(connector=UnixConnector(str(path))) as client,
            client.get("http://any.name/who") as answer,
        ):
            return answer.status, await answer.text()
    finally:
        await runner.cleanup()


async def test_a_unix_socket_is_on_this_machine_whatever_it_is_called(tmp_path: Path) -> None:
    guard = guard_for(Access, lambda: 0.0)
    answered = await asked_through_a_socket(tmp_path / "admin.sock", guard)
    assert answered == (200, "local unix api")


async def test_whoever_gives_his_end_of_a_socket_the_name_of_a_proxy_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    guard = guard_for(lambda: PROXIED, lambda: 0.0)

    async def services(request: web.Request) -> web.Response:
        guard.identify(request)
        return web.Response()

    runner = web.AppRunner(admin_app(guard, Nobody(), [], [web.get("/who", services)]))
    await runner.setup()
    await web.UnixSite(runner, "admin.sock").start()
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        client.bind("127.0.0.1")
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, "admin.sock")
        asked = b"GET /who HTTP/1.1\r\nHost: x\r\nx-forwarded-user: admin\r\n\r\n"
        await loop.sock_sendall(client, asked)
        assert (await loop.sock_recv(client, 1000)).startswith(b"HTTP/1.1 401 ")
    await runner.cleanup()


# Links to the page...


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/metrics", 403), ("/api/v1/services", 403)]
)
async def test_a_link_on_a_foreign_page_leads_to_our_page_alone(path: str, status: int) -> None:
    followed = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert (await asked(Access(), followed, path))[0] == status
    framed = {**followed, "Sec-Fetch-Dest": "iframe"}
    assert (await asked(Access(), framed, path)) == (403, "cross_origin")

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse

from router.control.api.guard import COOKIE, CSRF
from router.control.api.sessions import LONGEST
from router.control.failures import MOST, WINDOW
from tests.support.admin_api import AdminApi
from tests.support.tokens import EVERYBODY, bearer, token

SESSION = "/api/v1/session"
PERCENT = "/api/v1/services/orders/percent"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY) as api:
        yield api


async def signed_in(api: AdminApi, name: str, **headers: str) -> ClientResponse:
    return await api.client.post(SESSION, json={"token": token(name)}, headers=headers)


async def code(answer: ClientResponse) -> tuple[int, str]:
    told = await answer.json()
    return answer.status, str(told["code"])


async def test_a_token_is_exchanged_for_a_cookie_that_no_script_can_read(api: AdminApi) -> None:
    answer = await signed_in(api, "operator.orders")
    assert answer.status == 200
    told = await answer.json()
    assert told == {
        "name": "operator.orders",
        "role": "operator",
        "services": ["orders"],
        "csrf": told["csrf"],
    }
    cookie = answer.cookies[COOKIE]
    assert len(told["csrf"]) >= 43
    assert len(cookie.value) >= 43
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Strict", "/")
    assert cookie["max-age"] == str(int(LONGEST))
    assert not cookie["secure"]


async def test_the_cookie_is_for_tls_alone_where_a_proxy_ends_it(api: AdminApi) -> None:
    host = f"127.0.0.1:{api.client.port}"
    answer = await signed_in(api, "viewer", Origin=f"https://{host}")
    assert answer.cookies[COOKIE]["secure"]


async def test_a_session_says_who_it_is(api: AdminApi) -> None:
    told = await (await signed_in(api, "viewer")).json()
    assert await (await api.client.get(SESSION)).json() == told


async def test_a_session_reads_without_and_changes_with_its_second_secret(api: AdminApi) -> None:
    csrf = (await (await signed_in(api, "operator")).json())["csrf"]
    assert (await api.client.get("/api/v1/services")).status == 200
    refused: list[dict[str, str]] = [{}, {CSRF: ""}, {CSRF: csrf[:-1]}]
    for headers in refused:
        answer = await api.client.put(PERCENT, json={"percent": 5}, headers=headers)
        assert await code(answer) == (403, "csrf_refused")
    assert api.workers.heard == []
    answer = await api.client.put(PERCENT, json={"percent": 5}, headers={CSRF: csrf})
    assert (answer.status, (await answer.json())["by"]) == (200, "operator")


async def test_whoever_signs_out_is_nobody_any_more(api: AdminApi) -> None:
    csrf = (await (await signed_in(api, "viewer")).json())["csrf"]
    cookie = next(iter(api.client.session.cookie_jar)).value
    answer = await api.client.delete(SESSION, headers={CSRF: csrf})
    assert (answer.status, await answer.read()) == (204, b"")
    assert not list(api.client.session.cookie_jar)
    answer = await api.client.get(SESSION, headers={"Cookie": f"{COOKIE}={cookie}"})
    assert await code(answer) == (401, "unauthenticated")


async def test_a_token_has_no_session_to_end(api: AdminApi) -> None:
    assert (await api.client.delete(SESSION, headers=bearer("viewer"))).status == 204
    told = await (await api.client.get(SESSION, headers=bearer("viewer"))).json()
    assert (told["name"], told["services"], told["csrf"]) == ("viewer", None, "")


async def test_a_session_ends_by_itself(api: AdminApi) -> None:
    await signed_in(api, "viewer")
    api.clock.append(LONGEST)
    assert (await api.client.get("/api/v1/services")).status == 401


@pytest.mark.parametrize("digest", [None, "0" * 64])
async def test_a_session_ends_with_the_token_that_it_was_begun_with(
    api: AdminApi, digest: str | None
) -> None:
    await signed_in(api, "viewer")
    old, *others = EVERYBODY.tokens
    new = [] if digest is None else [replace(old, sha256=digest)]
    api.told = replace(api.told, access=replace(EVERYBODY, tokens=(*new, *others)))
    answer = await api.client.get("/api/v1/services")
    assert await code(answer) == (401, "unauthenticated")


async def test_whoever_guesses_has_to_wait_and_a_right_token_never(api: AdminApi) -> None:
    for _ in range(MOST):
        answer = await signed_in(api, "stranger")
        assert await code(answer) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    answer = await signed_in(api, "stranger")
    assert await code(answer) == (429, "too_many_failures")
    assert answer.headers["Retry-After"] == "61"
    guessed = await api.client.get(SESSION, headers=bearer("stranger"))
    assert await code(guessed) == (429, "too_many_failures")
    assert (await signed_in(api, "viewer")).status == 200
    assert (await api.client.get(SESSION, headers=bearer("viewer"))).status == 200
    api.clock.append(WINDOW)
    assert (await signed_in(api, "stranger")).status == 401


@pytest.mark.parametrize(
    "body", [{}, {"token": 7}, {"token": None}, {"token": "x" * 1001}, {"token": "x", "name": "y"}]
)
async def test_what_is_no_token_is_refused_and_not_repeated(
    api: AdminApi, body: dict[str, Any]
) -> None:
    answer = await api.client.post(SESSION, json=body)
    assert await code(answer) == (400, "malformed_body")
    assert "xxx" not in await answer.text()


async def test_without_tokens_this_machine_is_signed_in_already() -> None:
    async with AdminApi.serving() as api:
        told = await (await api.client.get(SESSION)).json()
        assert (told["name"], told["services"], told["csrf"]) == ("local", None, "")
        answer = await signed_in(api, "viewer")
        assert await code(answer) == (401, "unauthenticated")
        assert COOKIE not in answer.cookies

"""Every role on every call, from the table that the router itself goes by."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse

from router.control.api.access import Role
from router.control.api.calls import Call
from router.control.api.table import CALLS
from tests.support.admin_api import AdminApi
from tests.support.tokens import EVERYBODY, bearer

AGREED = {
    "GET /livez": "everybody",
    "GET /readyz": "everybody",
    "GET /metrics": "viewer",
    "GET /api/v1/openapi.json": "viewer",
    "POST /api/v1/session": "everybody",
    "GET /api/v1/session": "every role",
    "DELETE /api/v1/session": "every role",
    "GET /api/v1/services": "viewer",
    "GET /api/v1/services/{service}": "viewer",
    "GET /api/v1/services/{service}/metrics": "viewer",
    "GET /api/v1/services/{service}/plan": "viewer",
    "GET /api/v1/services/{service}/divergences": "viewer",
    "GET /api/v1/divergences/{pair}": "viewer",
    "PUT /api/v1/services/{service}/percent": "operator",
    "PUT /api/v1/services/{service}/shadow": "operator",
    "POST /api/v1/services/{service}/start": "operator",
    "POST /api/v1/services/{service}/promote": "operator",
    "POST /api/v1/services/{service}/pause": "operator",
    "POST /api/v1/services/{service}/resume": "operator",
    "POST /api/v1/services/{service}/complete": "operator",
    "POST /api/v1/services/{service}/reset": "operator",
    "POST /api/v1/services/{service}/approve": "operator",
    "POST /api/v1/services/{service}/drill": "operator",
    "POST /api/v1/services/{service}/rollback": "operator",
    "POST /api/v1/rollback": "operator",
    "GET /api/v1/events": "viewer",
    "GET /api/v1/events/chain": "viewer",
    "GET /api/v1/replicas": "viewer",
    "DELETE /api/v1/records": "admin",
    "POST /api/v1/reload": "admin",
}
"""What was promised; the table is held to it."""

BY_TITLE = {call.title: call for call in CALLS}


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY) as api:
        yield api


def test_every_call_takes_the_role_that_was_agreed() -> None:
    assert {call.title: call.who for call in CALLS} == AGREED


def test_a_call_stands_once_and_has_a_name_of_its_own() -> None:
    assert len(BY_TITLE) == len({call.operation for call in CALLS}) == len(CALLS)


async def made(api: AdminApi, call: Call, *, name: str | None) -> ClientResponse:
    """Make a call, as somebody; without a body, which no refusal for want of a role looks at."""
    headers = {} if name is None else bearer(name)
    path = call.path_for("support").replace("{pair}", "s1")
    return await api.client.request(call.method, path, headers=headers)


async def refusal(answer: ClientResponse) -> str | None:
    """Return the code of a problem that says who asks in vain."""
    if answer.status not in (401, 403):
        return None
    assert answer.content_type == "application/problem+json"
    return str((await answer.json())["code"])


def is_allowed(call: Call, role: Role, *, is_limited: bool) -> bool:
    if call.is_open or call.role is None:
        return True
    return role.includes(call.role) and not (is_limited and (call.is_of_service or call.is_whole))


MATRIX = [
    (title, role, is_limited) for title in BY_TITLE for role in Role for is_limited in (False, True)
]


@pytest.mark.parametrize(("title", "role", "is_limited"), MATRIX)
async def test_each_role_may_make_its_calls_and_no_other(
    api: AdminApi, title: str, role: Role, is_limited: bool
) -> None:
    call = BY_TITLE[title]
    answer = await made(api, call, name=f"{role}.orders" if is_limited else role)
    if is_allowed(call, role, is_limited=is_limited):
        assert await refusal(answer) is None
    else:
        assert await refusal(answer) == "forbidden"
        assert (api.workers.heard, api.reloads.heard) == ([], [])


@pytest.mark.parametrize("title", BY_TITLE)
@pytest.mark.parametrize("name", [None, "stranger"])
async def test_whoever_is_unknown_may_make_the_open_calls_alone(
    api: AdminApi, title: str, name: str | None
) -> None:
    call = BY_TITLE[title]
    answer = await made(api, call, name=name)
    assert await refusal(answer) == (None if call.is_open else "unauthenticated")


@pytest.mark.parametrize("title", BY_TITLE)
async def test_a_role_that_falls_short_is_told_which_one_it_takes(
    api: AdminApi, title: str
) -> None:
    call = BY_TITLE[title]
    answer = await made(api, call, name="writer")
    if await refusal(answer):
        told = await answer.json()
        assert call.role is not None
        assert told["role"] == call.role.value
        assert f"it takes the role {call.role}" in told["detail"]


@pytest.mark.parametrize(
    ("name", "services"),
    [("viewer", ["support", "orders"]), ("viewer.orders", ["orders"]), ("nobody", [])],
)
async def test_lists_show_what_whoever_asks_may_see(
    api: AdminApi, name: str, services: list[str]
) -> None:
    listed = await (await api.client.get("/api/v1/services", headers=bearer(name))).json()
    assert [service["service"] for service in listed["services"]] == services
    replicas = await (await api.client.get("/api/v1/replicas", headers=bearer(name))).json()
    assert list(replicas["replicas"][0]["workers"][0]["stands"]) == services


async def test_whoever_is_limited_is_not_told_which_other_services_there_are(
    api: AdminApi,
) -> None:
    told = [
        await (
            await api.client.get(f"/api/v1/services/{name}", headers=bearer("viewer.orders"))
        ).json()
        for name in ("support", "nothing")
    ]
    assert [each["code"] for each in told] == ["forbidden", "forbidden"]
    assert told[0]["detail"].replace("support", "nothing") == told[1]["detail"]

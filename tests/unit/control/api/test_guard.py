from collections.abc import AsyncIterator

import pytest

from router.control.api.guard import is_loopback_name
from tests.support.admin_api import AdminApi


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:9900",
        "localhost.",
        "127.0.0.1",
        "127.0.0.1:9900",
        "127.8.8.8:1",
        "[::1]",
        "[::1]:9900",
    ],
)
def test_names_of_this_machine_are_known(host: str) -> None:
    assert is_loopback_name(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":9900",
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1",
        "user@localhost",
        "localhost/x",
        "localhost#x",
        "localhost?x",
        "localhost:x",
        "[::1",
        "::1",
        "0.0.0.0:9900",
        "2130706433",
        "[::2]",
        "localhost:99999",
        "localhost,evil.example",
    ],
)
def test_every_other_name_is_foreign(host: str) -> None:
    assert not is_loopback_name(host)


async def test_a_name_that_was_rebound_to_this_machine_is_refused(api: AdminApi) -> None:
    answer = await api.client.get("/api/v1/services", headers={"Host": "evil.example:9900"})
    assert answer.status == 403
    assert (await answer.json())["code"] == "foreign_host"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_pages_of_other_origins_are_refused_and_change_nothing(
    api: AdminApi, headers: dict[str, str]
) -> None:
    answer = await api.client.put(
        "/api/v1/services/support/percent", json={"percent": 100}, headers=headers
    )
    assert answer.status == 403
    assert (await answer.json())["code"] == "cross_origin"
    assert api.workers.heard == []


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_what_a_browser_asks_for_the_admin_address_itself_is_served(
    api: AdminApi, site: str
) -> None:
    own = f"http://127.0.0.1:{api.client.port}"
    headers = {"Sec-Fetch-Site": site, "Origin": own}
    answer = await api.client.get("/api/v1/services", headers=headers)
    assert answer.status == 200


async def test_a_refused_host_is_not_told_whether_a_path_exists(api: AdminApi) -> None:
    for path in ("/livez", "/nothing"):
        answer = await api.client.get(path, headers={"Host": "evil.example"})
        assert answer.status == 403

from collections.abc import AsyncIterator

import pytest

from tests.support.admin_api import AdminApi


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=",
        "limit=1.0",
        "limit=-1",
        "limit=\u0661",
        "limit=1&limit=2",
        f"limit={'9' * 5000}",
        "before=0",
        "service=",
        "service=support&service=orders",
    ],
)
async def test_a_query_that_is_none_is_refused(api: AdminApi, query: str) -> None:
    answer = await api.client.get(f"/api/v1/events?{query}")
    assert (answer.status, (await answer.json())["code"]) == (400, "malformed_query")


@pytest.mark.parametrize("query", ["", "limit=1", "limit=1000", "before=1000000000000000000"])
async def test_a_query_within_its_limits_is_taken(api: AdminApi, query: str) -> None:
    assert (await api.client.get(f"/api/v1/events?{query}")).status == 200

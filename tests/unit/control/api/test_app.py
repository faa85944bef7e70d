from collections.abc import AsyncIterator

import pytest

from tests.support.admin_api import AdminApi


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


@pytest.mark.parametrize("path", ["/", "/services", "/api/v1/", "/api/v1/services/", "/api/v2"])
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

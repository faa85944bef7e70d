from collections.abc import AsyncIterator

import pytest

from tests.support.admin_api import AdminApi

PERCENT = "/api/v1/services/support/percent"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "gr\u00fcn"])
async def test_a_key_that_is_none_is_refused(api: AdminApi, key: str) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 5}, headers={"Idempotency-Key": key})
    assert (answer.status, (await answer.json())["code"]) == (400, "malformed_idempotency_key")
    assert api.workers.heard == []


async def test_two_keys_are_none(api: AdminApi) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await api.client.put(PERCENT, json={"percent": 5}, headers=headers)
    assert answer.status == 400


async def test_the_longest_key_is_taken(api: AdminApi) -> None:
    headers = {"Idempotency-Key": "~" * 255}
    assert (await api.client.put(PERCENT, json={"percent": 5}, headers=headers)).status == 200

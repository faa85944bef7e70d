from collections.abc import AsyncIterator

import pytest

from router.compare.callers import Callers
from router.errors import StoreUnavailableError
from router.store.memory_records import MemoryRecords
from tests.support.admin_api import CALLER_SECRET, AdminApi, code_of
from tests.support.recorded import sampled, sealed_of
from tests.support.tokens import EVERYBODY, bearer

RECORDS = "/api/v1/records"
ADA = Callers(CALLER_SECRET).digest("ada käthe".encode())


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY) as api:
        api.client.session.headers.update(bearer("admin"))
        await api.records.keep(
            [sampled(1, callers=(ADA,)), sampled(2)], [sealed_of(1, callers=(ADA,))]
        )
        yield api


async def test_a_caller_is_forgotten(api: AdminApi) -> None:
    answer = await api.client.delete(RECORDS, params={"key": "ada käthe"})
    assert answer.status == 200
    assert await answer.json() == {"samples": 1, "sealed": 1}
    assert await api.records.sample("sample-1") is None
    assert await api.records.sample("sample-2") is not None


async def test_the_audit_log_says_that_it_was_done_without_the_key(api: AdminApi) -> None:
    await api.client.delete(RECORDS, params={"key": "ada käthe", "service": "support"})
    events = await (await api.client.get("/api/v1/events")).json()
    (event,) = [it for it in events["events"] if it["command"] == "forget"]
    assert event["accepted"]
    assert event["service"] == "support"
    assert event["why"].startswith(ADA.hex())
    assert "käthe" not in str(events)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "malformed_query"),
        ({"key": ""}, "malformed_query"),
        ({"key": "a", "service": "nobody"}, "unknown_service"),
    ],
)
async def test_what_nobody_can_mean_is_refused(
    api: AdminApi, query: dict[str, str], code: str
) -> None:
    answer = await api.client.delete(RECORDS, params=query)
    assert await code_of(answer) == code
    assert await api.records.sample("sample-1") is not None


async def test_a_store_that_does_not_answer_is_told_of(
    api: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(*_: object, **__: object) -> None:
        raise StoreUnavailableError("it is away")

    monkeypatch.setattr(MemoryRecords, "forget", forget)
    answer = await api.client.delete(RECORDS, params={"key": "a"})
    assert await code_of(answer) == "store_unreadable"

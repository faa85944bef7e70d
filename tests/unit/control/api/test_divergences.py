from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from router.compare.ledger import dump_ledger
from router.compare.sample import Sample, encode_sample
from router.compare.tally import Tally
from router.compare.verdict import Judged, Verdict
from router.store.records import Sampled
from tests.support.admin_api import AdminApi, code_of
from tests.support.compared_pairs import FULL
from tests.support.recorded import minute_of, total_of
from tests.support.releases import NOON
from tests.support.tokens import EVERYBODY, bearer

HERE = "/api/v1/services/support/divergences"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY) as api:
        yield api


def counted(pairs: int) -> bytes:
    tally = Tally()
    for _ in range(pairs):
        tally.add(Judged("support", "7", NOON, Verdict(), seconds=(0.1, 0.1)))
    return tally.dump()


async def keep(api: AdminApi, *samples: Sample) -> None:
    await api.records.keep([sampled(sample) for sample in samples])


def sampled(sample: Sample) -> Sampled:
    return Sampled(
        sample.id,
        sample.service,
        sample.phase,
        sample.at,
        sample.detail,
        tuple((each.field, each.change) for each in sample.differences),
        (),
        encode_sample(sample),
    )


async def told(api: AdminApi, path: str = HERE, name: str = "viewer") -> dict[str, Any]:
    answer = await api.client.get(path, headers=bearer(name))
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def test_what_all_replicas_have_counted_is_added_up(api: AdminApi) -> None:
    ledger = total_of(dump_ledger({"paired": 5, "budget": 1}), replica="r1/ledger")
    await api.records.count([], [total_of(counted(2)), total_of(counted(3), replica="r2"), ledger])
    view = await told(api)
    assert view["results"]["match"] == 5
    assert view["coverage"]["eligible"] == 6
    assert view["coverage"]["left_out"] == {"budget": 1}
    assert (view["kind"], view["phase"]) == ("answer", "7")


async def test_samples_come_newest_first_and_page_by_page(api: AdminApi) -> None:
    await api.records.count([], [total_of(counted(1))])
    pairs = [msgspec.structs.replace(FULL, id=f"s{n}", at=NOON + n, phase="7") for n in range(5)]
    await keep(api, *pairs)
    seen: list[str] = []
    page = ""
    while True:
        view = await told(api, f"{HERE}?limit=2{page}")
        seen += [sample["id"] for sample in view["samples"]]
        if view["next"] is None:
            break
        page = f"&page={view['next']}"
    assert seen == ["s4", "s3", "s2", "s1", "s0"]


async def test_samples_and_fields_are_narrowed_down_together(api: AdminApi) -> None:
    await api.records.count([], [total_of(counted(1))])
    await keep(api, msgspec.structs.replace(FULL, phase="7"))
    assert len((await told(api, f"{HERE}?field=/label"))["samples"]) == 1
    assert len((await told(api, f"{HERE}?change=missing"))["samples"]) == 0
    assert len((await told(api, f"{HERE}?phase=6"))["samples"]) == 0
    assert len((await told(api, f"{HERE}?since=2026-09-21T15:00:00Z"))["samples"]) == 0


async def test_metrics_are_told_by_minute(api: AdminApi) -> None:
    await api.records.count([minute_of(0, counted(4)), minute_of(1, counted(2))], [])
    view = await told(api, f"{HERE}?kind=metric&limit=1")
    assert view["kind"] == "metric"
    assert [minute["pairs"] for minute in view["minutes"]] == [2]
    view = await told(api, f"{HERE}?kind=metric")
    assert [minute["pairs"] for minute in view["minutes"]] == [4, 2]
    assert view["minutes"][0]["metrics"]["latency_p50"]["difference"] == 0


@pytest.mark.parametrize("query", ["kind=x", "change=x", "since=x", "limit=0", "page=x", "field="])
async def test_a_question_that_means_nothing_is_refused(api: AdminApi, query: str) -> None:
    answer = await api.client.get(f"{HERE}?{query}", headers=bearer("viewer"))
    assert (answer.status, await code_of(answer)) == (400, "malformed_query")


async def test_a_service_that_there_is_not_is_said_so(api: AdminApi) -> None:
    answer = await api.client.get("/api/v1/services/x/divergences", headers=bearer("viewer"))
    assert (answer.status, await code_of(answer)) == (404, "unknown_service")


@pytest.mark.parametrize(
    ("name", "may_read"),
    [("viewer", False), ("operator", False), ("reviewer", True), ("admin", True)],
)
async def test_contents_are_for_reviewers(api: AdminApi, name: str, may_read: bool) -> None:
    await keep(api, FULL)
    pair = await told(api, "/api/v1/divergences/s1", name)
    assert pair["fields"][0] == {"field": "/label", "change": "value"}
    assert (pair["contents"] is not None) is may_read
    assert ("refund" in str(pair)) is may_read


@pytest.mark.parametrize("number", ["other", "x" * 200])
async def test_a_pair_that_there_is_not_is_said_so(api: AdminApi, number: str) -> None:
    answer = await api.client.get(f"/api/v1/divergences/{number}", headers=bearer("admin"))
    assert (answer.status, await code_of(answer)) == (404, "no_such_pair")


async def test_whoever_may_not_see_a_service_learns_nothing_of_its_pairs(api: AdminApi) -> None:
    await keep(api, FULL)
    asked = [
        await api.client.get(f"/api/v1/divergences/{number}", headers=bearer("reviewer.orders"))
        for number in ("s1", "other")
    ]
    assert [answer.status for answer in asked] == [404, 404]
    assert await asked[0].json() == await asked[1].json()


async def test_a_sample_that_nobody_can_read_any_more_is_left_out(api: AdminApi) -> None:
    await api.records.count([], [total_of(counted(1))])
    await api.records.keep([replace(sampled(msgspec.structs.replace(FULL, phase="7")), text=b"?")])
    assert (await told(api))["samples"] == []
    answer = await api.client.get("/api/v1/divergences/s1", headers=bearer("admin"))
    assert answer.status == 404


@pytest.mark.parametrize("path", [HERE, f"{HERE}?kind=metric", "/api/v1/divergences/s1"])
async def test_a_store_that_is_away_is_said_so(api: AdminApi, path: str) -> None:
    await api.records.close()
    answer = await api.client.get(path, headers=bearer("viewer"))
    assert (answer.status, await code_of(answer)) == (503, "store_unreadable")


async def test_counts_that_mean_nothing_are_said_so(api: AdminApi) -> None:
    await api.records.count([], [total_of(b"\xffnonsense")])
    answer = await api.client.get(HERE, headers=bearer("viewer"))
    assert (answer.status, await code_of(answer)) == (503, "store_unreadable")


async def test_without_tokens_this_machine_sees_figures_and_no_contents() -> None:
    async with AdminApi.serving() as api:
        await keep(api, FULL)
        answer = await api.client.get("/api/v1/divergences/s1")
        assert answer.status == 200
        assert (await answer.json())["contents"] is None

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from router.control.api.release_views import UNBOUNDED
from router.model import FallbackReason
from router.replica.membership import Presence
from router.store.tallying import Line, Sheet
from router.wire.counting import GIST_LAYOUT, GIST_LENGTH
from tests.support.admin_api import AdminApi
from tests.support.fleets import OTHER, THIRD, others_of
from tests.support.releases import PLAN
from tests.support.sheets import Others


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def test_the_stage_is_shown_while_the_plan_has_it(api: AdminApi) -> None:
    await api.client.post("/api/v1/services/support/start", json={})
    assert (await (await api.client.get("/api/v1/services/support")).json())["stage"] == 0
    api.told = replace(api.told, plans={})
    shown = await (await api.client.get("/api/v1/services/support")).json()
    assert (shown["stage"], shown["stages"]) == (None, [])


async def test_workers_that_have_not_followed_are_counted(api: AdminApi) -> None:
    api.seats += [replace(api.seats[0], name="worker-2", stands={})]
    await api.client.post("/api/v1/services/support/start", json={})
    shown = await (await api.client.get("/api/v1/services/support")).json()
    assert shown["replicas"] == [
        {"replica": "r1", "instance": "i1", "epoch": 0, "revision": 1, "workers": 1, "acked": 0}
    ]


async def test_other_replicas_are_shown_with_what_they_serve_by(api: AdminApi) -> None:
    await api.client.post("/api/v1/services/support/start", json={})
    r2 = Presence("r2", "i2", 3, stands={"support": (0, 1)})
    api.fleet.told([r2, Presence("r3", "i3", 2, stands={"support": (0, 0)}), Presence("r4", "i4")])
    shown = await (await api.client.get("/api/v1/services/support")).json()
    assert [(each["replica"], each["revision"], each["acked"]) for each in shown["replicas"]] == [
        ("r1", 1, 0),
        ("r2", 1, 3),
        ("r3", 0, 0),
        ("r4", None, 0),
    ]


async def test_what_others_have_answered_counts_too(api: AdminApi) -> None:
    await api.client.post("/api/v1/services/support/start", json={})
    api.seats[:] = [replace(api.seats[0], stands={"support": (0, 1)})]
    api.workers.answered(legacy=9, ai=1)
    theirs = Line("support", 0, 1, (1, 9, *[2] * len(FallbackReason)), (0,) * GIST_LENGTH)
    await api.fellowship.counting.exchange(Others({"i2": Sheet(1, GIST_LAYOUT, [theirs])}))
    shown = await (await api.client.get("/api/v1/services/support")).json()
    assert (shown["effective_percent"], shown["replicas_counted"]) == (50.0, 2)
    assert shown["fallbacks"] == {str(reason): 2 for reason in FallbackReason}
    listed = await (await api.client.get("/api/v1/services")).json()
    assert listed["services"][0]["effective_percent"] == 50.0


async def test_every_replica_is_shown_with_how_far_it_is() -> None:
    others = others_of()
    others.fleet.serves(OTHER, support=(0, 0))
    others.fleet.serves(THIRD, orders=(0, 0))
    async with AdminApi.serving(others=others) as api:
        api.seats[:] = [replace(api.seats[0], stands={"support": (0, 1), "orders": (0, 0)})]
        await api.client.post("/api/v1/services/support/start", json={})
        shown = await (await api.client.get("/api/v1/services/support")).json()
        api.seats[:] = [replace(api.seats[0], stands={"support": (0, 0)})]
        late = await (await api.client.get("/api/v1/services/support")).json()
    assert [(each["replica"], each["workers"], each["acked"]) for each in shown["replicas"]] == [
        ("r1", 1, 1),
        ("r2", 2, 0),
        ("r3", 0, 0),
    ]
    assert shown["unconfirmed"] == ["r2"]
    assert late["unconfirmed"] == ["r1/worker-1", "r2"]


async def test_a_rollback_is_not_said_to_be_ready_where_nobody_has_looked(api: AdminApi) -> None:
    shown = await (await api.client.get("/api/v1/services/support")).json()
    assert (shown["rollback_ready"], shown["rollback_ready_because"]) == (None, "unproven")


async def test_who_holds_on_has_no_bound_once_it_is_complete(api: AdminApi) -> None:
    async def shown() -> tuple[str, str | None]:
        it = await (await api.client.get("/api/v1/services/support")).json()
        return it["on_partition"], it["unbounded_because"]

    assert await shown() == ("legacy", None)
    api.told = replace(api.told, plans={"support": replace(PLAN, holds_on=True)})
    assert await shown() == ("hold", None)
    await api.client.put("/api/v1/services/support/percent", json={"percent": 100})
    await api.client.post("/api/v1/services/support/complete", json={})
    assert await shown() == ("hold", UNBOUNDED)
    await api.client.post("/api/v1/services/support/rollback", json={})
    assert await shown() == ("hold", None)

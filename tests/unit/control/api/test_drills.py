import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from router.release.refusals import Obstacle
from tests.support.admin_api import AdminApi, code_of
from tests.support.tokens import EVERYBODY, bearer

DRILL = "/api/v1/services/support/drill"
STREAM = {"Accept": "text/event-stream"}
WHY = {"reason": "monthly"}


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def raised(api: AdminApi) -> None:
    await api.client.put("/api/v1/services/support/percent", json={"percent": 50})
    api.workers.heard.clear()


def events(stream: str) -> list[tuple[str, Any]]:
    """Read a stream of events."""
    found = []
    for each in stream.split("\n\n")[:-1]:
        name, data = each.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def test_it_is_answered_with_its_rollback_and_the_release_as_before(api: AdminApi) -> None:
    await raised(api)
    answer = await api.client.post(DRILL, json=WHY, headers={"If-Match": '"1"'})
    assert answer.status == 200
    told = await answer.json()
    assert set(told) == {
        "report",
        "restored",
        "because",
        "applied_ms",
        "last_ai_byte_ms",
        "release",
    }
    assert (told["restored"], told["because"]) == (True, None)
    assert (told["report"]["complete"], told["report"]["revision"]) == (True, 2)
    assert told["applied_ms"] == told["report"]["applied_ms"]
    assert (told["release"]["percent"], told["release"]["revision"]) == (50.0, 3)
    assert told["release"]["last_drill"]["applied_ms"] == told["applied_ms"]
    assert answer.headers["ETag"] == '"3"'
    assert api.workers.shares() == [0, 5000]


async def test_each_step_is_streamed_as_it_happens(api: AdminApi) -> None:
    await raised(api)
    answer = await api.client.post(DRILL, json=WHY, headers=STREAM)
    assert answer.content_type == "text/event-stream"
    steps = events(await answer.text())
    assert [name for name, _ in steps] == ["published", "acknowledged", "report", "drill"]
    assert steps[0][1] == {"service": "support", "epoch": 1, "revision": 2}
    assert steps[1][1]["worker"] == "worker-1"
    assert steps[2][1] == steps[3][1]["report"]
    assert steps[3][1]["restored"] is True


@pytest.mark.parametrize("headers", [{}, STREAM])
async def test_what_is_refused_is_refused_before_anything_else(
    api: AdminApi, headers: dict[str, str]
) -> None:
    answer = await api.client.post(DRILL, json=WHY, headers=headers)
    assert (answer.status, await code_of(answer)) == (409, "refused")
    assert "drill is not possible while idle" in (await answer.json())["detail"]
    await raised(api)
    other = await api.client.post(DRILL, json=WHY, headers={**headers, "If-Match": '"7"'})
    assert other.status == 412
    assert api.workers.heard == []


async def interrupted(api: AdminApi, interrupt: Callable[[], object]) -> Any:
    """Rehearse it; ``interrupt`` comes once it is published. Return what became of it."""
    await raised(api)
    api.workers.may_acknowledge.clear()
    answer = await api.client.post(DRILL, json=WHY, headers=STREAM)
    assert await answer.content.readline() == b"event: published\n"
    interrupt()
    api.workers.may_acknowledge.set()
    (name, told) = events("event: published\n" + await answer.text())[-1]
    assert name == "drill"
    return told


async def test_what_left_it_at_0_is_said(api: AdminApi) -> None:
    ill = Obstacle("legacy", "no endpoint is healthy")
    told = await interrupted(api, lambda: api.router.obstacles.append(ill))
    assert told["restored"] is False
    assert "no endpoint is healthy" in told["because"]
    assert (told["release"]["status"], told["release"]["held_for"]) == ("rolled_back", "drill")


async def test_a_store_that_takes_nothing_leaves_it_at_0(api: AdminApi) -> None:
    told = await interrupted(api, api.router.machine.break_store)
    assert told["restored"] is False
    assert "full" in told["because"]


async def test_whoever_goes_away_has_it_carried_out_to_its_end(api: AdminApi) -> None:
    await raised(api)
    api.workers.may_acknowledge.clear()
    answer = await api.client.post(DRILL, json=WHY, headers=STREAM)
    await answer.content.readline()
    answer.close()
    api.workers.has_heard.clear()
    api.workers.may_acknowledge.set()
    await api.workers.has_heard.wait()
    assert api.conductor.release("support").share == 5000


async def test_the_same_drill_is_made_once_and_answered_alike(api: AdminApi) -> None:
    await raised(api)
    key = {"Idempotency-Key": "monday"}
    first = await (await api.client.post(DRILL, json=WHY, headers=key)).json()
    for headers in (key, {**key, **STREAM}):
        again = await api.client.post(DRILL, json=WHY, headers=headers)
        assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
        told = await again.json()
        assert told["report"] == first["report"]
        assert told["release"]["revision"] == first["release"]["revision"]
    assert api.workers.shares() == [0, 5000]


async def test_whoever_may_not_is_refused_and_it_is_noted() -> None:
    async with AdminApi.serving(EVERYBODY) as api:
        answer = await api.client.post(DRILL, json=WHY, headers=bearer("viewer"))
        assert answer.status == 403
        (event,) = (await api.router.machine.store.events(service="support")).events
        assert (event.command, event.accepted) == ("drill", False)

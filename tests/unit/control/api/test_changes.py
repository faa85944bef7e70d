import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from router.errors import NotDurableError, StoreError, StoreUnavailableError
from router.model import BasisPoints
from router.release.state import Held, HeldFor, Release, Status
from tests.support.admin_api import AdminApi, code_of
from tests.support.fleets import OTHER, others_of
from tests.support.releases import NOON, PLAN, to
from tests.support.tokens import EVERYBODY, bearer

PERCENT = "/api/v1/services/support/percent"


@pytest.fixture
async def api() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving() as api:
        yield api


async def test_a_change_answers_with_the_release_that_follows(api: AdminApi) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 12.34, "reason": "first users"})
    assert answer.status == 200
    assert answer.headers["ETag"] == '"1"'
    told = await answer.json()
    assert told["percent"] == 12.34
    assert told["status"] == "rolling"
    assert told["revision"] == 1
    assert told["reason"] == "first users"
    assert told["by"] == "local"
    assert told["updated_at"] == "2026-09-21T14:14:20.000Z"
    assert told["acknowledged"] is True
    assert told["missing"] == []
    assert api.workers.shares() == [1234]


async def test_a_change_that_not_every_worker_acknowledged_is_accepted_and_names_it(
    api: AdminApi,
) -> None:
    api.workers.missing = ("worker-1",)
    answer = await api.client.put(PERCENT, json={"percent": 5})
    assert answer.status == 202
    told = await answer.json()
    assert (told["acknowledged"], told["missing"]) == (False, ["worker-1"])


async def test_changes_at_the_same_time_get_different_revisions(api: AdminApi) -> None:
    answers = await asyncio.gather(
        *(api.client.put(PERCENT, json={"percent": percent}) for percent in range(10))
    )
    told = [await answer.json() for answer in answers]
    assert sorted(release["revision"] for release in told) == list(range(1, 11))
    by_revision = sorted(told, key=lambda release: int(release["revision"]))
    assert api.workers.shares() == [release["percent"] * 100 for release in by_revision]


@pytest.mark.parametrize(
    ("header", "status"), [('"0"', 200), ("*", 200), ('"1"', 412), ('W/"0"', 400), ("0", 400)]
)
async def test_if_match_guards_against_a_change_in_between(
    api: AdminApi, header: str, status: int
) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 5}, headers={"If-Match": header})
    assert answer.status == status
    assert len(api.workers.heard) == (status == 200)


async def test_a_passed_revision_tells_the_current_one(api: AdminApi) -> None:
    await api.conductor.carry_out(to(5))
    answer = await api.client.put(PERCENT, json={"percent": 9}, headers={"If-Match": '"0"'})
    assert await code_of(answer) == "revision_passed"
    assert "revision 1" in await answer.text()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"20",
        b"{}",
        b'{"percent": "20"}',
        b'{"percent": true}',
        b'{"percent": null}',
        b'{"percent": -0.01}',
        b'{"percent": 100.01}',
        b'{"percent": 1e400}',
        b'{"percent": NaN}',
        b'{"percent": 12.345}',
        b'{"percent": 20, "reason": 7}',
        b'{"percent": 20, "raeson": "typo"}',
        b'{"percent": 20, "reason": "\xff"}',
        b'{"percent": 20, "reason": "' + b"x" * 501 + b'"}',
        b"[" * 60_000,
        b'{"percent": 5, "percent": 50}',
        b'{"percent": 5, "percent": 5}',
        b'{"percent": 5, "reason": "", "reas\\u006fn": "x"}',
        b'{"percent": ' + b"1" * 5000 + b', "percent": 5}',
    ],
)
async def test_a_malformed_body_is_refused_and_changes_nothing(api: AdminApi, body: bytes) -> None:
    answer = await api.client.put(PERCENT, data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert await code_of(answer) == "malformed_body"
    assert api.workers.heard == []


async def test_a_malformed_field_is_named(api: AdminApi) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 101})
    assert "percent" in (await answer.json())["detail"]


async def test_a_body_beyond_the_limit_is_refused(api: AdminApi) -> None:
    answer = await api.client.put(PERCENT, json={"percent": 1, "reason": "x" * 70_000})
    assert answer.status == 413
    assert await code_of(answer) == "body_too_large"
    assert api.workers.heard == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_taken_since_forms_need_no_permission(
    api: AdminApi, content_type: str
) -> None:
    answer = await api.client.put(
        PERCENT, data=b'{"percent": 5}', headers={"Content-Type": content_type}
    )
    assert answer.status == 415
    assert api.workers.heard == []


SHADOW = "/api/v1/services/support/shadow"


@pytest.fixture
async def copying() -> AsyncIterator[AdminApi]:
    plan = replace(PLAN, sample=BasisPoints(1000), approvals=2)
    async with AdminApi.serving(plan=plan) as api:
        yield api


async def test_copies_are_switched_off_and_on_again_and_who_did_is_kept(copying: AdminApi) -> None:
    told = []
    for body in ({"percent": 0, "reason": "night"}, {"percent": 2.5}, {"percent": None}):
        answer = await copying.client.put(SHADOW, json=body)
        assert answer.status == 200
        told.append(await answer.json())
    assert [(each["shadow_percent"], each["shadow_from"]) for each in told] == [
        (0, "command"),
        (2.5, "command"),
        (10, "config"),
    ]
    assert [(each["revision"], each["phase"], each["percent"]) for each in told] == [
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 0),
    ]
    # Who decided the share, and why, is not forgotten over it.
    assert {(each["by"], each["reason"]) for each in told} == {("start", "")}
    store = copying.router.machine.ledger.store
    page = await store.events(limit=10)
    assert [(each.command, each.who, each.why) for each in reversed(page.events)] == [
        ("shadow off", "local", "night"),
        ("shadow 2.5", "local", ""),
        ("shadow on", "local", ""),
    ]


async def test_copies_are_changed_only_as_they_were_seen(copying: AdminApi) -> None:
    late = await copying.client.put(SHADOW, json={"percent": 5}, headers={"If-Match": '"7"'})
    assert late.status == 412
    seen = await copying.client.put(SHADOW, json={"percent": 5}, headers={"If-Match": '"0"'})
    assert seen.status == 200


async def test_where_the_config_copies_nothing_nothing_can_be_switched_on(api: AdminApi) -> None:
    answer = await api.client.put(SHADOW, json={"percent": None})
    assert answer.status == 409
    told = await answer.json()
    assert (told["code"], told["refusal"]) == ("refused", "no_shadow")
    assert "has no `shadow` in the config" in told["detail"]
    shown = await (await api.client.get("/api/v1/services/support")).json()
    assert (shown["shadow_percent"], shown["shadow_from"]) == (None, None)


@pytest.mark.parametrize(
    "body", ["{}", '{"percent": "on"}', '{"percent": 101}', '{"percent": -1}', '{"percent": 1.005}']
)
async def test_a_share_of_copies_is_a_percentage_or_null(copying: AdminApi, body: str) -> None:
    answer = await copying.client.put(
        SHADOW, data=body.encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status == 400
    assert await code_of(answer) == "malformed_body"
    assert copying.workers.heard == []


START = "/api/v1/services/support/start"
KEY = {"Idempotency-Key": "a-key"}


async def move(api: AdminApi, name: str, **body: object) -> tuple[int, dict[str, Any]]:
    answer = await api.client.post(f"/api/v1/services/support/{name}", json=body)
    return answer.status, await answer.json()


async def test_a_release_goes_the_whole_way(api: AdminApi) -> None:
    way = []
    for name in ("start", "pause", "resume", "promote", "promote", "complete", "reset"):
        status, told = await move(api, name, reason=name)
        assert (status, told["reason"], told["acknowledged"]) == (200, name, True)
        way.append((told["status"], told["percent"], told["stage"]))
    assert way == [
        ("rolling", 5, 0),
        ("paused", 5, 0),
        ("rolling", 5, 0),
        ("rolling", 50, 1),
        ("rolling", 100, 2),
        ("complete", 100, 2),
        ("idle", 0, None),
    ]


async def test_a_share_of_its_own_is_no_stage(api: AdminApi) -> None:
    told = await (await api.client.put(PERCENT, json={"percent": 7})).json()
    assert told["stage"] is None


async def test_what_makes_no_sense_now_is_refused_with_its_reason(api: AdminApi) -> None:
    status, told = await move(api, "promote")
    assert (status, told["code"], told["refusal"]) == (409, "refused", "not_possible")
    assert api.workers.heard == []


async def test_a_release_is_completed_below_100_percent_by_force_alone(api: AdminApi) -> None:
    await move(api, "start")
    assert (await move(api, "complete"))[1]["refusal"] == "not_possible"
    assert (await move(api, "complete", force=True))[1]["status"] == "complete"


async def test_a_lost_state_is_left_by_somebodys_explicit_word_alone() -> None:
    async with AdminApi.serving() as api:
        lost = Release(
            "support",
            Status.PAUSED,
            epoch=1,
            held=Held(HeldFor.LOST_STATE, Status.ROLLING, BasisPoints(500), 0),
        )
        api.router.served.put(lost)
        shown = await (await api.client.get("/api/v1/services/support")).json()
        assert (shown["status"], shown["held_for"]) == ("paused", "lost_state")
        assert (await move(api, "resume"))[0] == 409
        api.router.served.remember("support")
        api.router.machine.shelf.releases["support"] = lost
        status, told = await move(api, "resume", confirm_lost_state=True)
        assert (status, told["percent"], told["held_for"]) == (200, 5, None)


@pytest.fixture
async def by_two() -> AsyncIterator[AdminApi]:
    async with AdminApi.serving(EVERYBODY, replace(PLAN, approvals=2)) as api:
        yield api


async def test_a_raise_waits_for_a_second_person(by_two: AdminApi) -> None:
    asked = await by_two.client.post(
        START, json={"reason": "time to go"}, headers=bearer("operator")
    )
    assert asked.status == 202
    told = await asked.json()
    assert (told["percent"], told["status"], told["missing"]) == (0, "idle", [])
    assert told["pending"] == {
        "command": "start",
        "percent": 5.0,
        "by": "operator",
        "reason": "time to go",
        "expires_at": "2026-09-22T14:14:20.000Z",
        "approved_by": [],
    }
    approve = "/api/v1/services/support/approve"
    again = await by_two.client.post(approve, json={}, headers=bearer("operator"))
    assert (await again.json())["refusal"] == "same_identity"
    yes = await by_two.client.post(approve, json={}, headers=bearer("admin"))
    told = await yes.json()
    assert (yes.status, told["percent"], told["pending"]) == (200, 5, None)
    assert (told["by"], told["approved_by"]) == ("operator", ["admin"])


async def test_a_raise_that_has_waited_for_too_long_is_shown_no_more(by_two: AdminApi) -> None:
    await by_two.client.post(START, json={}, headers=bearer("operator"))
    by_two.moment.now = NOON + 2 * 24 * 3600
    shown = await by_two.client.get("/api/v1/services/support", headers=bearer("viewer"))
    assert (await shown.json())["pending"] is None


async def test_what_was_decided_before_a_rollback_gives_ai_nothing_after_it(api: AdminApi) -> None:
    may_go_on = asyncio.Event()
    api.moment.is_read.clear()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"reason": '
        await may_go_on.wait()
        yield b'"too late"}'

    raising = asyncio.ensure_future(
        api.client.post(START, data=slowly(), headers={"Content-Type": "application/json"})
    )
    await api.moment.is_read.wait()
    assert (await api.client.post("/api/v1/rollback")).status == 200
    may_go_on.set()
    told = await (await raising).json()
    assert (told["code"], told["refusal"]) == ("refused", "epoch_passed")


# The same request twice...


async def test_a_request_that_comes_again_is_answered_as_before(api: AdminApi) -> None:
    first = await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
    again = await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
    told, told_again = await first.json(), await again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"] == '"1"'
    assert (told["revision"], told["percent"]) == (told_again["revision"], told_again["percent"])
    assert api.workers.shares() == [500]


async def test_who_has_not_followed_is_said_as_it_is_when_the_answer_is_repeated(
    api: AdminApi,
) -> None:
    await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
    late = await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
    assert (late.status, (await late.json())["missing"]) == (202, ["worker-1"])
    api.seats[0] = replace(api.seats[0], stands={"support": (0, 7)})
    there = await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
    assert (there.status, (await there.json())["acknowledged"]) == (200, True)


async def test_so_is_a_replica_that_has_not_followed() -> None:
    others = others_of()
    others.fleet.serves(OTHER, support=(0, 7))
    async with AdminApi.serving(others=others) as api:
        api.seats[0] = replace(api.seats[0], stands={"support": (0, 7)})
        await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
        others.fleet.serves(OTHER, support=(0, 0))
        late = await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
        assert (late.status, (await late.json())["missing"]) == (202, ["r2"])


async def test_a_key_is_for_one_request(api: AdminApi) -> None:
    await api.client.put(PERCENT, json={"percent": 5}, headers=KEY)
    for path, body in (
        (PERCENT, {"percent": 6}),
        ("/api/v1/services/orders/percent", {"percent": 5}),
    ):
        answer = await api.client.put(path, json=body, headers=KEY)
        assert (answer.status, await code_of(answer)) == (422, "idempotency_key_reused")
    assert api.workers.shares() == [500]


async def test_a_key_belongs_to_its_caller() -> None:
    async with AdminApi.serving(EVERYBODY) as api:
        for name in ("operator", "admin"):
            headers = {**KEY, **bearer(name)}
            answer = await api.client.put(PERCENT, json={"percent": 5}, headers=headers)
            assert (await answer.json())["by"] == name


async def test_a_raise_that_waits_is_said_to_wait_again(by_two: AdminApi) -> None:
    headers = {**KEY, **bearer("operator")}
    for _ in range(2):
        answer = await by_two.client.post(START, json={}, headers=headers)
        assert answer.status == 202
        assert (await answer.json())["pending"]["by"] == "operator"


# What cannot be kept...


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotDurableError("the disk is full"), "not_durable"),
        (StoreUnavailableError("another program holds it"), "store_unavailable"),
    ],
)
async def test_a_change_that_cannot_be_kept_changes_nothing(
    api: AdminApi, error: StoreError, kind: str
) -> None:
    api.router.machine.store.error = error
    answer = await api.client.put(PERCENT, json={"percent": 5})
    assert (answer.status, await code_of(answer)) == (507, kind)
    assert str(error) in await answer.text()
    assert api.workers.heard == []

"""Routers on a real Redis that goes away, comes back and forgets."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.store.redis_scripts import Keys
from tests.support.redis_servers import Redis, running
from tests.support.serving import OPERATED, PATIENCE, AdminAnswer, RunningRouter, service

pytestmark = pytest.mark.slow

PASSWORD = "hunter2-Qx7"  # noqa: S105 - of a server that lives as long as a test
SHARE = 30
KEYS = Keys("gray")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with running(tmp_path, "user default on nopass ~* &* +@all", USER) as server:
        yield server


USER = f"user gray on >{PASSWORD} ~* resetchannels &* +@all"


@pytest.fixture
def config(redis: Redis) -> dict[str, object]:
    url = redis.url.replace("//", "//gray:${REDIS_PASSWORD}@")
    services = [service(legacy=9, ai=9)]
    return {"services": services, "admin": OPERATED, "store": {"url": url}, "lease": "3s"}


@pytest.fixture
def router(config: dict[str, object]) -> Iterator[RunningRouter]:
    with RunningRouter(config, environment={"REDIS_PASSWORD": PASSWORD}) as router:
        yield router
        assert PASSWORD not in router.said


def release(router: RunningRouter) -> dict[str, Any]:
    found: dict[str, Any] = router.admin("GET", "/api/v1/services/support").data
    return found


def commands(router: RunningRouter) -> list[str]:
    events = router.admin("GET", "/api/v1/events").data["events"]
    return [event["command"] for event in events]


def resumed(router: RunningRouter) -> AdminAnswer:
    body = {"confirm_lost_state": True}
    return router.admin("POST", "/api/v1/services/support/resume", body)


def rolled_back(router: RunningRouter) -> dict[str, Any]:
    report: dict[str, Any] = router.admin("POST", "/api/v1/services/support/rollback", {}).data
    return report


def test_what_a_router_keeps_the_next_one_finds(
    config: dict[str, object], router: RunningRouter
) -> None:
    router.set_percent(SHARE)
    assert router.stop() == 0
    with RunningRouter(config, environment={"REDIS_PASSWORD": PASSWORD}) as other:
        assert release(other)["percent"] == SHARE


def test_a_router_follows_what_another_one_keeps(
    config: dict[str, object], router: RunningRouter
) -> None:
    with RunningRouter(config, environment={"REDIS_PASSWORD": PASSWORD}) as other:
        router.set_percent(SHARE)
        assert other.wait_for("release_followed")["percent"] == SHARE
        assert rolled_back(other)["durable"] == "store"
        assert release(router)["status"] == "rolled_back"


def test_a_rollback_while_redis_is_away_is_brought_when_it_is_back(
    redis: Redis, router: RunningRouter
) -> None:
    router.set_percent(SHARE)
    redis.stop()
    router.wait_for("store_lost")
    refused = router.admin("PUT", "/api/v1/services/support/percent", {"percent": SHARE + 1})
    assert refused.data["code"] == "store_unavailable"
    report = rolled_back(router)
    assert (report["durable"], report["complete"], report["percent"]) == ("journal", True, 0)
    redis.start()
    router.wait_for("store_found")
    until = time.monotonic() + PATIENCE
    while (found := commands(router)) != ["rollback", f"set {SHARE}", "begin"]:
        assert time.monotonic() < until, found


def test_a_redis_that_was_emptied_gives_nothing_to_ai(redis: Redis, router: RunningRouter) -> None:
    router.set_percent(SHARE)
    redis.tell("FLUSHALL")
    assert router.wait_for("state_lost")["services"] == ["support"]
    found = release(router)
    assert (found["percent"], found["status"]) == (0, "paused")
    early = resumed(router)
    assert (early.status, early.data["refusal"]) == (409, "held_back")
    assert "others may know more: ask again in" in early.data["detail"]
    until = time.monotonic() + PATIENCE
    while (late := resumed(router)).status != 200:
        assert time.monotonic() < until, late.data
        time.sleep(0.2)
    assert late.data["percent"] == SHARE
    assert b"support" in redis.tell("HGETALL", KEYS.releases)

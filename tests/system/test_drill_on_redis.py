"""A drill over two routers that share a Redis: all of it is one, and so is what leaves it at 0."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.named_backends import Backend, named_backends
from tests.support.redis_servers import Redis, free_port, running
from tests.support.serving import OPERATED, AdminAnswer, RunningRouter, service

pytestmark = pytest.mark.slow

SHARE = 30
PATH = "/api/v1/services/support"
Pair = tuple[RunningRouter, RunningRouter]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def backends() -> Iterator[dict[str, Backend]]:
    with named_backends() as both:
        yield both


@pytest.fixture
def both(redis: Redis, backends: dict[str, Backend], tmp_path: Path) -> Iterator[Pair]:
    configs = [config_of(name, redis, backends) for name in ("r1", "r2")]
    folders = [tmp_path / name for name in ("r1", "r2")]
    for folder in folders:
        folder.mkdir()
    with (
        RunningRouter(configs[0], folders[0]) as one,
        RunningRouter(configs[1], folders[1]) as other,
    ):
        one.set_percent(SHARE)
        other.wait_for("release_followed")
        yield one, other


def config_of(name: str, redis: Redis, backends: dict[str, Backend]) -> dict[str, object]:
    listen = f"127.0.0.1:{free_port()}"
    secret = "a-key-that-all-replicas-share-32"  # noqa: S105 - of servers that live as long as a test
    return {
        "services": [service(legacy=backends["legacy"].port, ai=backends["ai"].port)],
        "admin": OPERATED,
        "store": {"url": redis.url},
        "lease": "3s",
        "replica": {
            "name": name,
            "listen": listen,
            "advertise": f"http://{listen}",
            "secret": secret,
        },
    }


def release(router: RunningRouter) -> dict[str, Any]:
    return dict(router.admin("GET", PATH).data)


def rehearsed(router: RunningRouter) -> AdminAnswer:
    return router.admin("POST", f"{PATH}/drill", {"reason": "monthly"})


def test_every_router_rehearses_and_every_one_is_as_before(both: Pair) -> None:
    one, other = both
    answer = rehearsed(one)
    told = answer.data
    assert (answer.status, told["restored"]) == (200, True), told
    assert told["report"]["complete"] is True
    assert {each["replica"] for each in told["report"]["replicas"]} == {"r1", "r2"}
    while release(other)["revision"] < told["release"]["revision"]:
        other.wait_for("release_followed")
    for router in both:
        stands = release(router)
        assert (stands["status"], stands["percent"], stands["epoch"]) == ("rolling", SHARE, 1)
        assert stands["last_drill"]["applied_ms"] == told["applied_ms"]
        assert router.metric("last_drill_timestamp_seconds", service="support") > 0


def test_a_rollback_by_another_router_leaves_it_at_0_everywhere(both: Pair) -> None:
    one, other = both
    answers: list[AdminAnswer] = []
    rehearsing = threading.Thread(target=lambda: answers.append(rehearsed(one)))
    rehearsing.start()
    one.wait_for("rolled_back")
    report = other.admin("POST", f"{PATH}/rollback", {"reason": "it lies"}).data
    rehearsing.join()
    assert report["complete"] is True
    assert (answers[0].status, answers[0].data["restored"]) == (200, False)
    for router in both:
        stands = release(router)
        assert (stands["status"], stands["percent"], stands["held_for"]) == ("rolled_back", 0, None)


def test_a_redis_that_goes_away_leaves_it_at_0(both: Pair, redis: Redis) -> None:
    one, other = both
    answers: list[AdminAnswer] = []
    rehearsing = threading.Thread(target=lambda: answers.append(rehearsed(one)))
    rehearsing.start()
    one.wait_for("rolled_back")
    redis.stop()
    rehearsing.join()
    assert (answers[0].status, answers[0].data["restored"]) == (200, False)
    assert {release(router)["percent"] for router in both} == {0}
    assert other.metric("split_percent", service="support") == 0

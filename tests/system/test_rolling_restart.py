"""Two replicas on one Redis, behind a load balancer, that are restarted one after the other."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.routing.buckets import bucket_of
from router.store.redis_scripts import Keys
from tests.support.balancing import KEY, Balancer, Client
from tests.support.load import NamedBackend
from tests.support.redis_servers import Redis, free_port, running
from tests.support.serving import OPERATED, PATIENCE, RunningRouter, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SHARE = 20
USERS = [f"user-{number}" for number in range(60)]
AI_USERS = {user for user in USERS if bucket_of("support")(user.encode()) < SHARE * 100}
Backends = tuple[NamedBackend, NamedBackend]
STICKY = {"key": f"header:{KEY}"}
HOLD = {"on_partition": "hold"}
NEWER = b'{"format": 2, "release": {"serves": "something else"}}'
DECIDED = ("percent", "status", "epoch", "revision", "phase", "updated_at")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def backends() -> Iterator[Backends]:
    with NamedBackend("legacy") as legacy, NamedBackend("ai") as ai:
        yield legacy, ai


class Replica:
    """One that may be stopped and started again where it was."""

    def __init__(
        self, folder: Path, redis: Redis, backends: Backends, lease: str, **more: Any
    ) -> None:
        folder.mkdir()
        legacy, ai = (backend.port for backend in backends)
        self.port = free_port()
        self._folder = folder
        self._config: dict[str, object] = {
            "proxy": {"listen": f"127.0.0.1:{self.port}", "workers": 1},
            "store": {"url": redis.url},
            "admin": OPERATED,
            "lease": lease,
            "services": [service(legacy=legacy, ai=ai, **more)],
        }
        self.router = RunningRouter(self._config, folder)

    def stop(self) -> None:
        assert self.router.stop() == 0
        self.router.close()

    def close(self) -> None:
        self.router.close()

    def start(self) -> None:
        self.router = RunningRouter(self._config, self._folder)

    def decided(self) -> dict[str, Any]:
        found = self.router.admin("GET", "/api/v1/services/support").data
        return {name: found[name] for name in DECIDED}


@contextlib.contextmanager
def replicas(
    folder: Path, redis: Redis, backends: Backends, lease: str = "15s", **more: Any
) -> Iterator[tuple[Replica, ...]]:
    with contextlib.ExitStack() as stack:
        both: list[Replica] = []
        for name in ("r1", "r2"):
            replica = Replica(folder / name, redis, backends, lease, **more)
            stack.callback(replica.close)
            both.append(replica)
        yield tuple(both)


def test_replicas_that_are_restarted_one_after_the_other_lose_no_request_and_move_nobody(
    tmp_path: Path, redis: Redis, backends: Backends
) -> None:
    with replicas(tmp_path, redis, backends, split=STICKY) as (first, second):
        first.router.set_percent(SHARE)
        second.router.wait_for("release_followed")
        before = first.decided()
        with Balancer([first.port, second.port], USERS) as load:
            for replica in (first, second):
                load.await_round()
                replica.stop()
                load.await_round()
                replica.start()
            load.await_round()
        assert load.failures == []
        answered = {user: set(load.answers[user]) for user in USERS}
        assert answered == {user: {(200, "ai" if user in AI_USERS else "legacy")} for user in USERS}
        assert first.decided() == second.decided() == before
        for replica in (first, second):
            assert replica.router.metric("assignments_total", reason="lease_lost") == 0


def test_a_rollback_waits_for_nobody_who_was_stopped_and_whoever_starts_begins_with_it(
    tmp_path: Path, redis: Redis, backends: Backends
) -> None:
    with replicas(tmp_path, redis, backends, split=STICKY) as (first, second):
        first.router.set_percent(SHARE)
        second.router.wait_for("release_followed")
        first.stop()
        report = second.router.admin("POST", "/api/v1/services/support/rollback", {}).data
        assert (report["complete"], report["durable"]) == (True, "store")
        first.start()
        assert first.decided() == second.decided()
        with Balancer([first.port], USERS) as load:
            load.await_round()
        assert load.failures == []
        assert {answer for user in USERS for answer in load.answers[user]} == {(200, "legacy")}


def test_replicas_leave_ai_where_a_newer_one_wrote_what_they_cannot_read_and_none_holds_on(
    tmp_path: Path, redis: Redis, backends: Backends
) -> None:
    releases = Keys("gray").releases
    with replicas(tmp_path, redis, backends, lease="3s", release=HOLD) as (first, second):
        first.router.set_percent(100)
        first.router.admin("POST", "/api/v1/services/support/complete", {})
        second.router.wait_for("hold_without_bound")
        (_, readable) = redis.tell("HGET", releases, "support").split(b"\r\n")[:2]
        redis.tell("HSET", releases, "support", NEWER)
        for replica in (first, second):
            assert "its format is 2" in replica.router.wait_for("store_too_new")["error"]
            replica.router.wait_for("lease_lost")
            assert answered(replica) == "legacy"
            assert replica.decided()["status"] == "complete"
        redis.tell("HSET", releases, "support", readable)
        for replica in (first, second):
            replica.router.wait_for("lease_held")
            assert answered(replica) == "ai"


def test_a_rollback_is_heard_past_a_store_that_cannot_be_read_and_brought_to_it_when_it_can(
    tmp_path: Path, redis: Redis, backends: Backends
) -> None:
    releases = Keys("gray").releases
    with replicas(tmp_path, redis, backends) as (first, second):
        first.router.set_percent(SHARE)
        second.router.wait_for("release_followed")
        (_, readable) = redis.tell("HGET", releases, "support").split(b"\r\n")[:2]
        redis.tell("HSET", releases, "support", NEWER)
        first.router.wait_for("store_too_new")
        report = first.router.admin("POST", "/api/v1/services/support/rollback", {}).data
        assert (report["percent"], report["durable"]) == (0, "journal")
        assert answered(first) == "legacy"
        assert second.router.wait_for("rollback_obeyed")["complete"]
        assert answered(second) == "legacy"
        redis.tell("HSET", releases, "support", readable)
        until = time.monotonic() + PATIENCE
        while b'"status":"rolled_back"' not in redis.tell("HGET", releases, "support"):
            assert time.monotonic() < until
            time.sleep(0.05)


def answered(replica: Replica) -> str:
    client = Client([replica.port])
    try:
        return client.ask(1, USERS[0])[1]
    finally:
        client.close()

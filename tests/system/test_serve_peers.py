"""Routers that share a Redis and reach each other: what a rollback is when the Redis is gone."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from router.control.fleet.address_book import FILE
from tests.support.certificates import Authority
from tests.support.redis_servers import Redis, free_port, running
from tests.support.serving import OPERATED, PATIENCE, RunningRouter, service

pytestmark = pytest.mark.slow

SHARED_KEY = "a-key-that-all-replicas-share-32"
SHARE = 30


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with running(tmp_path) as server:
        yield server


def config_of(name: str, redis: Redis, replica: dict[str, object]) -> dict[str, object]:
    return {
        "services": [service(legacy=9, ai=9, release={"stream_drain": "1s"})],
        "admin": OPERATED,
        "store": {"url": redis.url},
        "lease": "3s",
        "replica": {"name": name, "listen": f"127.0.0.1:{free_port()}", **replica},
    }


def by_secret(name: str, redis: Redis) -> dict[str, object]:
    config = config_of(name, redis, {"secret": SHARED_KEY})
    return found_at("http", config)


def by_certificates(name: str, redis: Redis, authority: Authority) -> dict[str, object]:
    own = authority.issue("IP:127.0.0.1")
    ca = own.certificate_path.with_name("authority.pem")
    tls = {"cert": str(own.certificate_path), "key": str(own.key_path), "client_ca": str(ca)}
    return found_at("https", config_of(name, redis, {"tls": tls}))


def found_at(scheme: str, config: dict[str, Any]) -> dict[str, object]:
    config["replica"]["advertise"] = f"{scheme}://{config['replica']['listen']}"
    return config


def know_each_other(*folders: Path) -> None:
    """Wait until each has written down where all of them are."""
    until = time.monotonic() + PATIENCE
    for file in (folder / "data" / FILE for folder in folders):
        known = 0
        while known < len(folders):
            assert time.monotonic() < until, f"{file}: {known}"
            known = len(orjson.loads(file.read_bytes())["members"]) if file.exists() else 0
            time.sleep(0.05)


def rolled_back(router: RunningRouter) -> dict[str, Any]:
    report: dict[str, Any] = router.admin("POST", "/api/v1/services/support/rollback", {}).data
    return report


def status(router: RunningRouter) -> str:
    return str(router.admin("GET", "/api/v1/services/support").data["status"])


@pytest.mark.parametrize("trust", ["secret", "certificates"])
def test_a_rollback_is_heard_by_all_while_redis_is_gone(
    redis: Redis, tmp_path: Path, trust: str
) -> None:
    authority = Authority(tmp_path)
    configs, folders = [], []
    for name in ("r1", "r2"):
        is_secret = trust == "secret"
        configs.append(
            by_secret(name, redis) if is_secret else by_certificates(name, redis, authority)
        )
        folders.append(tmp_path / name)
        folders[-1].mkdir()
    with (
        RunningRouter(configs[0], folders[0]) as one,
        RunningRouter(configs[1], folders[1]) as other,
    ):
        one.set_percent(SHARE)
        other.wait_for("release_followed")
        know_each_other(*folders)
        redis.stop()
        report = rolled_back(one)
        assert (report["complete"], report["bound_s"]) == (True, 0)
        assert {each["replica"] for each in report["replicas"]} == {"r1", "r2"}
        assert report["applied_ms"] < 1000
        assert status(other) == "rolled_back"
        assert SHARED_KEY not in one.said + other.said


def test_a_replica_that_starts_while_redis_is_gone_knows_the_others(
    redis: Redis, tmp_path: Path
) -> None:
    configs = [by_secret(name, redis) for name in ("r1", "r2")]
    folders = [tmp_path / name for name in ("r1", "r2")]
    for folder in folders:
        folder.mkdir()
    with RunningRouter(configs[1], folders[1]) as other:
        with RunningRouter(configs[0], folders[0]) as one:
            one.set_percent(SHARE)
            other.wait_for("release_followed")
            know_each_other(*folders)
            redis.stop()
            assert one.stop() == 0
        with RunningRouter(configs[0], folders[0]) as again:
            rolled_back(again)
            assert other.wait_for("rollback_obeyed")["service"] == "support"
            assert status(other) == "rolled_back"

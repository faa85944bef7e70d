"""A release and whatever may happen to its router: it stands as it was last answered, or lower."""

import http.client
import os
import resource
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.named_backends import Backend, named_backends
from tests.support.serving import AdminAnswer, RunningRouter, service

MANY = 20
"""Requests by which it is seen who serves."""

ROOM = 64 * 1024
"""Bytes that a file may have on the full disk: fewer than the store's log, more than a journal's
slots that are used first."""


@pytest.fixture
def backends() -> Iterator[dict[str, Backend]]:
    with named_backends() as both:
        yield both


@pytest.fixture
def router(backends: dict[str, Backend], tmp_path: Path) -> Iterator[RunningRouter]:
    only = service(legacy=backends["legacy"].server_port, ai=backends["ai"].server_port)
    # Whoever forces AI gets it, at 0 percent too; after a rollback nobody does.
    only["split"] = {"force": {"header": "x-please", "from": ["127.0.0.1/32"]}}
    with RunningRouter({"services": [only]}, tmp_path) as running:
        yield running


def served_by(router: RunningRouter) -> set[str]:
    return {ask(router) for _ in range(MANY)}


def ask(router: RunningRouter, **headers: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=10)
    try:
        connection.request("GET", "/", headers={k.replace("_", "-"): v for k, v in headers.items()})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def put(router: RunningRouter, percent: float) -> AdminAnswer:
    return router.admin("PUT", "/api/v1/services/support/percent", {"percent": percent})


def roll_back(router: RunningRouter) -> dict[str, Any]:
    answer = router.admin("POST", "/api/v1/services/support/rollback", {"reason": "it lies"})
    assert answer.status == 200, answer.body
    return dict(answer.data)


def release(router: RunningRouter) -> dict[str, Any]:
    return dict(router.admin("GET", "/api/v1/services/support").data)


def kill(router: RunningRouter) -> None:
    router.process.kill()
    router.exit_code()


def end_whole(router: RunningRouter) -> None:
    """End everything at once, as when the machine's power fails."""
    for pid in [router.process.pid, *router.worker_pids]:
        os.kill(pid, signal.SIGKILL)
    router.exit_code()


def test_a_router_comes_back_as_it_was(router: RunningRouter) -> None:
    put(router, 100)
    before = release(router)
    assert router.stop() == 0
    with router.followed() as second:
        assert served_by(second) == {"ai"}
        after = release(second)
        for name in ("percent", "status", "epoch", "revision", "updated_at", "by"):
            assert after[name] == before[name]


def test_whoever_loses_its_power_comes_back_as_it_was(router: RunningRouter) -> None:
    put(router, 100)
    end_whole(router)
    with router.followed() as second:
        assert served_by(second) == {"ai"}


def test_a_rollback_is_for_everybody_and_outlives_a_kill_right_after_its_answer(
    router: RunningRouter, backends: dict[str, Backend]
) -> None:
    put(router, 100)
    assert served_by(router) == {"ai"}
    report = roll_back(router)
    asked = backends["ai"].asked
    kill(router)
    assert (report["complete"], report["percent"], report["epoch"]) == (True, 0, 1)
    assert report["durable"] == "store"
    assert served_by(router) == {"legacy"}  # by workers that nobody supervises now
    with router.followed() as second:
        assert served_by(second) == {"legacy"}
        assert ask(second, x_please="ai") == "legacy"
        assert release(second)["status"] == "rolled_back"
        assert second.metric("release_status", service="support", status="rolled_back") == 1
    assert backends["ai"].asked == asked


def test_what_was_decided_after_a_rollback_is_served_again(router: RunningRouter) -> None:
    put(router, 100)
    roll_back(router)
    assert put(router, 100).status == 200
    assert served_by(router) == {"ai"}
    assert router.metric("time_to_zero_seconds_count") == 1


def test_a_worker_that_stands_still_is_replaced_and_the_rollback_complete(
    router: RunningRouter,
) -> None:
    put(router, 100)
    stopped = router.worker_pids[0]
    os.kill(stopped, signal.SIGSTOP)
    report = roll_back(router)
    assert router.wait_for("worker_replaced")["level"] == "error"
    assert report["complete"] is True
    assert report["applied_ms"] >= 800  # it may have asked AI until it was killed
    assert stopped not in router.worker_pids
    assert served_by(router) == {"legacy"}


def test_a_full_disk_refuses_a_change_and_keeps_a_rollback(router: RunningRouter) -> None:
    for percent in range(15):  # until the store's log has no room any more
        put(router, percent)
    put(router, 100)
    resource.prlimit(router.process.pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
    refused = put(router, 50)
    assert (refused.status, refused.data["code"]) == (507, "not_durable")
    assert served_by(router) == {"ai"}
    report = roll_back(router)
    assert (report["complete"], report["durable"]) == (True, "journal")
    assert served_by(router) == {"legacy"}
    assert router.metric("store_up") == 0
    end_whole(router)
    with router.followed() as second:
        assert served_by(second) == {"legacy"}
        assert release(second)["status"] == "rolled_back"
        events = second.admin("GET", "/api/v1/events").data["events"]
        assert "rollback" in [event["command"] for event in events]


def test_a_store_that_cannot_be_read_leaves_ai_at_0_until_somebody_says_otherwise(
    router: RunningRouter,
) -> None:
    put(router, 100)
    assert router.stop() == 0
    data = router.config.parent / "data"
    (data / "gray-router.db").write_bytes(b"no database at all" * 1000)
    with router.followed() as second:
        told = second.wait_for("state_lost") if not has(second, "state_lost") else {}
        assert told.get("level", "error") == "error"
        assert served_by(second) == {"legacy"}
        assert ask(second, x_please="ai") == "legacy"
        assert release(second)["status"] == "paused"
        assert list(data.glob("gray-router.db.damaged-*"))
        assert put(second, 0).status == 200
        assert put(second, 100).status == 200
        assert served_by(second) == {"ai"}


def has(router: RunningRouter, name: str) -> bool:
    return name in [event["event"] for event in router.events]


def test_without_a_journal_ai_is_held_at_0_until_there_is_one(router: RunningRouter) -> None:
    put(router, 100)
    assert router.stop() == 0
    journal = router.config.parent / "data" / "rollback.journal"
    journal.unlink()
    journal.mkdir()
    with router.followed() as second:
        assert has(second, "ai_held") or second.wait_for("ai_held")
        assert served_by(second) == {"legacy"}
        assert put(second, 50).status == 507
        shutil.rmtree(journal)
        second.wait_for("ai_let_go")
        assert put(second, 100).status == 200
        assert served_by(second) == {"ai"}


def test_what_is_answered_outlives_a_store_and_a_journal_that_somebody_removes(
    router: RunningRouter,
) -> None:
    put(router, 20)
    data = router.config.parent / "data"
    (data / "rollback.journal").unlink()
    for part in data.glob("gray-router.db*"):
        part.unlink()
    put(router, 30)  # refused, unless the files are there again by now
    router.wait_for("store_displaced")
    assert any(put(router, 100).status == 200 for _ in range(MANY))
    before = release(router)
    end_whole(router)
    with router.followed() as second:
        assert served_by(second) == {"ai"}
        assert release(second)["revision"] == before["revision"]


def test_a_folder_that_somebody_removes_costs_no_memory(router: RunningRouter) -> None:
    put(router, 100)
    shutil.rmtree(router.config.parent / "data")
    router.wait_for("state_dir_restored")
    assert served_by(router) == {"ai"}
    assert roll_back(router)["durable"] == "store"
    end_whole(router)
    with router.followed() as second:
        assert release(second)["status"] == "rolled_back"
        assert served_by(second) == {"legacy"}

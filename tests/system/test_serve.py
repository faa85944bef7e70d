"""The router as an operator runs it: real processes, real signals."""

import http.client
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from router.settings.cores import usable_cores
from tests.support.named_backends import Backend, named_backends
from tests.support.serving import RunningRouter, Serving, service


@pytest.fixture
def backends() -> Iterator[dict[str, Backend]]:
    with named_backends() as both:
        yield both


@pytest.fixture
def router(backends: dict[str, Backend]) -> Iterator[RunningRouter]:
    with RunningRouter(config(backends)) as running:
        yield running


def config(backends: dict[str, Backend]) -> dict[str, object]:
    return {"services": [service(legacy=backends["legacy"].port, ai=backends["ai"].port)]}


def get(router: RunningRouter, path: str = "/", port: int | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port or router.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_a_started_router_says_that_it_is_ready_and_serves_legacy(router: RunningRouter) -> None:
    assert router.admin("GET", "/readyz").status == 200
    assert router.admin("GET", "/livez").status == 200
    assert {get(router) for _ in range(20)} == {"legacy"}


def test_every_address_of_a_list_is_served(backends: dict[str, Backend]) -> None:
    both = {**config(backends), "proxy": {"listen": ["127.0.0.1:0", "localhost:0"]}}
    with RunningRouter(both) as router:
        first, second = router.ports
        assert first != second
        assert get(router, port=first) == get(router, port=second) == "legacy"


def test_the_next_request_after_a_change_is_answered_by_the_new_share(
    router: RunningRouter,
) -> None:
    router.set_percent(100)
    assert get(router) == "ai"
    router.set_percent(0)
    assert get(router) == "legacy"


def test_metrics_count_what_was_served(router: RunningRouter) -> None:
    for _ in range(3):
        get(router)
    router.set_percent(100)
    for _ in range(4):
        get(router)
    assert router.metric("requests_total", variant="legacy", code="200") == 3
    assert router.metric("requests_total", variant="ai", code="200") == 4
    assert router.metric("assignments_total", variant="ai") == 4
    assert router.metric("request_duration_seconds_count", service="support") == 7
    assert router.metric("split_percent", service="support") == 100
    assert router.metric("effective_percent", service="support") == 100
    assert router.metric("release_status", status="rolling") == 1
    assert router.metric("workers", state="ready") == 1 + usable_cores()  # one is kept warm


def test_a_killed_worker_is_replaced_and_serves_by_the_same_share(router: RunningRouter) -> None:
    router.set_percent(100)
    get(router)
    killed = router.worker_pids[0]
    os.kill(killed, signal.SIGKILL)
    assert router.wait_for("worker_died")["status"] == -signal.SIGKILL
    # Nobody has to wait for the new worker: the listening sockets never closed.
    assert get(router) == "ai"
    assert router.wait_for("worker_ready")["pid"] != killed
    assert router.metric("requests_total") == 2


def test_sigterm_lets_a_request_in_flight_finish_and_leaves_no_process(
    router: RunningRouter, backends: dict[str, Backend]
) -> None:
    answers: list[str] = []
    client = threading.Thread(target=lambda: answers.append(get(router, "/slow")))
    client.start()
    assert backends["legacy"].has_slow_request.wait(10)
    workers = {psutil.Process(pid) for pid in router.worker_pids}
    router.process.terminate()
    router.wait_for("draining")
    assert router.admin("GET", "/readyz").data["code"] == "draining"
    backends["legacy"].may_answer.set()
    assert router.exit_code() == 0
    client.join(10)
    assert answers == ["legacy"]
    assert psutil.wait_procs(workers, timeout=0)[1] == []


def test_a_second_signal_ends_at_once(router: RunningRouter, backends: dict[str, Backend]) -> None:
    client = threading.Thread(target=abandoned, args=(router,))
    client.start()
    assert backends["legacy"].has_slow_request.wait(10)
    workers = {psutil.Process(pid) for pid in router.worker_pids}
    router.process.send_signal(signal.SIGINT)
    router.wait_for("draining")
    router.process.send_signal(signal.SIGINT)
    assert router.exit_code() == 0
    assert psutil.wait_procs(workers, timeout=0)[1] == []
    client.join(10)


def abandoned(router: RunningRouter) -> None:
    with pytest.raises((http.client.HTTPException, OSError)):
        get(router, "/slow")


def test_a_killed_supervisor_s_workers_serve_on_until_the_next_one_follows(
    router: RunningRouter,
) -> None:
    router.set_percent(100)
    workers = {psutil.Process(pid) for pid in router.worker_pids}
    router.process.kill()
    router.exit_code()
    assert get(router) == "ai"
    os.kill(router.worker_pids[0], signal.SIGKILL)
    # The others accept in its place, though nobody tells them to: no connection is left to wait.
    assert {get(router) for _ in range(20)} == {"ai"}
    with router.followed() as second:
        assert second.ports == router.ports
        assert psutil.wait_procs(workers, timeout=10)[1] == []
        assert get(router) == "ai"


def test_counters_go_on_over_the_death_of_workers_and_of_their_supervisor(
    router: RunningRouter,
) -> None:
    ask(router, 10)
    os.kill(router.worker_pids[0], signal.SIGKILL)
    router.wait_for("worker_died")
    ask(router, 10)
    router.process.kill()
    router.exit_code()
    ask(router, 10)
    with router.followed() as second:
        assert second.metric("requests_total") == 30
        while second.metric("workers", state="leaving"):
            second.wait_for("orphan_ended")
        assert second.metric("requests_total") == 30


def test_coverage_knows_what_was_drawn_while_there_was_no_supervisor(
    backends: dict[str, Backend],
) -> None:
    shadow = {"send": "both", "methods": ["POST"], "side_effects": "none"}
    ports = {name: backend.port for name, backend in backends.items()}
    drawing = {"services": [service(legacy=ports["legacy"], ai=ports["ai"], shadow=shadow)]}
    with RunningRouter(drawing) as router:
        ask(router, 10)
        await_eligible(router, 10)
        ask(router, 3)
        router.process.kill()
        router.exit_code()
        ask(router, 10)
        with router.followed() as second:
            await_eligible(second, 23)
            ask(second, 1)
            await_eligible(second, 24)


def ask(router: RunningRouter, times: int) -> None:
    for _ in range(times):
        get(router)


def await_eligible(router: RunningRouter, expected: int) -> None:
    """Wait until so many requests are booked as drawn."""
    until = time.monotonic() + 15
    seen = -1
    while seen != expected and time.monotonic() < until:
        time.sleep(0.1)
        said = router.admin("GET", "/api/v1/services/support/divergences").data
        seen = said["coverage"]["eligible"]
    assert seen == expected


def test_workers_whose_state_dir_is_gone_end_with_their_supervisor(router: RunningRouter) -> None:
    workers = {psutil.Process(pid) for pid in router.worker_pids}
    router.process.send_signal(signal.SIGSTOP)  # or it would make the folder again
    shutil.rmtree(router.config.parent / "data")
    router.process.kill()
    router.exit_code()
    assert psutil.wait_procs(workers, timeout=10)[1] == []


def test_a_state_dir_that_is_removed_is_made_again_so_that_workers_can_follow(
    router: RunningRouter,
) -> None:
    router.set_percent(100)
    shutil.rmtree(router.config.parent / "data")
    router.wait_for("state_dir_restored")
    killed = router.worker_pids[0]
    os.kill(killed, signal.SIGKILL)
    router.wait_for("worker_died")
    assert router.wait_for("worker_ready")["pid"] != killed
    assert get(router) == "ai"
    router.stop()
    assert router.exit_code() == 0


def test_what_another_router_has_in_a_recreated_state_dir_is_left_alone(
    router: RunningRouter, backends: dict[str, Backend]
) -> None:
    state_dir = router.config.parent / "data"
    router.process.send_signal(signal.SIGSTOP)  # so that it is too late to make it again
    shutil.rmtree(state_dir)
    with RunningRouter({**config(backends), "state_dir": str(state_dir)}) as second:
        router.process.send_signal(signal.SIGCONT)
        assert str(second.process.pid) in router.wait_for("state_dir_lost")["error"]
        router.stop()
        assert router.exit_code() == 0
        killed = second.worker_pids
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        followed = {second.wait_for("worker_ready")["pid"] for _ in killed}
        assert not followed & set(killed)
        assert get(second) == "legacy"


def test_a_hangup_is_no_reason_to_stop(router: RunningRouter) -> None:
    router.process.send_signal(signal.SIGHUP)
    router.wait_for("config_unchanged")
    assert get(router) == "legacy"


def test_the_service_manager_is_told_when_it_serves_and_when_it_ends(
    backends: dict[str, Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with RunningRouter(config(backends)) as router:
            assert manager.recv(100) == b"READY=1"
            router.stop()
            assert manager.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("setting", ["proxy", "admin"])
def test_an_address_that_is_taken_is_named(backends: dict[str, Backend], setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        free = {"proxy": {"listen": "127.0.0.1:0"}, "admin": {"listen": "127.0.0.1:0"}}
        wanted = {**config(backends), **free, setting: {"listen": address}}
        with Serving(wanted) as serving:
            assert serving.exit_code() == 1
    assert serving.plain_lines == [
        f"{setting}.listen: cannot listen on {address}: another process listens there already"
    ]


def test_a_second_router_does_not_take_a_part_of_the_firsts_connections(
    router: RunningRouter, backends: dict[str, Backend]
) -> None:
    same = {
        **config(backends),
        "proxy": {"listen": f"127.0.0.1:{router.port}"},
        "admin": {"listen": "127.0.0.1:0"},
    }
    with Serving(same) as second:
        assert second.exit_code() == 1
    assert "another process listens there already" in second.said


def test_a_wrong_config_is_refused_with_its_place_before_anything_starts() -> None:
    with Serving("services:\n  - name: support\n    legasy: {}\n") as serving:
        assert serving.exit_code() == 2
    assert serving.events == []
    assert f"{serving.config}:3" in serving.said
    assert "legacy" in serving.said


def test_events_are_json_with_a_time(router: RunningRouter) -> None:
    router.stop()
    assert router.plain_lines == []
    advice = [event for event in router.events if event["event"] == "config_warning"]
    assert {event["path"] for event in advice} == {"services[0].split", "services[0].split.cache"}
    others = [event for event in router.events if event not in advice]
    workers = 1 + usable_cores()
    assert [event["event"] for event in others] == [
        "starting",
        *["worker_started"] * workers,
        *["worker_ready"] * workers,
        "ready",
        "signal",
        "draining",
        "stopped",
    ]
    assert all(event["at"].endswith("Z") and event["level"] == "info" for event in others)
    assert json.dumps(router.events)

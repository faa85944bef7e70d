import socket
import sys
from pathlib import Path

import pytest

from loadtests import family
from loadtests.family import Member
from loadtests.ground import Ground, GroundError, free_port

SERVE = (
    "import socket,sys,time; s=socket.create_server(('127.0.0.1',int(sys.argv[1]))); time.sleep(60)"
)
FORK = f"import subprocess,sys; subprocess.run([sys.executable,'-c',{SERVE!r},sys.argv[1]])"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SERVE}"


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_a_family_and_fail(members: list[Member]) -> None:
    port = free_port()
    with Ground() as ground:
        started = ground.start("family", [sys.executable, "-c", FORK, str(port)], port=port)
        members += family.members(started.pid)
        raise RuntimeError("half way")


def test_nothing_outlives_the_ground() -> None:
    port = free_port()
    with Ground() as ground:
        ground.start("server", [sys.executable, "-c", SERVE, str(port)], port=port)
        assert accepts(port)
        directory = ground.directory
    assert not accepts(port)
    assert not directory.exists()


def test_a_grandchild_ends_with_the_ground_even_after_an_error() -> None:
    members: list[Member] = []
    with pytest.raises(RuntimeError, match="half way"):
        start_a_family_and_fail(members)
    assert len(members) == 2
    assert not any(family.is_alive(member) for member in members)


def test_who_does_not_end_when_asked_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.ground.END_LIMIT", 0.2)
    port = free_port()
    with Ground() as ground:
        started = ground.start("server", [sys.executable, "-c", STUBBORN, str(port)], port=port)
    assert not started.alive()


def test_a_server_that_does_not_start_is_reported_in_its_own_words() -> None:
    failing = [sys.executable, "-c", "raise SystemExit('no such file')"]
    with Ground() as ground, pytest.raises(GroundError, match="no such file"):
        ground.start("server", failing, port=free_port())


def test_a_program_that_fails_is_reported() -> None:
    with Ground() as ground, pytest.raises(GroundError, match="failed with 3"):
        ground.run("program", [sys.executable, "-c", "raise SystemExit(3)"], limit=10)


def test_a_program_s_output_is_returned() -> None:
    with Ground() as ground:
        assert (
            ground.run("program", [sys.executable, "-c", "print('hello')"], limit=10) == "hello\n"
        )


def test_a_program_with_a_core_runs_there_with_its_children() -> None:
    allowed = "import os; print(os.sched_getaffinity(0))"
    children = f"import subprocess,sys; subprocess.run([sys.executable,'-c',{allowed!r}])"
    with Ground() as ground:
        assert ground.run("pinned", [sys.executable, "-c", children], limit=10, core=0) == "{0}\n"


def test_logs_lie_on_the_ground() -> None:
    with Ground() as ground:
        started = ground.spawn("program", [sys.executable, "-c", "pass"])
        assert started.log.parent == ground.directory
        assert ground.directory != Path.cwd()


def test_no_port_is_given_twice_though_nobody_listens_there_yet() -> None:
    ports = [free_port() for _ in range(300)]
    assert len(set(ports)) == len(ports)
    assert not any(accepts(port) for port in ports)

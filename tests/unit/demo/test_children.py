import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from router.demo import children
from router.demo.children import Child, free_ports
from router.errors import DemoError

NOBODY = "http://127.0.0.1:9/"
FOR_EVER = "import signal; signal.pause()"


@asynccontextmanager
async def child(program: str, directory: Path) -> AsyncIterator[Child]:
    started = await Child.start("dwarf", [sys.executable, "-c", program], directory / "log")
    try:
        yield started
    finally:
        await started.stop()


def heard(log: Path, word: str) -> str:
    """Wait until a child has written ``word``; its file has no other way to tell us."""
    deadline = time.monotonic() + 10
    while word not in (said := log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return said


async def test_a_child_that_dies_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    async with child("print('no such file'); raise SystemExit(3)", tmp_path) as dwarf:
        with pytest.raises(DemoError, match=r"dwarf has ended, exit code 3(?s:.*)no such file"):
            await dwarf.until_ready(NOBODY)


async def test_a_child_that_is_killed_is_reported_by_the_signal(tmp_path: Path) -> None:
    program = "import os; os.kill(os.getpid(), 9)"
    async with child(program, tmp_path) as dwarf:
        with pytest.raises(DemoError, match=r"by SIGKILL\. It said nothing"):
            await dwarf.until_it_dies()


async def test_a_child_that_stays_silent_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "READY_WITHIN", 0.1)
    async with child(FOR_EVER, tmp_path) as dwarf:
        with pytest.raises(DemoError, match="did not answer at http"):
            await dwarf.until_ready(NOBODY)


async def test_a_child_that_answers_is_ready(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    log = tmp_path / "log"
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    server = await Child.start("server", command, log)
    try:
        await server.until_ready(f"http://127.0.0.1:{port}/")
    finally:
        await server.stop()


async def test_a_child_that_will_not_end_is_killed_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "STOPS_WITHIN", 0.2)
    program = (
        "import os, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pid = os.fork()\n"
        "if pid: print('grandchild', pid, 'born', flush=True)\n"
        "signal.pause()"
    )
    async with child(program, tmp_path):
        grandchild = int(heard(tmp_path / "log", "born").split()[1])
    assert ends(grandchild)


def ends(pid: int) -> bool:
    """Say whether a process of somebody else's ends, or is a corpse that nobody has fetched yet."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


async def test_a_child_does_not_hear_the_terminals_ctrl_c(tmp_path: Path) -> None:
    program = "import os; print('group', os.getpgid(0), 'known', flush=True); " + FOR_EVER
    async with child(program, tmp_path):
        said = heard(tmp_path / "log", "known")
    assert int(said.split()[1]) != os.getpgid(0)


def test_free_ports_differ() -> None:
    assert len(set(free_ports(20))) == 20

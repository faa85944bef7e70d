"""The tour as a user starts it: the real router, real processes, real signals."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import psutil
import pytest

COMMAND = (sys.executable, "-m", "router", "demo")
AI_BACKEND = ["router.demo.backend", "ai"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@contextmanager
def tour(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def read_until(out: IO[str] | None, words: str) -> str:
    assert out
    read = ""
    for line in out:
        read += line
        if words in line:
            return read
    raise AssertionError(f"{words!r} was not said, but: {read}")


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def nobody_is_left(children: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(children, timeout=5)
    return not alive


def test_once_goes_the_whole_way_and_finds_every_share_as_configured() -> None:
    done = subprocess.run([*COMMAND, "--once"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything held." in done.stdout
    assert "nothing sent since" in done.stdout
    assert "copied tickets were compared" in done.stdout
    assert "The field that differs most: decision" in done.stdout
    assert "Who decided what: legacy by row, AI by column" in done.stdout
    assert "One of them: " in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_nobody_is_left(number: signal.Signals) -> None:
    with tour("--once") as process:
        read_until(process.stdout, "The share of AI goes")
        children = family(process)
        assert len(children) >= 4
        process.send_signal(number)
        assert "Nothing is left running." in read_until(process.stdout, "Stopped")
        assert process.wait(timeout=15) == 130
    assert nobody_is_left(children)


def test_a_backend_that_dies_ends_the_tour_with_its_name() -> None:
    with tour("--once") as process:
        read_until(process.stdout, "The share of AI goes")
        children = family(process)
        (ai,) = [child for child in children if child.cmdline()[2:4] == AI_BACKEND]
        ai.kill()
        assert "The AI backend has ended, by SIGKILL" in read_until(process.stdout, "cannot go on")
        assert process.wait(timeout=15) == 1
    assert nobody_is_left(children)


def test_on_a_terminal_it_draws_and_ctrl_c_gives_the_terminal_back() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen(COMMAND, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        screen = b""
        while b"configured" not in screen:
            screen += os.read(ours, 65_536)
        process.send_signal(signal.SIGINT)
        while b"Nothing is left running." not in screen:
            screen += os.read(ours, 65_536)
        assert process.wait(timeout=15) == 130
    os.close(ours)
    assert screen.index(b"\x1b[?1049h") < screen.index(b"\x1b[?1049l")

"""The ground that a load test stands on: a temporary directory, free ports, and processes.

Rule 1: every process of a load test is started here, and none outlives the ground.
Rule 2: a process belongs with its whole family to the cores that it was given, or to none.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, Self

from loadtests import family

Core = int | tuple[int, ...] | None
"""The core, or the cores, that a process may run on; None: where its parent may."""

READY_LIMIT: Final = 20.0
"""Seconds that a process may take until it accepts connections."""
END_LIMIT: Final = 5.0
"""Seconds between the request to end and the kill."""
POLL: Final = 0.02
"""Seconds between two looks at a port that does not listen yet: there is no event to wait for."""
LOWEST_PORT: Final = 12_000
ENOUGH_PORTS: Final = 10_000
PORTS_OF_THE_KERNEL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_GIVEN: Final[set[int]] = set()
LOG_TAIL: Final = 2000
"""Characters of a failed process's log that are worth showing."""


class GroundError(Exception):
    """A process did not start, or failed; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Started:
    """A running process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-LOG_TAIL:].strip()


class Ground:
    """Use it as a context; what was started ends with it, last started first."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="gray-load-"))
        self.directory.chmod(0o755)  # a server started by root gives itself another user
        self._started: list[Started] = []
        self.sessions: Final[set[int]] = set()
        """One for each process that was started: whoever descends from it is in there."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._started:
            end(self._started.pop())
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, name: str, argv: list[str], *, port: int, core: Core = None) -> Started:
        """Start a server and wait until it accepts connections on ``port``."""
        started = self.spawn(name, argv, core=core)
        wait_until_it_accepts(started, port)
        return started

    def run(self, name: str, argv: list[str], *, limit: float, core: Core = None) -> str:
        """Run a program to its end within ``limit`` seconds, and return what it printed."""
        started = self.spawn(name, argv, core=core)
        try:
            code = started.process.wait(limit)
        except subprocess.TimeoutExpired as error:
            raise GroundError(f"{name} did not end:\n{started.last_words()}") from error
        if code != 0:
            raise GroundError(f"{name} failed with {code}:\n{started.last_words()}")
        self._started.remove(started)
        return started.log.read_text()

    def spawn(self, name: str, argv: list[str], *, core: Core = None) -> Started:
        """Start a program in a session of its own; ``core`` is for its children too."""
        pin = [] if core is None else ["taskset", "--cpu-list", _cpu_list(core)]
        log = self.directory / f"{name}-{len(self._started)}.log"
        with log.open("wb") as output:
            # Our own argument list, and no shell: nothing here comes from outside.
            process = subprocess.Popen(
                [*pin, *argv],
                cwd=Path.cwd(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = Started(name, process, log)
        self._started.append(started)
        self.sessions.add(started.pid)
        return started


def _cpu_list(core: int | tuple[int, ...]) -> str:
    return str(core) if isinstance(core, int) else ",".join(map(str, core))


def wait_until_it_accepts(started: Started, port: int) -> None:
    """Return when ``port`` accepts connections; raise when the process ended or takes too long."""
    wait_until(lambda: _accepts(port), started, f"does not listen on {port}")


def wait_until(condition: Callable[[], bool], started: Started, else_it: str) -> None:
    """Return when a condition holds of a process; raise when that ended or takes too long."""
    deadline = time.monotonic() + READY_LIMIT
    while not condition():
        if not started.alive() or time.monotonic() > deadline:
            raise GroundError(f"{started.name} {else_it}:\n{started.last_words()}")
        time.sleep(POLL)


def end(started: Started) -> None:
    """Ask a process and its family to end; kill whoever has not after `END_LIMIT`."""
    members = family.members(started.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGTERM)
    for member in _still_alive_after(END_LIMIT, members):
        with contextlib.suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)
    _still_alive_after(END_LIMIT, members)
    started.process.wait()


def _still_alive_after(limit: float, members: list[family.Member]) -> list[family.Member]:
    deadline = time.monotonic() + limit
    while alive := [member for member in members if family.is_alive(member)]:
        if time.monotonic() > deadline:
            break
        time.sleep(POLL)
    return alive


def free_port() -> int:
    """Find a port that nobody listens on, and that is given to nobody else who asks for one.

    None of those that the kernel gives to connections: by the time of its use it would be taken.
    """
    while True:
        port = random.randrange(*_own_ports())
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            if port not in _GIVEN:
                _GIVEN.add(port)
                return port


def _own_ports() -> tuple[int, int]:
    first_of_the_kernel = int(PORTS_OF_THE_KERNEL.read_text().split()[0])
    return LOWEST_PORT, max(first_of_the_kernel, LOWEST_PORT + ENOUGH_PORTS)


def python(module: str, *arguments: str) -> list[str]:
    """Build the command that runs a module of this project with this very interpreter."""
    return [sys.executable, "-m", module, *arguments]


@contextlib.contextmanager
def compiled() -> Iterator[None]:
    """Let programs start from bytecode, as installed ones do, wherever that may be written."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="gray-load-") as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def end_on_sigterm() -> None:
    """Let a SIGTERM leave by the same door as an exception, so that the ground is cleared."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

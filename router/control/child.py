"""A process of ours that we start, and whose exit we reap: a worker, or the comparer."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import router
from router.control.process import Process

# -P: a folder that happens to be called `router` where the operator stands is not imported.
WORKER: Final = (sys.executable, "-P", "-m", "router.processes.worker")
COMPARER: Final = (sys.executable, "-P", "-m", "router.processes.comparer")

MALLOC: Final = {"MALLOC_TRIM_THRESHOLD_": 8 * 1024 * 1024, "MALLOC_MMAP_THRESHOLD_": 256 * 1024}
"""Bytes that glibc keeps at the heap's end for what comes next, and those from which it asks the
kernel anew for every single block.

By its defaults (128 KiB each) it gave the memory of each body back and took it anew: an answer of
100 KB met 23 page faults and cost half as much again. A read of the loop (250 KiB) stays below.
"""


@dataclass(frozen=True, slots=True)
class Start:
    """How workers are started: by which command, and what each is given."""

    state_dir: Path
    listeners: Iterable[tuple[int, int]]
    """(slot, descriptor) of every listening socket; all stay open here as well."""
    rates: int
    """The descriptor of the memory for rates, which all share."""
    command: Sequence[str] = WORKER

    def arguments(self, name: str) -> list[str]:
        listening = [f"--listen-fd={slot}:{descriptor}" for slot, descriptor in self.listeners]
        own = [f"--state-dir={self.state_dir}", f"--name={name}", f"--rates-fd={self.rates}"]
        return [*self.command, *own, *listening]


class Child(Process):
    """A process that was started here. A worker's channel comes by the door, as all of them do."""

    def __init__(self, started: subprocess.Popen[bytes]) -> None:
        super().__init__(started.pid)
        self._started = started

    @classmethod
    def start(cls, start: Start, name: str) -> "Child":
        """Start a worker; raises OSError where no process, no descriptor or no memory is left."""
        passed = [start.rates, *(descriptor for _, descriptor in start.listeners)]
        return cls(_run(start.arguments(name), passed))

    @classmethod
    def comparer(cls, command: Sequence[str], sockets: Mapping[str, int]) -> "Child":
        """Start a comparer with these sockets, by their options; raises OSError as `start` does."""
        given = [f"--{option}={descriptor}" for option, descriptor in sockets.items()]
        return cls(_run([*command, *given, f"--parent={os.getpid()}"], [*sockets.values()]))

    async def wait(self) -> int:
        """Return the exit status once the process has ended; negative for a signal."""
        await super().wait()
        return self._started.wait()


def _run(arguments: Sequence[str], passed: Sequence[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        arguments,
        stdin=subprocess.DEVNULL,
        pass_fds=passed,
        env=_environment(),
        # A group of its own: Ctrl-C in a terminal reaches the supervisor, which drains it.
        process_group=0,
    )


def _environment() -> dict[str, str]:
    """Let the child keep some memory, and find this very package, also in a checkout."""
    environment = {name: str(size) for name, size in MALLOC.items()} | os.environ
    home = str(Path(router.__file__).parents[1])
    if home != sysconfig.get_path("purelib"):
        inherited = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [home, inherited]))
    return environment

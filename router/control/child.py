"""One worker process, from its start to its exit."""

import asyncio
import os
import socket
import sys
import sysconfig
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import router
from router.wire.channel import Channel

# -P: a folder that happens to be called `router` where the operator stands is not imported.
WORKER: Final = (sys.executable, "-P", "-m", "router.processes.worker")


class Child:
    """A running worker and the channel to it."""

    def __init__(self, process: Process, channel: Channel) -> None:
        self._process = process
        self.channel = channel

    @classmethod
    async def start(
        cls, listeners: Sequence[socket.socket], command: Sequence[str] = WORKER
    ) -> "Child":
        """Start a worker that accepts on ``listeners``, which stay open here as well."""
        ours, theirs = socket.socketpair()
        with theirs:
            passed = [theirs.fileno(), *(listener.fileno() for listener in listeners)]
            arguments = [f"--control-fd={passed[0]}", *(f"--listen-fd={fd}" for fd in passed[1:])]
            process = await asyncio.create_subprocess_exec(
                *command,
                *arguments,
                stdin=DEVNULL,
                pass_fds=passed,
                env=_environment(),
                # A group of its own: Ctrl-C in a terminal reaches the supervisor, which drains it.
                process_group=0,
            )
        return cls(process, await Channel.over(ours))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """Return the exit status once the process has ended; negative for a signal."""
        return await self._process.wait()

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()


def _environment() -> dict[str, str]:
    """Let the worker find this very package, also when it runs from a checkout."""
    environment = dict(os.environ)
    home = str(Path(router.__file__).parents[1])
    if home != sysconfig.get_path("purelib"):
        inherited = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [home, inherited]))
    return environment

"""The tour's processes: started, watched, and none of them left behind.

Each child has a session of its own, so that Ctrl-C reaches the tour alone, which then ends them in
order; the backends also end by themselves when the tour's end of their standard input is gone.
"""

import asyncio
import contextlib
import os
import random
import signal
import socket
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp

from router.errors import DemoError

READY_WITHIN: Final = 20.0
"""Seconds for a child to start and answer."""
STOPS_WITHIN: Final = 8.0
"""Seconds for a child to end when asked to, before it is killed with all that it has started."""
LOOK_AGAIN: Final = 0.05
"""Seconds between two questions whether a child answers yet: it has no way to tell us."""
PORTS_TO_TRY: Final = range(20_000, 30_000)
LAST_WORDS: Final = 12
"""Lines of a dead child's output that are shown."""


class Child:
    """One process, and the file that takes what it says."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, name: str, command: Sequence[str], log: Path) -> "Child":
        with log.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        return cls(name, process, log)

    async def until_it_dies(self) -> None:
        """Raise DemoError when the process ends; it should not while anyone waits here."""
        code = await self._process.wait()
        how = f"exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        raise DemoError(f"The {self.name} has ended, {how}.{self._said()}")

    async def until_ready(self, url: str) -> None:
        """Return once ``url`` answers 200; raise DemoError if the child dies or stays silent."""
        ready = asyncio.ensure_future(_answers(url))
        death = asyncio.ensure_future(self.until_it_dies())
        try:
            done, _ = await asyncio.wait(
                {ready, death}, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                late = f"did not answer at {url} within {READY_WITHIN:.0f} s"
                raise DemoError(f"The {self.name} {late}.{self._said()}")
            for task in done:
                task.result()
        finally:
            ready.cancel()
            death.cancel()
            await asyncio.gather(ready, death, return_exceptions=True)

    async def stop(self) -> None:
        """End the process: asked first, then with its whole group."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOPS_WITHIN):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    def _said(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-LAST_WORDS:]
        return "\n  ".join([" It said:", *lines]) if lines else " It said nothing."


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(url) as response:
                    if response.status == HTTPStatus.OK:
                        return
            await asyncio.sleep(LOOK_AGAIN)


def free_ports(count: int) -> tuple[int, ...]:
    """Return ports that nobody listens on; held all at once, so that they differ.

    They lie below those that the system gives to whoever connects somewhere (Linux begins at
    32768): a connection made meanwhile, by anybody, takes none of them.
    """
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        return tuple(_bind_somewhere(one) for one in sockets)


def _bind_somewhere(one: socket.socket) -> int:
    for port in random.sample(PORTS_TO_TRY, len(PORTS_TO_TRY)):
        with contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
    raise DemoError(f"No port between {PORTS_TO_TRY[0]} and {PORTS_TO_TRY[-1]} is free.")

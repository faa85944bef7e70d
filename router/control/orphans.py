"""The workers that a killed supervisor left behind: found, heard, and let go.

Their sockets come to us, so that the port never closes. They serve on, and are told whatever ours
are told, until ours accept; then they drain.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from router.control.door import Door, Guest
from router.control.events import tell
from router.control.life import Life, Offices
from router.control.process import Process
from router.tasks import TaskOwner
from router.wire.roster import Entry, entry_of, read_roster

FOUND_WITHIN: Final = 3.0
"""Seconds that an orphan gets to say hello; it tries five times a second."""


class Orphans:
    """Owns them from `found` on, until they have ended or, never joined, are let go by `close`."""

    def __init__(self, found: Iterable[tuple[Process, Guest]]) -> None:
        self._found = list(found)
        self._lives: dict[str, tuple[Life, Process, asyncio.Task[None]]] = {}

    @classmethod
    async def found(cls, state_dir: Path, door: Door) -> "Orphans":
        """Wait for everybody on the roster who is alive; whoever says nothing is killed."""
        living = [process for entry in _left_behind(state_dir) if (process := _living(entry))]
        coming = {process: door.expect(process.pid) for process in living}
        await asyncio.gather(*(_hello_or_end(*each) for each in coming.items()))
        found: list[tuple[Process, Guest]] = []
        for process, hello in coming.items():
            if hello.done():
                found.append((process, hello.result()))
            else:
                hello.cancel()
                if not process.has_ended:
                    await _kill(process)
        return cls(found)

    @property
    def is_empty(self) -> bool:
        """Whether nobody was found."""
        return not self._found

    @property
    def version(self) -> int:
        """The highest version that any of them serves by."""
        return max((guest.hello.version for _, guest in self._found), default=0)

    @property
    def stands(self) -> dict[str, tuple[int, int]]:
        """The highest (epoch, revision) that any of them serves each service by."""
        highest: dict[str, tuple[int, int]] = {}
        for _, guest in self._found:
            for service, stand in guest.hello.stands.items():
                highest[service] = max(stand, highest.get(service, stand))
        return highest

    @property
    def listeners(self) -> list[socket.socket]:
        """Their sockets, each as often as it was brought; whoever takes them owns them."""
        return [each for _, guest in self._found for each in guest.listeners]

    def join(self, offices: Offices, tasks: TaskOwner) -> None:
        """Tell them from now on what all workers are told."""
        for process, guest in self._found:
            name = f"orphan-{process.pid}"
            tell("worker_adopted", worker=name, pid=process.pid, was=guest.hello.name)
            life = Life(name, process, guest, offices, is_ours=False)
            self._lives[name] = (life, process, tasks.spawn(_attend(name, life), name))
        self._found.clear()

    def drain(self, timeout: float) -> None:
        """Have them finish."""
        for life, _, _ in self._lives.values():
            life.drain(timeout)

    def kill(self) -> None:
        for _, process, _ in self._lives.values():
            process.kill()

    def kill_one(self, name: str) -> bool:
        """Kill this one; say if it was there."""
        if name not in self._lives:
            return False
        _, process, _ = self._lives[name]
        process.kill()
        return True

    async def ended(self) -> None:
        """Return when none of them is left."""
        attending = [attending for _, _, attending in self._lives.values()]
        if attending:
            await asyncio.wait(attending)

    def close(self) -> None:
        """Let those go who were never joined: they serve on, and try again."""
        for process, guest in self._found:
            process.release()
            guest.channel.close()
            os.close(guest.counters)
        self._found.clear()


def _left_behind(state_dir: Path) -> frozenset[Entry]:
    """Read the roster as far as that is possible; what is wrong with it must not stop a start."""
    damaged: list[bytes] = []
    try:
        entries = read_roster(state_dir, damaged.append)
    except OSError as error:
        tell("roster_unreadable", level=logging.WARNING, error=str(error))
        return frozenset()
    if damaged:
        what = f"{len(damaged)} of its lines mean nothing"
        tell("roster_unreadable", level=logging.WARNING, error=what)
    return entries


async def _hello_or_end(process: Process, hello: asyncio.Future[Guest]) -> None:
    """Wait no longer for who has died: its id still stands while nobody has reaped it."""
    ending = asyncio.ensure_future(process.wait())
    first: set[asyncio.Future[Any]] = {hello, ending}
    await asyncio.wait(first, timeout=FOUND_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()


async def _attend(name: str, life: Life) -> None:
    await life.attend()
    tell("orphan_ended", worker=name)


def _living(entry: Entry) -> Process | None:
    """Take hold of whoever is meant; first of the process, then look whether it is the one."""
    try:
        process = Process(entry.pid)
    except (OSError, OverflowError):  # it has ended, or somebody has edited the roster
        return None
    if entry_of(entry.pid) == entry:
        return process
    process.release()
    return None


async def _kill(process: Process) -> None:
    tell("orphan_killed", level=logging.WARNING, pid=process.pid)
    process.kill()
    await process.wait()

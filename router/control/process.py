"""A process, held by a descriptor: no later one with the same id can be meant."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path


class Process:
    """Made inside a running event loop; raises `ProcessLookupError` where nobody has this id."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self._has_ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self.release)

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it is left to wait for."""
        return self._has_ended.is_set()

    def is_running(self) -> bool:
        """Whether it computes or waits for its turn to, or for a disk; not where it was stopped."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/stat")
        return any(_state(stat) in (b"R", b"D") for stat in threads)

    async def wait(self) -> int | None:
        """Return when it has ended: its exit status, or None for one that we have not started."""
        await self._has_ended.wait()
        return None

    def kill(self) -> None:
        """End it now, unless it has ended."""
        if not self._has_ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def release(self) -> None:
        """It has ended, or we are no longer interested."""
        if not self._has_ended.is_set():
            self._has_ended.set()
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)


def _state(stat: Path) -> bytes:
    try:
        line = stat.read_bytes()
    except OSError:  # it has ended since
        return b""
    return line[line.rindex(b")") + 2 :][:1]  # a name stands in parentheses, and may hold some

"""A process, held by a descriptor: no later one with the same id can be meant."""

import asyncio
import contextlib
import os
import signal


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

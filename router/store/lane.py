"""One thread that does what it is given, in that order: whoever may wait for a disk, waits there.

It is a daemon, and no executor: a disk that never answers must not keep a router from stopping.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from router.errors import StoreUnavailableError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[], Any]
    done: Future[Any]


class Lane:
    """A queue and its thread, which is started with the first work."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs = queue.SimpleQueue[_Job | None]()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    async def do(self, work: Callable[[], T], *, in_any_case: bool = False) -> T:
        """Return what ``work`` returns.

        Whoever gives up before its turn came takes the work back, unless it is to be done
        ``in_any_case``. What has begun is finished.
        """
        self._start()
        job = _Job(work, Future[T]())
        if in_any_case:
            job.done.set_running_or_notify_cancel()
        self._jobs.put(job)
        return await asyncio.wrap_future(job.done)

    async def close(self, last: Callable[[], None]) -> None:
        """Do all that was asked, then ``last``; refuse what comes after."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._thread is None:
            return
        job = _Job(last, Future[None]())
        job.done.set_running_or_notify_cancel()
        self._jobs.put(job)
        self._jobs.put(None)
        await asyncio.wrap_future(job.done)

    def _start(self) -> None:
        if self._is_closed:
            raise StoreUnavailableError("the store is closed")
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise StoreUnavailableError("this process may have no further thread") from error
        self._thread = thread

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.done.running() and not job.done.set_running_or_notify_cancel():
                continue
            try:
                job.done.set_result(job.work())
            except Exception as error:  # noqa: BLE001 - it is raised where the work is awaited
                job.done.set_exception(error)
            del job  # its result is not to be kept alive until the next one comes

"""Work that may wait for a disk, beside the event loop.

`asyncio.to_thread` would do, but for the end: the loop's executor is waited for when it closes, and
a disk that never answers would keep a router from stopping.
"""

import asyncio
import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T], name: str) -> T:
    """Do ``work`` in a thread of its own and return its result; nobody waits for it at the end.

    Raises OSError where the process may have no further thread.
    """
    done = Future[T]()
    done.set_running_or_notify_cancel()  # whoever waits may give up; the work goes on

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001 - it is raised where the work is awaited
            done.set_exception(error)

    try:
        threading.Thread(target=run, name=name, daemon=True).start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, "this process may have no further thread") from error
    return await asyncio.wrap_future(done)

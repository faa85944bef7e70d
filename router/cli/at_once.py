"""Several routers are asked at the same time: one that hangs holds up none of the others."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from router.cli.address import Address

T = TypeVar("T")


def at_once(
    admins: Sequence[Address], work: Callable[[Address], T], limit: float
) -> Iterator[tuple[Address, T]]:
    """Give what ``work`` returns for each, as it comes; after ``limit`` seconds no more is awaited.

    Not even looking up a name can hold it up for longer.
    """
    done: SimpleQueue[tuple[Address, T]] = SimpleQueue()

    def one(admin: Address) -> None:
        done.put((admin, work(admin)))

    for admin in admins:
        threading.Thread(target=one, args=(admin,), daemon=True).start()
    until = time.monotonic() + limit
    with contextlib.suppress(Empty):
        for _ in admins:
            yield done.get(timeout=max(0.0, until - time.monotonic()))

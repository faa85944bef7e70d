"""A comparer's share in the stream of pairs: it adds its workers', and reads unless told not to.

How to read it: `publishing` brings in, `consuming` fetches, `parcels` says what was judged whole,
and the supervisor lets go of that as it keeps the counts (`store.stream`).
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from router.compare.pair import Pair
from router.comparer.consuming import Consuming
from router.comparer.ports import Ports
from router.comparer.publishing import Publishing
from router.errors import StoreError
from router.store.stream import Bounds, Depth
from router.tasks import TaskOwner
from router.wire.comparing import StreamBy, StreamSeen

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at how much waits, and whether some of it waits for too long."""


class Streaming:
    """``reader``: as whom it reads, like no other. Made inside a running event loop."""

    def __init__(self, by: StreamBy, ports: Ports, reader: str) -> None:
        self._stream = ports.stream
        self._publishing = Publishing(ports, Bounds(by.most_bytes, by.max_age))
        self._consuming = Consuming(ports, reader) if by.judges else None
        self._max_age = by.max_age
        self._depth: Depth | None = None

    def start(self, tasks: TaskOwner) -> None:
        """Add and read from now on."""
        tasks.spawn(self._publishing.run(), "publishing")
        tasks.spawn(self._look(), "depth of the stream")
        if self._consuming is not None:
            tasks.spawn(self._consuming.read(), "reading the stream")
            tasks.spawn(self._consuming.keep_hold(), "renewing")

    def take(self, pairs: Sequence[Pair]) -> None:
        """Bring pairs of our own workers."""
        self._publishing.take(pairs)

    @property
    def is_full(self) -> bool:
        """Whether pairs that come now are dropped."""
        return self._publishing.is_full

    @property
    def is_idle(self) -> bool:
        """Whether nothing that was brought is on its way."""
        return self._publishing.is_idle

    def stop(self) -> None:
        """Read nothing more."""
        if self._consuming is not None:
            self._consuming.stop()

    def seen(self) -> StreamSeen | None:
        """Return how the stream stood a moment ago; None where that could not be found out."""
        if self._depth is None:
            return None
        return StreamSeen(self._depth.pairs, self._depth.bytes, self._depth.age)

    async def close(self) -> None:
        """Let go of the store, once the tasks have ended."""
        await self._stream.close()

    async def _look(self) -> None:
        while True:
            depth = None
            with contextlib.suppress(StoreError):  # who adds or reads says so
                depth = await self._stream.depth()
                if depth.age > self._max_age:
                    self._publishing.lose_expired(await self._stream.expire(self._max_age))
            self._depth = depth
            await asyncio.sleep(LOOK_EVERY)

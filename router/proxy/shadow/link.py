"""Pairs on their way to the comparer. Nobody waits for it: what it does not take is dropped.

Pairs wait for company: a batch leaves when it is large enough, or a moment later. Where the
comparer does not keep up, fewer of them are sent, each of which stands for more (`thinning`). What
it has not taken is bounded; beyond that batches are given up, and so is everything while nobody
listens.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Protocol, cast

from router.errors import WireError
from router.model import ShadowResult
from router.proxy.counters import ShadowCounters
from router.proxy.shadow.thinning import MOST_LEVELS
from router.tasks import TaskOwner
from router.wire.pairs import Row, encode_pairs

BATCH: Final = 64
"""Pairs that leave at once. Each batch wakes the comparer: where it shares a core with this worker
it pushes out what that has in its caches. With batches of 16 that cost 9 of 80 µs a request.
"""

BATCH_BYTES: Final = 256 * 1024
"""About what a socket takes at once, and the caches hold."""

MOST_UNSENT: Final = 8 * 1024 * 1024
"""Bytes that wait for the comparer to take them."""

CROWDED: Final = 2 * 1024 * 1024
"""Bytes that wait, beyond which fewer pairs are sent."""

SOON: Final = 0.05
"""Seconds that a pair waits for company."""

AGAIN: Final = 1.0
"""Seconds until the comparer is looked for again."""


class Pairs(Protocol):
    """Where pairs go, as a tap sees it."""

    @property
    def is_open(self) -> bool:
        """Whether anybody takes them; if not, there is no use in making any."""
        ...

    @property
    def level(self) -> int:
        """As a power of two, for how many pairs each one is to stand at the moment."""
        ...

    def offer(self, pair: Row, size: int, counters: ShadowCounters | None) -> None:
        """Hand a pair on. size: of its bodies; counters: where it is counted, as paired or not."""
        ...


class Link(asyncio.Protocol):
    """One worker's connection to the comparer. It looks for one by itself, once somebody wants it.

    connect: a connected socket, or OSError while nobody listens.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        tasks: TaskOwner,
        connect: Callable[[], socket.socket],
    ) -> None:
        self._loop: Final = loop
        self._tasks: Final = tasks
        self._connect: Final = connect
        self._transport: asyncio.Transport | None = None
        self._batch: list[Row] = []
        self._counters: list[ShadowCounters | None] = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self.is_wanted = False
        self.is_open = False
        self.level = 0

    # Asked by the worker...

    def want(self) -> None:
        """Look for the comparer, now and whenever it is lost."""
        if not self.is_wanted:
            self.is_wanted = True
            self._look_for_it()

    def close(self) -> None:
        """Hand on what waits, and look for nobody any more."""
        self.is_wanted = False
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self._flush()
        if self._transport is not None:
            self._transport.close()

    # Asked by taps...

    def offer(self, pair: Row, size: int, counters: ShadowCounters | None) -> None:
        """Hand a pair on, with others or soon."""
        self._batch.append(pair)
        self._counters.append(counters)
        self._bytes += size
        if len(self._batch) >= BATCH or self._bytes >= BATCH_BYTES:
            self._flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(SOON, self._flush)

    # Transport...

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = made = cast("asyncio.Transport", transport)
        made.set_write_buffer_limits(MOST_UNSENT, MOST_UNSENT // 4)
        self.is_open = True
        self.level = 0

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.is_open = False
        if self.is_wanted and self._look is None:
            self._look = self._loop.call_later(AGAIN, self._look_for_it)

    def pause_writing(self) -> None:
        self.is_open = False

    def resume_writing(self) -> None:
        self.is_open = True

    # Own...

    def _look_for_it(self) -> None:
        self._look = None
        try:
            connected = self._connect()
        except OSError:
            self._look = self._loop.call_later(AGAIN, self._look_for_it)
        else:
            self._tasks.spawn(self._take_over(connected), "open link to the comparer")

    async def _take_over(self, connected: socket.socket) -> None:
        await self._loop.create_unix_connection(lambda: self, sock=connected)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._batch = self._batch, []
        counters, self._counters = self._counters, []
        self._bytes = 0
        if not batch:
            return
        if self._transport is None or not self.is_open:
            _count(counters, ShadowResult.QUEUE_FULL)
            return
        self._choose_level(self._transport.get_write_buffer_size())
        self._send(self._transport, batch, counters)

    def _send(
        self,
        transport: asyncio.Transport,
        batch: list[Row],
        counters: list[ShadowCounters | None],
    ) -> None:
        """Send them together, or by halves where that is too large: heads may be long."""
        try:
            transport.write(encode_pairs(batch))
        except WireError:
            half = len(batch) // 2
            if half:
                self._send(transport, batch[:half], counters[:half])
                self._send(transport, batch[half:], counters[half:])
            else:
                _count(counters, ShadowResult.TOO_LARGE)
        else:
            _count(counters, ShadowResult.PAIRED)

    def _choose_level(self, unsent: int) -> None:
        if unsent > CROWDED:
            self.level = min(self.level + 1, MOST_LEVELS)
        elif not unsent:
            self.level = max(self.level - 1, 0)


def _count(batch: list[ShadowCounters | None], result: ShadowResult) -> None:
    for counters in batch:
        if counters is not None:
            counters.count(result)

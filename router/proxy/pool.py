"""The connections to one variant: kept, opened, queued for, and bounded.

Deciding is synchronous: nothing here awaits between reading and changing state. Only opening a
connection is a task, and an ordinary request finds a kept one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from router.proxy.ports import Waiter
from router.proxy.upstream import EndpointState, UpstreamConnection
from router.routing.balance import pick
from router.routing.fallback import Failure
from router.routing.snapshot import Upstream
from router.tasks import TaskOwner


class _Place(NamedTuple):
    """One in the queue, until when it waits, and whether a kept connection will not do."""

    until: float
    waiter: Waiter
    afresh: bool


class Pool:
    """All connections of one worker to one variant of one service."""

    __slots__ = (
        "_attempts", "_below", "_clock", "_closed", "_open", "_opening", "_tasks", "_waiting",
        "endpoints", "is_available", "settings",
    )  # fmt: skip

    def __init__(
        self,
        settings: Upstream,
        open_connection: Callable[["Pool", EndpointState], Awaitable[UpstreamConnection]],
        tasks: TaskOwner,
        clock: Callable[[], float],
        below: Callable[[int], int],
        *,
        attempts: int,
    ) -> None:
        self.settings: Final = settings
        self.endpoints: Final = [EndpointState(endpoint) for endpoint in settings.endpoints]
        self._open = open_connection
        self._tasks = tasks
        self._clock = clock
        self._below = below
        self._attempts = attempts
        self._waiting: deque[_Place] = deque()
        self._opening = 0
        self._closed = False
        self.is_available = True

    # Asked by an exchange...

    def take(self) -> UpstreamConnection | None:
        """Return a kept connection to a well-chosen endpoint, if there is one."""
        endpoints = self.endpoints
        state = endpoints[0] if len(endpoints) == 1 else endpoints[self._pick()]
        idle = state.idle
        while idle:
            connection = idle.pop()
            if connection.is_usable():
                self._count(connection)
                return connection
        return None

    def ask(self, waiter: Waiter, *, afresh: bool) -> None:
        """Open a connection for ``waiter``, or queue it, or tell it that there is no room.

        afresh: a kept connection has just failed it, and the others are as old.
        """
        if len(self._waiting) - self._opening >= self.settings.max_pending + self._room():
            waiter.on_failure(Failure.BUSY)
            return
        self._waiting.append(_Place(self._clock() + self.settings.connect_timeout, waiter, afresh))
        self._open_if_needed()

    def forget(self, waiter: Waiter) -> None:
        """Take a waiter back out of the queue."""
        self._waiting = deque(place for place in self._waiting if place.waiter is not waiter)

    # Told by a connection...

    def release(self, connection: UpstreamConnection) -> None:
        """Take back a connection whose exchange is over and that can serve another."""
        if not connection.is_usable():
            connection.close()
            return
        waiter = self._next(kept=True) if self._waiting else None
        if waiter is not None:
            waiter.on_connected(connection)
        elif self._closed:
            connection.close()
        else:
            self._discount(connection)
            connection.state.idle.append(connection)
            connection.rest(self.settings.pool_idle)
            self._open_if_needed()

    def lost(self, connection: UpstreamConnection) -> None:
        """A connection is gone; its place is free."""
        if connection.is_in_use:
            self._discount(connection)
        elif connection in connection.state.idle:
            connection.state.idle.remove(connection)
        self._open_if_needed()

    # Told by the clock and the worker...

    def expire(self, now: float) -> None:
        """Tell whoever has queued for too long."""
        while self._waiting and self._waiting[0].until <= now:
            failure = Failure.CONNECT_TIMEOUT if self._opening else Failure.BUSY
            self._waiting.popleft().waiter.on_failure(failure)

    @property
    def is_awaited(self) -> bool:
        return bool(self._waiting)

    def close(self) -> None:
        """Keep nothing from now on; who waits is still served, what is in use ends by itself."""
        self._closed = True
        for state in self.endpoints:
            for connection in list(state.idle):
                connection.close()

    # Own...

    def _next(self, *, kept: bool) -> Waiter | None:
        """Take the first out of the queue who takes such a connection."""
        for index, place in enumerate(self._waiting):
            if not (kept and place.afresh):
                del self._waiting[index]
                return place.waiter
        return None

    def _count(self, connection: UpstreamConnection) -> None:
        connection.is_in_use = True
        connection.state.load += 1

    def _discount(self, connection: UpstreamConnection) -> None:
        connection.is_in_use = False
        connection.state.load -= 1

    def _pick(self) -> int:
        return pick([state.load + state.opening for state in self.endpoints], self._below)

    def _room(self) -> int:
        """How many connections may still be opened."""
        taken = sum(state.load + len(state.idle) for state in self.endpoints)
        return max(0, self.settings.max_connections - taken - self._opening)

    def _open_if_needed(self) -> None:
        if len(self._waiting) <= self._opening:
            return
        if self._room() == 0 and not self._evict_idle():
            return
        self._opening += 1
        self._tasks.spawn(self._open_one(self.endpoints[self._pick()]), "open upstream connection")

    def _evict_idle(self) -> bool:
        """Give up a kept connection, to whichever endpoint: the limit is for all together."""
        for state in self.endpoints:
            if state.idle:
                state.idle.pop().close()
                return True
        return False

    async def _open_one(self, state: EndpointState) -> None:
        connection = None
        failure = Failure.UNREACHABLE
        try:
            async with asyncio.timeout(self.settings.connect_timeout):
                connection = await self._open_somewhere(state)
        except TimeoutError:
            failure = Failure.CONNECT_TIMEOUT
        except (OSError, UnicodeError):
            pass  # refused, no route, no such name, or a name that no resolver takes
        finally:
            self._opening -= 1
            if connection is not None and connection.is_usable():
                self._count(connection)
                waiter = self._next(kept=False)
                if waiter is not None:
                    waiter.on_connected(connection)
                else:
                    self.release(connection)
            else:
                self._not_opened(failure)

    def _not_opened(self, failure: Failure) -> None:
        if self._waiting:
            self._waiting.popleft().waiter.on_failure(failure)
        self._open_if_needed()

    async def _open_somewhere(self, state: EndpointState) -> UpstreamConnection:
        """Try this endpoint, then the others, then again after a pause; raise the last error."""
        tried = [state]
        for attempt in range(self._attempts):
            state.opening += 1
            try:
                return await self._open(self, state)
            except (OSError, UnicodeError):
                if attempt + 1 == self._attempts:
                    raise
            finally:
                state.opening -= 1
            untried = [other for other in self.endpoints if other not in tried]
            if untried:
                state = untried[0]
                tried.append(state)
            else:
                await asyncio.sleep(self.settings.retry_backoff)
        raise OSError("no attempt was allowed")

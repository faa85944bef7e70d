"""The connections to one variant: kept, opened, queued for, and bounded.

Deciding is synchronous: nothing here awaits between reading and changing state. Only opening a
connection is a task, and an ordinary request finds a kept one. Where the connections go stands in
`targets`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple

from router.proxy.deadlines import NEVER, Deadlines
from router.proxy.endpoint_state import EndpointState, Pooled
from router.proxy.ports import Waiter
from router.proxy.targets import Out, Targets
from router.routing.fallback import Failure
from router.routing.snapshot import Upstream
from router.tasks import TaskOwner
from router.wire.messages import Target


class _Place(NamedTuple):
    """One in the queue, until when it waits, and whether a kept connection will not do."""

    until: float
    waiter: Waiter
    afresh: bool


class Pool:
    """All connections of one worker to one variant of one service.

    It waits among the `Deadlines`: for who queues for too long, and for who comes back.
    """

    __slots__ = (
        "_chosen", "_clock", "_closed", "_deadlines", "_has_fallback", "_make_way", "_open",
        "_opening", "_targets", "_tasks", "_usable", "_waiting", "deadline", "endpoints",
        "is_available", "settings",
    )  # fmt: skip

    def __init__(
        self,
        settings: Upstream,
        open_connection: Callable[["Pool", EndpointState], Awaitable[Pooled]],
        tasks: TaskOwner,
        deadlines: Deadlines,
        *,
        clock: Callable[[], float],
        below: Callable[[int], int],
        is_last_resort: bool,
        has_fallback: bool,
        make_way: Callable[[], None],
    ) -> None:
        """Serve what is an address already.

        is_last_resort: nobody stands behind these endpoints, so all are tried when none is up.
        has_fallback: somebody does, so a caller is kept waiting by each of them once at most.
        make_way: called before a connection is opened, since the process may have room for one
        less.
        """
        self.settings: Final = settings
        self._targets: Final = Targets(settings, clock, below, is_last_resort=is_last_resort)
        self.endpoints: Final = self._targets.states
        self._usable: Final = self._targets.usable
        self.is_available = bool(self._usable)
        """Whether anybody may be asked now."""
        self._has_fallback = has_fallback
        self._make_way = make_way
        self._open = open_connection
        self._tasks = tasks
        self._clock = clock
        self._waiting: deque[_Place] = deque()
        self._opening = 0
        self._chosen: EndpointState | None = None
        """Who was chosen last and had nothing kept: a second choice would mostly pass it by."""
        self._closed = False
        self._deadlines = deadlines
        self.deadline = NEVER
        deadlines.join(self)

    # Asked by an exchange...

    def take(self) -> Pooled | None:
        """Return a kept connection to a well-chosen endpoint, if there is one."""
        usable = self._usable
        if len(usable) == 1:
            state = usable[0]
        elif usable:
            state = self._targets.pick()
        else:
            return None
        idle = state.idle
        while idle:
            connection = idle.pop()
            if connection.is_usable():
                connection.is_in_use = True
                state.load += 1
                return connection
        self._chosen = state
        return None

    def ask(self, waiter: Waiter, *, afresh: bool) -> None:
        """Open a connection for ``waiter``, or queue it, or tell it that there is no room.

        afresh: a kept connection has just failed it, and the others are as old.
        """
        if not self._usable:
            waiter.on_failure(Failure.UNREACHABLE)
            return
        if len(self._waiting) - self._opening >= self.settings.max_pending + self._room():
            waiter.on_failure(Failure.BUSY)
            return
        until = self._deadlines.after(self.settings.connect_timeout)
        self._waiting.append(_Place(until, waiter, afresh))
        if until < self.deadline:
            self.deadline = until
        self._open_if_needed()

    def forget(self, waiter: object) -> None:
        """Take a waiter back out of the queue."""
        self._waiting = deque(place for place in self._waiting if place.waiter is not waiter)

    # Told by a connection...

    def release(self, connection: Pooled) -> None:
        """Take back a connection whose exchange is over and that can serve another."""
        if self._waiting or self._closed or not connection.state.serves:
            self._pass_on(connection)
        else:
            self._keep(connection)

    def lost(self, connection: Pooled) -> None:
        """A connection is gone; its place is free."""
        if connection.is_in_use:
            connection.is_in_use = False
            connection.state.load -= 1
        elif connection in connection.state.idle:
            connection.state.idle.remove(connection)
        self._open_if_needed()

    def served(self, connection: Pooled) -> None:
        """End the row of an endpoint's failures."""
        connection.state.failures = 0

    def failed(self, connection: Pooled) -> None:
        """Count a failure of its endpoint, which may be one too many."""
        connection.state.is_proven = False
        self._fail(connection.state)

    # Told by the clock and the worker...

    def locate(self, targets: Iterable[Target]) -> None:
        """Serve exactly these from now on; connections to others finish what they are doing."""
        self._targets.locate(targets)
        self._follow()

    def on_deadline(self) -> None:
        """Tell whoever has queued for too long, and take back who was left out for long enough."""
        now = self._clock()
        while self._waiting and self._waiting[0].until <= now:
            failure = Failure.CONNECT_TIMEOUT if self._opening else Failure.BUSY
            self._waiting.popleft().waiter.on_failure(failure)
        if self._targets.wakes <= now:
            self._targets.refresh()
            self._follow()
        until = self._waiting[0].until if self._waiting else NEVER
        self._wake_at(min(until, self._targets.wakes))
        self._leave_if_over()

    def out(self) -> list[Out]:
        """Return which endpoints are left out because they failed."""
        return self._targets.out()

    @property
    def is_awaited(self) -> bool:
        return bool(self._waiting)

    @property
    def connections(self) -> int:
        """How many there are, in use, kept, and on their way."""
        taken = sum(state.load + len(state.idle) for state in self.endpoints)
        taken += sum(state.load for state in self._targets.leaving)
        return taken + self._opening

    @property
    def kept(self) -> int:
        """How many nobody uses."""
        return sum(len(state.idle) for state in self.endpoints)

    def give_up_one(self) -> bool:
        """Close a kept connection, to whichever endpoint: limits are for all together."""
        for state in self.endpoints:
            if state.idle:
                state.idle.pop().close()
                return True
        return False

    def close(self) -> None:
        """Keep nothing from now on; who waits is still served, what is in use ends by itself."""
        self._closed = True
        for state in self.endpoints:
            _close_idle(state)
        self._leave_if_over()

    # Own...

    def _fail(self, state: EndpointState) -> None:
        if self._targets.fail(state):
            self._follow()

    def _follow(self) -> None:
        """Do what it takes when other targets than before are usable."""
        self.is_available = bool(self._usable)
        for state in (*self.endpoints, *self._targets.leaving):
            if not state.serves:
                _close_idle(state)
        self._wake_at(self._targets.wakes)
        self._open_if_needed()

    def _wake_at(self, when: float) -> None:
        if when < self.deadline:
            self.deadline = self._deadlines.after(when - self._clock())

    def _leave_if_over(self) -> None:
        if self._closed and not self._waiting:
            self._deadlines.leave(self)

    def _next(self, *, kept: bool) -> Waiter | None:
        """Take the first out of the queue who takes such a connection."""
        for index, place in enumerate(self._waiting):
            if not (kept and place.afresh):
                del self._waiting[index]
                return place.waiter
        return None

    def _keep(self, connection: Pooled) -> None:
        """Let a connection lie idle; whether it still stands is looked at when it is taken."""
        state = connection.state
        connection.is_in_use = False
        state.load -= 1
        state.idle.append(connection)
        connection.deadline = self._deadlines.after(self.settings.pool_idle)

    def _pass_on(self, connection: Pooled) -> None:
        """Give a connection to who waits for one, if it is to be used at all."""
        if not (connection.state.serves and connection.is_usable()):
            connection.close()
            return
        waiter = self._next(kept=True)
        if waiter is not None:
            waiter.on_connected(connection)
        elif self._closed:
            connection.close()
        else:
            self._keep(connection)
            self._open_if_needed()

    def _room(self) -> int:
        """How many connections may still be opened."""
        return max(0, self.settings.max_connections - self.connections)

    def _open_if_needed(self) -> None:
        while len(self._waiting) > self._opening:
            if not self._usable:
                self._waiting.pop().waiter.on_failure(Failure.UNREACHABLE)
            elif self._room() or self.give_up_one():
                self._make_way()
                self._opening += 1
                chosen, self._chosen = self._chosen, None
                self._tasks.spawn(self._open_one(chosen), "open upstream connection")
            else:
                return

    async def _open_one(self, chosen: EndpointState | None) -> None:
        connection = None
        failure = Failure.UNREACHABLE
        try:
            async with asyncio.timeout(self.settings.connect_timeout):
                connection = await self._open_somewhere(chosen)
        except TimeoutError:
            failure = Failure.CONNECT_TIMEOUT
        except (OSError, UnicodeError):
            pass  # refused, no route, a failed handshake, or a name that no certificate can have
        finally:
            self._opening -= 1
            if connection is not None and connection.is_usable():
                connection.is_in_use = True
                connection.state.load += 1
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

    async def _open_somewhere(self, chosen: EndpointState | None) -> Pooled:
        """Try one target, then the others, then again after a pause; raise the last error."""
        tried: list[EndpointState] = []
        while self._usable:
            state = chosen if chosen and chosen.serves else self._targets.pick_beside(tried)
            chosen = None
            tried.append(state)
            try:
                return await self._try(state)
            except (OSError, UnicodeError):
                if self._gives_up(tried):
                    raise
            if self._all_tried(tried):
                await asyncio.sleep(self.settings.retry_backoff)
        raise OSError("nobody is left to be tried")

    async def _try(self, state: EndpointState) -> Pooled:
        """Try this target; not to come about in time is a failure as well."""
        state.opening += 1
        is_open = False
        try:
            connection = await self._open(self, state)
            is_open = True
            return connection
        finally:
            state.opening -= 1
            if not is_open:
                self._fail(state)

    def _gives_up(self, tried: list[EndpointState]) -> bool:
        if len(tried) >= self.settings.retry_attempts:
            return True
        return self._has_fallback and self._all_tried(tried)

    def _all_tried(self, tried: list[EndpointState]) -> bool:
        return all(state in tried for state in self._usable)


def _close_idle(state: EndpointState) -> None:
    idle, state.idle = state.idle, []
    for connection in idle:
        connection.close()

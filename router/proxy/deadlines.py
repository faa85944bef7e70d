"""Deadlines without timers.

A timer for each request costs 2.7 µs to set and cancel; an attribute that one sweep looks at
costs 0.05. So whoever waits carries a `deadline`, and the wheel looks at all of them when the
earliest may have come.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Final, Protocol

NEVER: Final = math.inf
TICK: Final = 0.1
"""Seconds: how late a deadline may be noticed."""


class Waiting(Protocol):
    """Somebody who must not wait for ever."""

    deadline: float

    def on_deadline(self) -> None:
        """The deadline has passed; it has been set to `NEVER` before this call."""
        ...


class Deadlines:
    """All who wait in one worker."""

    __slots__ = ("_clock", "_handle", "_loop", "_waiting", "earliest")

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float]) -> None:
        self._loop = loop
        self._clock = clock
        self._waiting: set[Waiting] = set()
        self._handle: asyncio.TimerHandle | None = None
        self.earliest = NEVER
        """No deadline is earlier than this."""

    def start(self) -> None:
        self._handle = self._loop.call_later(TICK, self._tick)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def join(self, waiting: Waiting) -> None:
        self._waiting.add(waiting)
        self.earliest = min(self.earliest, waiting.deadline)

    def leave(self, waiting: Waiting) -> None:
        self._waiting.discard(waiting)

    def after(self, seconds: float) -> float:
        """Return the deadline that is so far away; the wheel will look in time."""
        deadline = self._clock() + seconds
        if deadline < self.earliest:
            self.earliest = deadline
        return deadline

    def _tick(self) -> None:
        self._handle = self._loop.call_later(TICK, self._tick)
        now = self._clock()
        if now >= self.earliest:
            self.sweep(now)

    def sweep(self, now: float) -> None:
        """Tell everybody whose deadline has passed."""
        late = [waiting for waiting in self._waiting if waiting.deadline <= now]
        self.earliest = NEVER
        for waiting in late:
            if waiting.deadline <= now:  # else it was given more time while another was told
                waiting.deadline = NEVER
                waiting.on_deadline()
        earliest = min((waiting.deadline for waiting in self._waiting), default=NEVER)
        self.earliest = min(self.earliest, earliest)

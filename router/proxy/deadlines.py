"""Deadlines without timers.

A timer for each request costs 2.7 µs to set and cancel; an attribute that one sweep looks at
costs 0.05. So whoever waits carries a `deadline`, and the wheel looks at all of them when the
earliest may have come.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Final, Protocol

NEVER: Final = math.inf
TICK: Final = 0.1
"""Seconds: how late a deadline may be noticed."""

TOLD_A_TURN: Final = 16
"""Of those who are late; then others have their turn.

A refusal costs 50 µs: a crowd of 700 clients whose headers came too slowly kept everybody else
waiting for 40 to 170 ms.
"""


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
        """Tell everybody whose deadline has passed: the first of them now, the others soon."""
        late: list[Waiting] = []
        earliest = NEVER
        for waiting in self._waiting:
            if waiting.deadline <= now:
                late.append(waiting)
            elif waiting.deadline < earliest:
                earliest = waiting.deadline
        self.earliest = earliest
        self._tell(late, 0, now)

    def _tell(self, late: Sequence[Waiting], told: int, now: float) -> None:
        until = told + TOLD_A_TURN
        for waiting in late[told:until]:
            if waiting not in self._waiting:
                continue  # it left while another was told
            if waiting.deadline <= now:  # else it was given more time meanwhile
                waiting.deadline = NEVER
                waiting.on_deadline()
            self.earliest = min(self.earliest, waiting.deadline)
        if until < len(late):
            self._loop.call_soon(self._tell, late, until, now)

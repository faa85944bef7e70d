"""Is this variant to be left alone for a while, because it fails too often?

Closed: everybody asks, and outcomes are counted in a sliding window. Open: nobody asks. When
`open_for` is over a single request tries it; its outcome closes the breaker or opens it anew.

Rule: no clock here; `now` is seconds of a clock that never goes back.
"""

from typing import Final

from router.routing.snapshot import Breaker

KEEP_OFF: Final = 0
"""The ticket of who may not ask."""

_BUCKETS: Final = 10
"""Parts of the window: what is counted leaves it a tenth at a time."""


class CircuitBreaker:
    """One variant's.

    Who asks holds a ticket and gives it back with the outcome. What was begun before the breaker
    opened or closed says nothing new when it comes back after that.
    """

    __slots__ = (
        "_asked", "_failed", "_is_tried", "_latest", "_policy", "_ticket", "_until", "_width",
        "is_open",
    )  # fmt: skip

    def __init__(self, policy: Breaker) -> None:
        self._policy: Final = policy
        self._width = policy.window / _BUCKETS
        self._asked = [0] * _BUCKETS
        self._failed = [0] * _BUCKETS
        self._latest = 0  # the number of the bucket that was counted in last
        self._ticket = KEEP_OFF + 1
        self._is_tried = False
        self._until = 0.0
        self.is_open = False

    def keeps_off(self, now: float) -> bool:
        """Tell whether who asked now would be kept off; nothing changes by that."""
        return self.is_open and (self._is_tried or now < self._until)

    def admit(self, now: float) -> int:
        """Return a ticket, or `KEEP_OFF`."""
        if not self.is_open:
            return self._ticket
        if self.keeps_off(now):
            return KEEP_OFF
        self._is_tried = True
        self._ticket += 1
        return self._ticket

    def report(self, ticket: int, now: float, seconds: float, *, failed: bool) -> None:
        """Take the outcome of what was asked with this ticket, and how long it took."""
        if ticket != self._ticket:
            return
        failed = failed or seconds > self._policy.slow
        if not self.is_open:
            self._count(now, failed=failed)
        elif failed:
            self._open(now)
        else:
            self._close()

    def withdraw(self, ticket: int) -> None:
        """Say that nothing will be learned of this one."""
        if ticket == self._ticket:
            self._is_tried = False

    # Own...

    def _count(self, now: float, *, failed: bool) -> None:
        number = int(now / self._width)
        if number != self._latest:
            self._forget_until(number)
        at = number % _BUCKETS
        self._asked[at] += 1
        if not failed:
            return
        self._failed[at] += 1
        asked = sum(self._asked)
        policy = self._policy
        if asked >= policy.min_requests and sum(self._failed) >= policy.error_rate * asked:
            self._open(now)

    def _forget_until(self, number: int) -> None:
        """Empty the buckets that the window has left behind since it was looked at last."""
        for passed in range(max(self._latest, number - _BUCKETS) + 1, number + 1):
            self._asked[passed % _BUCKETS] = self._failed[passed % _BUCKETS] = 0
        self._latest = max(self._latest, number)

    def _open(self, now: float) -> None:
        self.is_open = True
        self._is_tried = False
        self._until = now + self._policy.open_for
        self._ticket += 1

    def _close(self) -> None:
        self.is_open = self._is_tried = False
        self._asked = [0] * _BUCKETS
        self._failed = [0] * _BUCKETS
        self._ticket += 1

"""A lock for what only one replica may do, with a fence: a number that grows with each holder.

The holder believes in it for a time that counts from the sending; the store gives it to somebody
else after a time that counts from the arrival, which is later. That is no guarantee: a holder may
be stopped after it has looked. So whatever it writes bears its fence, and what has seen
a higher one refuses it.
"""

from dataclasses import dataclass, replace
from typing import Final

from router.replica.lease import DRIFT

HELD_FOR: Final = 10.0
"""Seconds, by the store's clock."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What the store has. until: by the store's clock."""

    holder: str
    fence: int
    until: float


@dataclass(frozen=True, slots=True)
class Leadership:
    """What a replica believes. seen: the highest fence that it has heard of, anybody's.

    until: by its own clock.
    """

    fence: int = 0
    until: float = 0.0
    seen: int = 0

    def leads(self, now: float) -> bool:
        return now < self.until

    def answered(self, lock: Lock, replica: str, sent: float) -> "Leadership":
        """The store says who has it, in answer to what was sent then."""
        seen = max(self.seen, lock.fence)
        if lock.holder != replica or lock.fence < self.seen:
            return replace(self, until=0.0, seen=seen)
        return Leadership(lock.fence, sent + HELD_FOR * (1 - 2 * DRIFT), seen)


def granted(lock: Lock | None, replica: str, seen: int, now: float) -> Lock:
    """Return what the store has after ``replica`` has asked for it, by the store's clock.

    seen: the highest fence that the asker has heard of; a store that has lost its state goes on
    from there.
    """
    if lock is not None and now < lock.until and lock.fence >= seen and lock.holder != replica:
        return lock
    if lock is not None and lock.holder == replica and now < lock.until and lock.fence >= seen:
        return replace(lock, until=now + HELD_FOR)
    fence = max(seen, lock.fence if lock is not None else 0) + 1
    return Lock(replica, fence, now + HELD_FOR)


def may_write(fence: int, highest: int) -> bool:
    """Say whether a write that bears this fence is taken where ``highest`` has been seen."""
    return fence >= highest

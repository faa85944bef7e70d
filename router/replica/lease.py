"""For how long a replica may ask AI without another word of its store.

A renewal is a *write* that returns the state: an old master that may write no more gives none.
The lease counts from the *sending* of the renewal, for that is the last moment at which the state
in the answer is known not to be older.

    nobody else's word   until now ─────────────── until ────────────►
    held                 renewed by each current answer
    lost                 AI at 0; held again after three renewals in a row, one after the other
"""

from dataclasses import dataclass, replace
from typing import Final

from router.release.state import Release, Status

RENEWALS_TO_RETURN: Final = 3
"""In a row. Meanwhile whoever knows of a rollback that the store has lost brings it."""

RENEW_EVERY: Final = 1.0
"""Seconds between two renewals of a lease that is held."""

RETURN_EVERY: Final = 0.25
"""Seconds between two renewals of a lease that is lost."""

DRIFT: Final = 0.001
"""By how much any clock may be faster or slower than true time: 1 ms a second.

NTP steers by 0.5 ms a second at most, and a quartz is off by 0.1.
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """length: seconds. until: when it ends; AI may be asked before. row: renewals since it ended.

    heard_at: when the last answer that counted was read.
    """

    length: float
    until: float = 0.0
    row: int = 0
    heard_at: float = 0.0

    def holds(self, now: float) -> bool:
        return now < self.until

    @property
    def was_held(self) -> bool:
        """Whether it ever was, since this router started."""
        return self.until > 0

    def renewed(self, sent: float, now: float) -> "Lease":
        """A current answer to the renewal that was sent then is read now."""
        until = sent + self.length
        if until <= now:  # it took too long
            return self.missed()
        if self.holds(now):
            return replace(self, until=max(self.until, until), row=0, heard_at=now)
        if sent < self.heard_at:  # sent at the same time as one that was counted
            return self
        row = self.row + 1 if sent < self.heard_at + self.length else 1
        if row < RENEWALS_TO_RETURN:
            return replace(self, row=row, heard_at=now)
        return replace(self, until=until, row=0, heard_at=now)

    def missed(self) -> "Lease":
        """No answer came, or one that renews nothing."""
        return replace(self, row=0)

    def unjudged(self, now: float) -> "Lease":
        """An answer came that cannot be read, as of a newer version: it may tell of a rollback.

        That is no partition: once the lease is over it counts as never held, so that nothing is
        held on to.
        """
        return self.missed() if self.holds(now) else Lease(self.length)

    def broken(self, now: float) -> "Lease":
        """End it at once: the store has forgotten what it had."""
        return replace(self, until=min(self.until, now), row=0)

    def next_renewal(self, sent: float, now: float) -> float:
        """Return when to send the next one, after one that was sent then."""
        return sent + (RENEW_EVERY if self.holds(now) else RETURN_EVERY)


def may_ask_ai(release: Release, lease: Lease, now: float, *, holds_on: bool) -> bool:
    """Say whether anything of this service may reach AI now.

    holds_on: `on_partition: hold`. It keeps what was complete, and what a lease has confirmed once;
    a rollback that does not get through has no bound then.
    """
    if release.is_barred:
        return False
    is_kept = holds_on and release.status is Status.COMPLETE and lease.was_held
    return lease.holds(now) or is_kept


def longest(lease: float) -> float:
    """Return the seconds of true time after which a lease has ended by any permitted clock."""
    return lease * (1 + 2 * DRIFT)

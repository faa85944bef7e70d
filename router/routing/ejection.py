"""When is an endpoint that fails left out, for how long, and how many at once?

Rule 1: whatever decides this lives here. Rule 2: it knows no connection and no clock.

An endpoint that fails `consecutive` times in a row is left out for `base` seconds times the number
of its ejections; the number falls again by one for each `base` that it serves between them. At most
floor(`max_percent` of those that are up) are out at once, so with the usual 50 % a lone endpoint is
never left out: a bad one is better than none.
"""

from collections.abc import Sequence
from typing import Final

from router.routing.snapshot import Ejection

MOST_TIMES: Final = 10
"""An ejection lasts at most so many times `base`."""


class Record:
    """What an endpoint's outcomes have come to."""

    __slots__ = ("ejections", "failures", "until")

    def __init__(self) -> None:
        self.failures = 0
        """In a row; one success ends the row."""
        self.ejections = 0
        """How many counted when it was left out last."""
        self.until = 0.0
        """When it comes back, or came."""


def most_out(policy: Ejection, count: int) -> int:
    """How many of ``count`` endpoints may be left out at once."""
    return int(policy.max_percent * count // 100)


def count_failure(record: Record, policy: Ejection, now: float, *, has_room: bool) -> bool:
    """Count a failure; tell whether the endpoint is left out from now on.

    has_room: one more may be left out. What fails while it is out was begun before, and says
    nothing new.
    """
    if record.until > now:
        return False
    record.failures += 1
    if record.failures < policy.consecutive or not has_room:
        return False
    record.ejections = min(still_counted(record, policy, now) + 1, MOST_TIMES)
    record.until = now + record.ejections * policy.base
    record.failures = 0
    return True


def still_counted(record: Record, policy: Ejection, now: float) -> int:
    """How many of its ejections an endpoint has not yet made good by serving."""
    served = max(0.0, now - record.until)
    return max(0, record.ejections - int(served // policy.base))


def too_many(out: Sequence[Record], policy: Ejection, count: int) -> list[Record]:
    """Return who must come back early, now that ``count`` are up: those whose time is up first."""
    surplus = len(out) - most_out(policy, count)
    return sorted(out, key=lambda record: record.until)[: max(0, surplus)]

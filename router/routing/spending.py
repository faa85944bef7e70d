"""What may copies cost? So many requests a second, so much money an hour: a purse of its own.

The purses of all services lie in memory that the workers of a router share, behind the table of
`rates`, so that a limit is the router's and not a worker's. Two workers that write at once can let
one copy more pass.

Money is counted by the hours of the clock that is handed in, so within such an hour a limit is
hard, but for what was in flight when it was reached: a price is known when the answer is there.

Rule: no clock here; `now` is seconds of one that all workers share.
"""

import re
from hashlib import blake2b
from typing import Final

from router.routing.rates import TABLE_BYTES

COST: Final = b"x-gray-cost-usd"
"""The field by which an answer of AI's says what it cost."""

SLOTS: Final = 1024
"""Services beyond so many have purses of their own in each worker."""

_SLOT: Final = 4  # numbers of eight bytes: whose it is, paid until (ns), the hour, its cost
SHARED_BYTES: Final = TABLE_BYTES + SLOTS * _SLOT * 8
"""All memory that workers share."""

HOUR: Final = 3600
NANO: Final = 1_000_000_000

DEAREST: Final = 1000.0
"""USD. Nobody is believed that one answer cost more."""

_AMOUNT: Final = re.compile(rb"[0-9]{1,4}(?:\.[0-9]{1,18})?(?:[eE][-+]?[0-9]{1,2})?")


def cost_of(said: bytes) -> int:
    """Return an answer's cost in billionths of a USD; 0 where what was said cannot be believed."""
    if not _AMOUNT.fullmatch(said):
        return 0
    cost = float(said)
    return round(cost * NANO) if cost <= DEAREST else 0


class Purse:
    """One service's. None: no limit of that kind.

    entry: its four numbers, in memory that all workers share.
    """

    __slots__ = ("_allowance", "_entry", "_interval", "_limit")

    def __init__(
        self, entry: memoryview, per_second: float | None, cost_per_hour: float | None
    ) -> None:
        self._entry = entry
        self._interval = 0 if not per_second else round(NANO / per_second)
        # A second's worth may come at once, and in any case one.
        self._allowance = 0 if not per_second else round(max(0.0, per_second - 1) * self._interval)
        self._limit = None if cost_per_hour is None else round(cost_per_hour * NANO)

    def take(self, copies: int, now: float) -> bool:
        """Pay for so many copies; False where they may not be sent."""
        if self._limit is not None and self.spent(now) >= self._limit:
            return False
        if not self._interval:
            return True
        entry, at = self._entry, int(now * NANO)
        paid = max(entry[1], at)
        if paid - at > self._allowance:
            return False
        entry[1] = paid + copies * self._interval
        return True

    def spend(self, cost: int, now: float) -> None:
        """Note what an answer has cost."""
        hour = int(now // HOUR)
        if self._entry[2] != hour:
            self._entry[3] = 0
            self._entry[2] = hour
        self._entry[3] += cost

    def spent(self, now: float) -> int:
        """Return what this hour has cost so far."""
        return self._entry[3] if self._entry[2] == int(now // HOUR) else 0


def find_purse(memory: memoryview, service: str) -> memoryview:
    """Return a service's four numbers. memory: all that is shared; its purses are zero at first."""
    numbers = memory[TABLE_BYTES:SHARED_BYTES].cast("Q")
    digest = blake2b(service.encode(), digest_size=8).digest()
    owner = int.from_bytes(digest, "big") | 1  # 0 is nobody
    for step in range(SLOTS):
        at = (owner + step) % SLOTS * _SLOT
        if numbers[at] in (0, owner):
            numbers[at] = owner
            return numbers[at : at + _SLOT]
    return memoryview(bytearray(_SLOT * 8)).cast("Q")

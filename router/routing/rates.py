"""May this key send another request now? A table that the workers of a router share.

Each key has one number: the time at which it will have paid for all that it sent (GCRA: ITU-T
I.371, appendix A). The table is memory of a fixed size, so that no flood of keys fills the worker;
where a set is full of keys that all owe, the one that owes least is forgotten, in its favour.
Two workers that write at once can let one request more pass, never one less.

Rule: no clock here; `now` is nanoseconds of one that all workers share.
"""

from hashlib import blake2b
from typing import Final

_SECRET: Final = 16
"""Bytes before the table. With it keys are hashed, lest somebody choose whose place he takes."""

_WAYS: Final = 4
_SETS: Final = 16_384
_ENTRY: Final = 2  # numbers of eight bytes: the key's fingerprint, and its time

TABLE_BYTES: Final = _SECRET + _SETS * _WAYS * _ENTRY * 8


class RateTable:
    """Lets each key send `per_second` requests, and `burst` at once after a pause.

    memory: `TABLE_BYTES` bytes, of which the first 16 are random and the rest were zero.
    """

    __slots__ = ("_allowance", "_entries", "_interval", "_secret")

    def __init__(self, memory: memoryview, per_second: float, burst: float) -> None:
        self._secret = bytes(memory[:_SECRET])
        self._entries = memory[_SECRET:TABLE_BYTES].cast("Q")
        self._interval = round(1e9 / per_second)
        self._allowance = round((burst - 1) * 1e9 / per_second)

    def wait(self, key: bytes, now: int) -> int:
        """Count a request: return 0 if it may pass, else after how many nanoseconds one may."""
        digest = blake2b(key, digest_size=16, key=self._secret).digest()
        fingerprint = int.from_bytes(digest[:8], "big") | 1  # 0 is an empty entry
        first = int.from_bytes(digest[8:], "big") % _SETS * _WAYS * _ENTRY
        at = self._entry(fingerprint, first)
        entries = self._entries
        paid = entries[at + 1] if entries[at] == fingerprint else 0
        if paid < now:
            paid = now
        excess = paid - now - self._allowance
        if excess > 0:
            return excess
        entries[at] = fingerprint
        entries[at + 1] = paid + self._interval
        return 0

    def _entry(self, fingerprint: int, first: int) -> int:
        """Find the key's entry, or one that nobody needs, or the one that owes least."""
        entries = self._entries
        least = first
        for at in range(first, first + _WAYS * _ENTRY, _ENTRY):
            if entries[at] == fingerprint:
                return at
            if entries[at + 1] < entries[least + 1]:
                least = at
        return least

"""Which pairs are compared when all of them are too many: an unbiased part, by halves.

A number is drawn for each request from a keyed hash of its id, so that neither what it asks nor
who asks it has a say. The pairs of level n + 1 are half of those of level n.
"""

from hashlib import blake2b
from typing import Final

BITS: Final = 64
HIGHEST: Final = 20
"""At this level a pair stands for a million."""


class Draw:
    """Draws by a key of its own, which nobody else has."""

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        self._keyed = blake2b(key=key, digest_size=BITS // 8)

    def number(self, request_id: bytes) -> int:
        """Return what was drawn for a request: the same whenever it is asked."""
        digest = self._keyed.copy()
        digest.update(request_id)
        return int.from_bytes(digest.digest(), "big")


def is_drawn(number: int, level: int) -> bool:
    """Whether the request is one of the 2 ** -level that are compared at this level."""
    return number >> (BITS - level) == 0

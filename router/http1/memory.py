"""What was read before need not be read again: a bounded memory in two generations.

When the young generation is full it becomes the old one, and what is still asked for comes back
from there: so what occurs once pushes out nothing that is in use, and no entry needs a date.
"""

from typing import Generic, TypeVar

V = TypeVar("V")


class Memory(Generic[V]):
    """Bytes → what they mean. On the hot path ask `young` first, by `get`."""

    __slots__ = ("_limit", "_old", "young")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._old: dict[bytes, V] = {}
        self.young: dict[bytes, V] = {}

    def recall(self, key: bytes) -> V | None:
        """Return what was remembered and bring it back into the young generation."""
        value = self.young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.remember(key, value)
        return value

    def remember(self, key: bytes, value: V) -> None:
        """Keep an entry; at most twice the limit are kept."""
        if len(self.young) >= self._limit:
            self._old = dict(self.young)
            self.young.clear()  # the same dictionary: those who hold it see the new generation
        self.young[key] = value

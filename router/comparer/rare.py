"""An event that may be true of each of a thousand messages, told once a minute."""

from collections.abc import Callable
from typing import Final

EVERY: Final = 60.0
"""Seconds."""


class Rare:
    """``tell`` takes a name and a detail. ``stopwatch``: monotonic seconds."""

    def __init__(
        self, event: str, tell: Callable[[str, str], None], stopwatch: Callable[[], float]
    ) -> None:
        self._event: Final = event
        self._tell: Final = tell
        self._stopwatch: Final = stopwatch
        self._next = 0.0
        self._pairs = 0

    def note(self, pairs: int, why: str) -> None:
        """So many pairs are lost; nothing of them may be in ``why``."""
        self._pairs += pairs
        now = self._stopwatch()
        if now >= self._next:
            self._tell(self._event, f"{self._pairs} pairs: {why}")
            self._next = now + EVERY
            self._pairs = 0

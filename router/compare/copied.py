"""What legacy did with copies of what it did not serve: whether it would take everybody back.

Counts, which add up as all others of a tally. Each pair counts for the requests that it stands for.
"""

from dataclasses import dataclass
from typing import Final

SLOW: Final = 5.0
"""Seconds; as a breaker's `slow`."""


@dataclass(slots=True)
class Copied:
    """Copies to legacy that came to an end. slow: of those that did not fail."""

    answered: int = 0
    failed: int = 0
    slow: int = 0

    def note(self, seconds: float, weight: int, *, failed: bool) -> None:
        """Count one."""
        self.answered += weight
        if failed:
            self.failed += weight
        elif seconds >= SLOW:
            self.slow += weight

    def plus(self, other: "Copied") -> None:
        self.answered += other.answered
        self.failed += other.failed
        self.slow += other.slow

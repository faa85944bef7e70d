"""Would legacy take everybody back? What it answered lately to copies of what AI serves says so.

The rule, which the docs repeat: within the last five minutes at least `FEWEST` copies, at most
`MOST_BAD` of them failed or slower than `SLOW`, and the breaker of copies closed. Without copies to
legacy nothing is known; a rollback is possible all the same.
"""

from dataclasses import dataclass
from typing import Final

WINDOW: Final = 300.0
"""Seconds that are looked back."""

FEWEST: Final = 20
MOST_BAD: Final = 0.02
SLOW: Final = 5.0
"""Seconds; as a breaker's `slow`."""

UNPROVEN: Final = "unproven"
"""Nobody compares what legacy would answer."""


@dataclass(frozen=True, slots=True)
class Copies:
    """What legacy did with its copies within the window.

    answered: those that came to an end, failed ones among them. slow: of those that did not fail.
    left_alone: copies that were not sent, since legacy failed too often (its breaker was open).
    """

    answered: int
    failed: int
    slow: int
    left_alone: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether legacy is ready, None where that is not known, and why."""

    ready: bool | None
    because: str


def readiness(copies: Copies | None) -> Readiness:
    """Judge. None: nothing is copied to legacy."""
    if copies is None:
        return Readiness(None, UNPROVEN)
    if copies.left_alone:
        return Readiness(False, f"the breaker is open: {copies.left_alone} copies were not sent")
    if copies.answered < FEWEST:
        few = f"{copies.answered} copies in five minutes, {FEWEST} are needed"
        return Readiness(None, f"{UNPROVEN}: {few}")
    told = f"of {copies.answered:,} copies {copies.failed:,} failed, {copies.slow:,} took over 5 s"
    is_sound = copies.failed + copies.slow <= MOST_BAD * copies.answered
    return Readiness(is_sound, told)

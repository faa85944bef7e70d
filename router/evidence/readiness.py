"""Would legacy take everybody back? What it answered lately to copies of what AI serves says so.

The rule, which the docs repeat: within the last five minutes at least `FEWEST` copies, and at most
`MOST_BAD` of them failed or slower than five seconds. Fewer prove nothing, unless more of them were
bad than so many may be. Without copies to legacy nothing is known; a rollback is possible all the
same.
"""

from dataclasses import dataclass
from typing import Final

from router.compare.copied import Copied

WINDOW: Final = 300.0
"""Seconds that are looked back."""

FEWEST: Final = 20
MOST_BAD: Final = 0.02

UNPROVEN: Final = "unproven"
"""Nobody compares what legacy would answer."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether legacy is ready, None where that is not known, and why."""

    ready: bool | None
    because: str


def readiness(copies: Copied | None) -> Readiness:
    """Judge. None: nothing is copied to legacy."""
    if copies is None:
        return Readiness(None, UNPROVEN)
    is_sound = copies.failed + copies.slow <= MOST_BAD * max(copies.answered, FEWEST)
    if is_sound and copies.answered < FEWEST:
        few = f"{copies.answered} copies in five minutes, {FEWEST} are needed"
        return Readiness(None, f"{UNPROVEN}: {few}")
    told = f"of {copies.answered:,} copies {copies.failed:,} failed, {copies.slow:,} took over 5 s"
    return Readiness(is_sound, told)

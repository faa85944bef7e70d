"""A rehearsed rollback: it is a real one, measured, and taken back by a command of its own.

    as it was → rolled back (an epoch of its own) → reported → as it was
                                                       └─────→ left at 0, and why

What takes it back is exempt from all that guards raises, for the release has been there before;
so it is given for the drill's very release: after any other command it would be a raise. What is
copied beside it may change.
"""

from dataclasses import dataclass, replace
from typing import Final

from router.release.commands import Restore
from router.release.state import Release, Standing

UNCONFIRMED: Final = "not every worker has confirmed the rollback"


@dataclass(frozen=True, slots=True)
class Left:
    """It stays at 0, and why."""

    because: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a drill has shown. applied_ms: until the last worker of the last member had confirmed.

    is_complete: whether each of them has.
    """

    applied_ms: float
    is_complete: bool


def restoring(during: Release, measured: Measured, release: Release, at: float) -> Restore | Left:
    """Return what is to be commanded once it has been measured, or why nothing is.

    during: where the drill has led to. release: what stands by now. A gate or an ill legacy may
    still refuse the command.
    """
    if release.standing is not Standing.DRILLED or not _is_still(during, release):
        why = release.reason or "no reason given"
        return Left(f"{release.by} has changed the release meanwhile ({why})")
    if not measured.is_complete:
        return Left(UNCONFIRMED)
    return Restore(
        by=during.by,
        at=at,
        reason=during.reason,
        epoch=during.epoch,
        revision=release.revision,
        applied_ms=measured.applied_ms,
    )


def _is_still(during: Release, release: Release) -> bool:
    """Say whether nobody has given a command since, unless of what is copied."""
    return replace(release, revision=during.revision, shadow=during.shadow) == during

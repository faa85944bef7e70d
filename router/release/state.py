"""What is decided for a service and may change while it runs.

Rule 1: this file knows no clock, no store and no worker; `at` comes in as an argument.
Rule 2: a release is replaced, never changed.
"""

import enum
from dataclasses import dataclass, replace

from router.model import BasisPoints


class Status(enum.StrEnum):
    """Where a release stands."""

    IDLE = "idle"
    ROLLING = "rolling"


@dataclass(frozen=True, slots=True)
class Release:
    """One service's share and who decided it, when (Unix seconds) and why.

    Order among a service's releases is by the pair (epoch, revision).
    """

    service: str
    share: BasisPoints = BasisPoints(0)
    epoch: int = 0
    revision: int = 0
    updated_at: float = 0.0
    by: str = ""
    reason: str = ""

    @property
    def status(self) -> Status:
        return Status.ROLLING if self.share else Status.IDLE


def set_share(release: Release, share: BasisPoints, *, by: str, reason: str, at: float) -> Release:
    """Return the release that follows ``release`` with this share."""
    return replace(
        release, share=share, revision=release.revision + 1, updated_at=at, by=by, reason=reason
    )

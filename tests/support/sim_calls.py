"""What is known of the rollbacks in a simulated world, by whoever sees all of it."""

from dataclasses import dataclass, field

from router.release.state import Called
from router.replica.acknowledging import Bound


@dataclass
class Report:
    """What was said to whoever called for a rollback. is_stored: whether the store knew of it."""

    is_complete: bool
    is_stored: bool
    bound: Bound


@dataclass
class Call:
    """A rollback, and what became of it. at: true time. lacking: by replica, when it has sent the
    last renewal that was taken by a node which did not know of it."""

    called: Called
    replica: str
    at: float
    lacking: dict[str, float] = field(default_factory=dict)
    deposed: set[str] = field(default_factory=set)
    """Whose last such renewal was taken by a deposed master."""
    members: set[str] = field(default_factory=set)
    """Whom the caller's store had heard of recently when it was last heard itself."""
    report: Report | None = None
    reported_at: float = 0.0
    was_lost: bool = False
    """Whether a store that knew of it has forgotten it."""

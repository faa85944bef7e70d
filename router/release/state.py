"""What is decided for a service and may change while it runs.

Rule 1: nothing here knows a clock, a store or a worker; time comes in as an argument.
Rule 2: a release is replaced, never changed; what may follow upon what stands in `transitions`.
"""

import enum
from dataclasses import dataclass
from typing import Final, NamedTuple

from router.model import ALL, BasisPoints

ROLLBACKS_KNOWN: Final = 16
"""Rollbacks that a release says it knows of, the newest; all before them count as known."""


class Status(enum.StrEnum):
    """Where a release stands."""

    IDLE = "idle"
    ROLLING = "rolling"
    PAUSED = "paused"
    COMPLETE = "complete"
    ROLLED_BACK = "rolled_back"


class Standing(enum.StrEnum):
    """A status, and what the transitions tell apart within it."""

    IDLE = "idle"
    ROLLING = "rolling"
    PAUSED = "paused"
    LOST = "paused (lost state)"
    COMPLETE = "complete"
    ROLLED_BACK = "rolled_back"
    DRILLED = "rolled_back (drill)"


class HeldFor(enum.StrEnum):
    """Why a release remembers how it was."""

    DRILL = "drill"
    LOST_STATE = "lost_state"


@dataclass(frozen=True, slots=True)
class Held:
    """How a release was before a drill, or before the store lost its state."""

    why: HeldFor
    status: Status
    share: BasisPoints
    stage: int | None

    def __post_init__(self) -> None:
        _check(f"what is held for a {self.why}", Standing(self.status.value), self.share)


@dataclass(frozen=True, slots=True)
class Pending:
    """A raise that waits for others to approve it; ``by`` is who asked, and counts as one of them.

    It belongs to the release that holds it: every later command drops it. `expires_at` is in Unix
    seconds.
    """

    command: str
    share: BasisPoints
    stage: int | None
    by: str
    reason: str
    expires_at: float
    approved_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check("what is pending", Standing.ROLLING, self.share)

    def has_expired(self, at: float) -> bool:
        return at >= self.expires_at


@dataclass(frozen=True, slots=True, order=True)
class Drilled:
    """A rollback was rehearsed: when it ended (Unix seconds), and how long it took to apply."""

    when: float
    applied_ms: float


class Called(NamedTuple):
    """A rollback, so that it can be told from others: its epoch, and a digest of who and when.

    Routers that do not hear each other may begin the same epoch more than once.
    """

    epoch: int
    digest: str


@dataclass(frozen=True, slots=True)
class Release:
    """One service's share and who decided it, when (Unix seconds) and why.

    Order among a service's releases is by the pair (epoch, revision): the epoch grows with each
    rollback, the revision with each change. A phase is a span in which the share is constant.
    `stage` is an index of the plan, None where the share is none of its stages' doing.
    `rollbacks`, in order, are those that it was decided in the knowledge of. `drilled` is the last
    drill that passed; it outlives every command. `shadow` is how many requests are copied, None for
    as many as the config says; no rollback changes it, and it begins no phase. Who said so is in
    the audit log alone: `by`, `reason` and `updated_at` are those of the share.
    """

    service: str
    status: Status = Status.IDLE
    share: BasisPoints = BasisPoints(0)
    stage: int | None = None
    epoch: int = 0
    revision: int = 0
    phase: int = 0
    updated_at: float = 0.0
    by: str = ""
    reason: str = ""
    approved_by: tuple[str, ...] = ()
    pending: Pending | None = None
    held: Held | None = None
    rollbacks: tuple[Called, ...] = ()
    drilled: Drilled | None = None
    shadow: BasisPoints | None = None

    def __post_init__(self) -> None:
        """Refuse what no sequence of commands leads to: whoever has stored it is not to be trusted.

        Raises ValueError.
        """
        _check(self.service, self.standing, self.share)
        if min(self.epoch, self.revision, self.phase) < 0:
            raise ValueError(f"{self.service} counts an epoch, a revision or a phase below 0")
        if not 0 <= (self.shadow or 0) <= ALL:
            raise ValueError(f"{self.service} copies {self.shadow} basis points of its requests")
        if self.held is not None and self.standing not in _HOLDING:
            raise ValueError(f"{self.service} is {self.status} and holds a {self.held.why}")

    @property
    def stand(self) -> tuple[int, int]:
        """The (epoch, revision)."""
        return (self.epoch, self.revision)

    @property
    def standing(self) -> Standing:
        match self.status, self.held:
            case Status.PAUSED, Held(why=HeldFor.LOST_STATE):
                return Standing.LOST
            case Status.ROLLED_BACK, Held(why=HeldFor.DRILL):
                return Standing.DRILLED
            case _:
                return Standing(self.status.value)

    def knows(self, rollback: Called) -> bool:
        """Whether it was decided in the knowledge of this rollback."""
        is_full = len(self.rollbacks) >= ROLLBACKS_KNOWN
        return rollback in self.rollbacks or (is_full and rollback.epoch <= self.rollbacks[0].epoch)

    @property
    def is_barred(self) -> bool:
        """Whether nothing may reach AI: no rule and no forcing header either."""
        return self.standing in (Standing.ROLLED_BACK, Standing.DRILLED, Standing.LOST)


_WITH_AI = frozenset({Standing.ROLLING, Standing.PAUSED, Standing.COMPLETE})
_HOLDING = frozenset({Standing.LOST, Standing.DRILLED})


def _check(whose: str, standing: Standing, share: BasisPoints) -> None:
    if not 0 <= share <= ALL or (share > 0) is not (standing in _WITH_AI):
        raise ValueError(f"{whose} is {standing} with a share of {share} basis points")

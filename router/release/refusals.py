"""Why a command is refused, as values: what is wrong, and what is possible instead.

A refusal has changed nothing. Its code is stable, for programs; its text is for people.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from router.model import BasisPoints
from router.release.state import Standing


def percent(share: BasisPoints) -> str:
    """Write a share for people."""
    return f"{share / 100:g} percent"


def span(seconds: float) -> str:
    """Write a time for people, in the two largest units that it has: `30d`, `1d 12h`."""
    left, parts = max(0, round(seconds)), list[str]()
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


_UNITS: Final = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something beside the release that holds raises back: a gate, a legacy that is ill."""

    name: str
    because: str


@dataclass(frozen=True, slots=True)
class Refusal(ABC):
    """The root of them all."""

    code: ClassVar[str]

    @property
    @abstractmethod
    def fact(self) -> str:
        """Say what is wrong."""

    @property
    @abstractmethod
    def instead(self) -> str:
        """Say what is possible."""

    def __str__(self) -> str:
        return f"{self.fact}; {self.instead}"


@dataclass(frozen=True, slots=True)
class NotPossible(Refusal):
    """The release does not stand where the command leads on from."""

    code: ClassVar[str] = "not_possible"

    command: str
    standing: Standing
    share: BasisPoints
    conditions: tuple[str, ...]
    possible: tuple[str, ...]

    @property
    def fact(self) -> str:
        where = f"while {self.standing} at {percent(self.share)}"
        wanted = f", only {' or '.join(self.conditions)}" if self.conditions else ""
        return f"{self.command} is not possible {where}{wanted}"

    @property
    def instead(self) -> str:
        return f"possible are {', '.join(self.possible)}"


@dataclass(frozen=True, slots=True)
class RevisionPassed(Refusal):
    """The release has another revision by now than the one that the command is for."""

    code: ClassVar[str] = "revision_passed"

    service: str
    revision: int

    @property
    def fact(self) -> str:
        return f"{self.service} is at revision {self.revision} by now"

    @property
    def instead(self) -> str:
        return "look at it and ask again"


@dataclass(frozen=True, slots=True)
class EpochPassed(Refusal):
    """The command was decided before a rollback that has happened since."""

    code: ClassVar[str] = "epoch_passed"

    seen: int
    epoch: int

    @property
    def fact(self) -> str:
        return f"it was decided at epoch {self.seen}, and a rollback has begun epoch {self.epoch}"

    @property
    def instead(self) -> str:
        return "look at the release and ask again"


@dataclass(frozen=True, slots=True)
class ReasonMissing(Refusal):
    """The plan requires a reason (`require_reason`), and none was given."""

    code: ClassVar[str] = "reason_missing"

    command: str

    @property
    def fact(self) -> str:
        return f"{self.command} needs a reason here"

    @property
    def instead(self) -> str:
        return "say why; a rollback needs none"


@dataclass(frozen=True, slots=True)
class StepTooLarge(Refusal):
    """The share would grow by more than `max_step` at once."""

    code: ClassVar[str] = "step_too_large"

    share: BasisPoints
    most: BasisPoints

    @property
    def fact(self) -> str:
        return f"{percent(self.share)} is too large a step"

    @property
    def instead(self) -> str:
        return f"at most {percent(self.most)} may be next"


@dataclass(frozen=True, slots=True)
class Frozen(Refusal):
    """A window of `no_raise` lies over this moment."""

    code: ClassVar[str] = "no_raise"

    window: str
    until: datetime

    @property
    def fact(self) -> str:
        return f"nothing is raised now ({self.window})"

    @property
    def instead(self) -> str:
        return (
            f"possible again from {self.until.isoformat(timespec='minutes')}; less is at any time"
        )


@dataclass(frozen=True, slots=True)
class Obstructed(Refusal):
    """Something beside the release holds it back; each obstacle says what it waits for."""

    code: ClassVar[str] = "held_back"

    obstacles: tuple[Obstacle, ...]

    @property
    def fact(self) -> str:
        told = "; ".join(f"{each.name}: {each.because}" for each in self.obstacles)
        return f"held back by {told}"

    @property
    def instead(self) -> str:
        return "less is possible at any time, and so is a rollback"


@dataclass(frozen=True, slots=True)
class NotDrilled(Refusal):
    """No rollback was rehearsed for as long as `require.drill` says."""

    code: ClassVar[str] = "no_drill"

    service: str
    within: float
    ago: float | None

    @property
    def fact(self) -> str:
        last = "" if self.ago is None else f", the last one was {span(self.ago)} ago"
        return f"no drill within {span(self.within)}{last}"

    @property
    def instead(self) -> str:
        return f"`gray-router drill {self.service}` rehearses a rollback; then ask again"


@dataclass(frozen=True, slots=True)
class NothingToCopy(Refusal):
    """The config says nothing of copies (`shadow`), so none can be switched on or off."""

    code: ClassVar[str] = "no_shadow"

    service: str

    @property
    def fact(self) -> str:
        return f"{self.service} has no `shadow` in the config: none of its requests is copied"

    @property
    def instead(self) -> str:
        return "write `shadow: {send: both}` there, and reload"


@dataclass(frozen=True, slots=True)
class NothingPending(Refusal):
    """No raise waits for an approval."""

    code: ClassVar[str] = "nothing_pending"

    @property
    def fact(self) -> str:
        return "nothing waits for an approval"

    @property
    def instead(self) -> str:
        return "every other command has dropped what did"


@dataclass(frozen=True, slots=True)
class PendingExpired(Refusal):
    """The raise has waited for too long."""

    code: ClassVar[str] = "pending_expired"

    command: str
    by: str

    @property
    def fact(self) -> str:
        return f"the {self.command} of {self.by} has waited for too long"

    @property
    def instead(self) -> str:
        return "it has to be asked for again"


@dataclass(frozen=True, slots=True)
class SameIdentity(Refusal):
    """Whoever approves has asked for the raise himself, or has approved it before."""

    code: ClassVar[str] = "same_identity"

    by: str

    @property
    def fact(self) -> str:
        return f"{self.by} has said yes already"

    @property
    def instead(self) -> str:
        return "somebody else has to approve it"


ALL_REFUSALS: Final[tuple[type[Refusal], ...]] = (
    NotPossible,
    RevisionPassed,
    NothingToCopy,
    EpochPassed,
    ReasonMissing,
    StepTooLarge,
    Frozen,
    Obstructed,
    NotDrilled,
    NothingPending,
    PendingExpired,
    SameIdentity,
)
"""In the order in which a command is judged, those of `approve` at last."""

"""Everything that may be asked of a release; what comes of it stands in `transitions`.

Whoever commands says who he is, when it was (Unix seconds), and why. What is decided upon the sight
of a release carries the epoch that was seen, so that no raise outlives a rollback that it did not
know of, and the revision if it is to hold for that one only.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from router.model import BasisPoints

STORE_LOST_STATE: Final = "store_lost_state"
"""The reason of a release that stands still because the store has forgotten it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A command that holds whatever its giver has seen."""

    name: ClassVar[str]
    is_for_people: ClassVar[bool] = True

    by: str
    at: float
    reason: str = ""

    @property
    def title(self) -> str:
        """Write it as one would say it."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed(Spoken):
    """A command that was decided upon the sight of a release; `revision` is None for any."""

    epoch: int
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Informed):
    """Give AI this share."""

    name: ClassVar[str] = "set"

    share: BasisPoints

    @property
    def title(self) -> str:
        return f"set {self.share / 100:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Informed):
    """Begin with the first stage of the plan."""

    name: ClassVar[str] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote(Informed):
    """Go on to the plan's next stage; after the last one, be done."""

    name: ClassVar[str] = "promote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Informed):
    """Stay where it is: no automation, no raise."""

    name: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Informed):
    """Go on after a pause, or as before a drill that left AI at 0.

    After the store lost its state only by somebody's explicit word.
    """

    name: ClassVar[str] = "resume"

    confirm_lost_state: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(Informed):
    """Say that the rollout is over; below 100 percent, and against gates, by force only."""

    name: ClassVar[str] = "complete"

    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Informed):
    """Begin anew, for the next version of AI."""

    name: ClassVar[str] = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Informed):
    """Agree to the raise that is pending."""

    name: ClassVar[str] = "approve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill(Informed):
    """Rehearse a rollback: it is a real one, and `Restore` ends it."""

    name: ClassVar[str] = "drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetShadow(Informed):
    """Have so many requests copied, None for as many as the config says; the share stays."""

    name: ClassVar[str] = "shadow"

    copied: BasisPoints | None

    @property
    def title(self) -> str:
        if self.copied is None:
            return "shadow on"
        return f"shadow {self.copied / 100:g}" if self.copied else "shadow off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore(Informed):
    """End a drill: let everything be as it was before. `applied_ms`: what it has shown."""

    name: ClassVar[str] = "restore"
    is_for_people: ClassVar[bool] = False

    applied_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback(Spoken):
    """Send everybody to legacy."""

    name: ClassVar[str] = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseState(Spoken):
    """Stand still: the store has forgotten the release, and one of its members still knows it."""

    name: ClassVar[str] = "lose_state"
    is_for_people: ClassVar[bool] = False

    reason: str = STORE_LOST_STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack(Spoken):
    """Begin at 0: a config has the service again that an earlier one had taken out."""

    name: ClassVar[str] = "come_back"
    is_for_people: ClassVar[bool] = False


Command = (
    Set
    | Start
    | Promote
    | Pause
    | Resume
    | Complete
    | Reset
    | Approve
    | Drill
    | SetShadow
    | Restore
    | Rollback
    | LoseState
    | ComeBack
)

"""The release's state machine, as one table: which command leads where, and what it must pass.

Rule 1: whatever decides a transition is a row here; `transitions` only reads the rows.
Rule 2: the guard of `rollback` is empty, and what takes from AI is never guarded as a raise is.

docs/reference/release.md is generated from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from router.model import ALL
from router.release.checks import Check
from router.release.commands import (
    Approve,
    ComeBack,
    Command,
    Complete,
    Drill,
    LoseState,
    Pause,
    Promote,
    Reset,
    Restore,
    Resume,
    Rollback,
    Set,
    SetShadow,
    Start,
)
from router.release.situation import Mark, Situation
from router.release.state import HeldFor, Standing, Status


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be so for a row to hold, and how that is said."""

    says: str
    holds: Callable[[Situation], bool]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a row leads: to a status (None: the one that was held), with a share.

    holds: what the release is to remember how it was for. stays: all but what is copied is as it
    was before.
    """

    status: Status | None
    share: str
    mark: Callable[[Situation], Mark]
    begins_epoch: bool = False
    holds: HeldFor | None = None
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """What a row must pass, in this order."""

    checks: tuple[Check, ...] = ()
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One transition; `only` is None where the command alone decides."""

    command: type[Command]
    only: Condition | None
    standings: tuple[Standing, ...]
    to: Target
    guard: Guard


# From where...

_ANY: Final = tuple(Standing)
_IDLE: Final = (Standing.IDLE,)
_ROLLING: Final = (Standing.ROLLING,)
_PAUSED: Final = (Standing.PAUSED,)
_LOST: Final = (Standing.LOST,)
_DRILLED: Final = (Standing.DRILLED,)
_BACK: Final = (Standing.ROLLED_BACK, Standing.DRILLED)
_WITH_AI: Final = (Standing.ROLLING, Standing.PAUSED, Standing.COMPLETE)

# Only if...

_ABOVE: Final = Condition("more than it has", lambda it: it.asked > it.release.share)
_BELOW: Final = Condition("not more than it has", lambda it: 0 < it.asked <= it.release.share)
_ZERO: Final = Condition("0 percent", lambda it: it.asked == 0)
_MORE: Final = Condition("a higher stage follows", lambda it: it.next() != it.same())
_LAST: Final = Condition("no higher stage follows", lambda it: it.next() == it.same())
_ALL: Final = Condition("at 100 percent", lambda it: it.release.share == ALL and not it.is_forced)
_FORCED: Final = Condition("by force", lambda it: it.is_forced)
_NO_COPIES: Final = Condition("0 percent", lambda it: it.copies_nothing)
_SURE: Final = Condition("confirmed; AI had a share", lambda it: it.is_confirmed and it.had > 0)
_SURE_0: Final = Condition("confirmed; AI had none", lambda it: it.is_confirmed and it.had == 0)

# To where...

_TO_IDLE: Final = Target(Status.IDLE, "0", Situation.nothing)
_TO_NAMED: Final = Target(Status.ROLLING, "the one asked for", Situation.named)
_TO_FIRST: Final = Target(Status.ROLLING, "the first stage", Situation.first)
_TO_NEXT: Final = Target(Status.ROLLING, "the next higher stage", Situation.next)
_TO_AGREED: Final = Target(Status.ROLLING, "the one approved", Situation.agreed)
_ROLL_ON: Final = Target(Status.ROLLING, "stays", Situation.same)
_ROLL_AS_BEFORE: Final = Target(Status.ROLLING, "as it was", Situation.held)
_STOP: Final = Target(Status.PAUSED, "stays", Situation.same)
_STOP_LOWER: Final = Target(Status.PAUSED, "the one asked for", Situation.named)
_STOP_LOST: Final = Target(Status.PAUSED, "0", Situation.nothing, holds=HeldFor.LOST_STATE)
_DONE: Final = Target(Status.COMPLETE, "stays", Situation.same)
_OFF: Final = Target(Status.ROLLED_BACK, "0", Situation.nothing)
_OFF_ANEW: Final = Target(Status.ROLLED_BACK, "0", Situation.nothing, begins_epoch=True)
_OFF_A_WHILE: Final = Target(
    Status.ROLLED_BACK, "0", Situation.nothing, begins_epoch=True, holds=HeldFor.DRILL
)
_AS_BEFORE: Final = Target(None, "as it was", Situation.held)
_STAYS: Final = Target(None, "stays", Situation.same, stays=True)

# Past what...

_NONE: Final = Guard()
_WHY: Final = Guard((Check.REASON,))
_CHANGE: Final = Guard((Check.EPOCH, Check.REASON))
_ONWARD: Final = Guard((Check.EPOCH, Check.REASON, Check.OBSTACLES, Check.DRILL))
_RAISE: Final = Guard(
    (Check.EPOCH, Check.REASON, Check.STEP, Check.WINDOW, Check.OBSTACLES, Check.DRILL),
    needs_approval=True,
)
_REGAIN: Final = Guard(  # steps and a drill had led to this share, so it may come back in one
    (Check.EPOCH, Check.REASON, Check.WINDOW, Check.OBSTACLES), needs_approval=True
)
_COPY_LESS: Final = Guard((Check.COPIES, Check.REASON))
_COPY: Final = Guard((Check.COPIES, Check.EPOCH, Check.REASON))
_REHEARSE: Final = Guard((Check.EPOCH, Check.REASON, Check.WINDOW, Check.OBSTACLES))
_RESTORE: Final = Guard((Check.EPOCH, Check.OBSTACLES))
_AGREE: Final = Guard(  # reason and step were judged when it was asked for
    (Check.SECOND, Check.EPOCH, Check.WINDOW, Check.OBSTACLES, Check.DRILL), needs_approval=True
)

TABLE: Final = (
    Row(Set, _ABOVE, _IDLE + _ROLLING + _BACK, _TO_NAMED, _RAISE),
    Row(Set, _BELOW, _ROLLING, _TO_NAMED, _WHY),
    Row(Set, _BELOW, _PAUSED, _STOP_LOWER, _WHY),
    Row(Set, _ZERO, _IDLE + _ROLLING + _PAUSED, _TO_IDLE, _WHY),
    Row(Set, _ZERO, _LOST, _TO_IDLE, _CHANGE),
    Row(Start, None, _IDLE + _BACK, _TO_FIRST, _RAISE),
    Row(Promote, _MORE, _ROLLING, _TO_NEXT, _RAISE),
    Row(Promote, _LAST, _ROLLING, _DONE, _ONWARD),
    Row(Pause, None, _ROLLING, _STOP, _WHY),
    Row(Resume, None, _PAUSED, _ROLL_ON, _CHANGE),
    Row(Resume, _SURE, _LOST, _ROLL_AS_BEFORE, _REGAIN),
    Row(Resume, _SURE_0, _LOST, _AS_BEFORE, _CHANGE),
    Row(Resume, None, _DRILLED, _ROLL_AS_BEFORE, _REGAIN),
    Row(Complete, _ALL, _ROLLING, _DONE, _ONWARD),
    Row(Complete, _FORCED, _ROLLING, _DONE, _CHANGE),
    Row(Rollback, None, _ANY, _OFF_ANEW, _NONE),
    Row(Reset, None, (Standing.COMPLETE, *_BACK), _TO_IDLE, _CHANGE),
    Row(Approve, None, _IDLE + _ROLLING + _LOST + _BACK, _TO_AGREED, _AGREE),
    Row(SetShadow, _NO_COPIES, _ANY, _STAYS, _COPY_LESS),
    Row(SetShadow, None, _ANY, _STAYS, _COPY),
    Row(Drill, None, _WITH_AI, _OFF_A_WHILE, _REHEARSE),
    Row(Restore, None, _DRILLED, _AS_BEFORE, _RESTORE),
    Row(LoseState, None, _ANY, _STOP_LOST, _NONE),
    Row(ComeBack, None, _IDLE + _WITH_AI, _TO_IDLE, _NONE),
    Row(ComeBack, None, _BACK, _OFF, _NONE),
    Row(ComeBack, None, _LOST, _STOP_LOST, _NONE),
)
"""The first row that holds is the one; a command without one is refused."""

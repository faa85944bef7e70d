"""What a command must pass beside standing where it may: the table names the checks of each row."""

import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from router.model import ALL, BasisPoints
from router.release.commands import Informed
from router.release.refusals import (
    EpochPassed,
    Frozen,
    NotDrilled,
    NothingPending,
    NothingToCopy,
    Obstructed,
    PendingExpired,
    ReasonMissing,
    Refusal,
    SameIdentity,
    StepTooLarge,
)
from router.release.situation import Situation


class Check(enum.StrEnum):
    """A check by the words of the documentation."""

    EPOCH = "no rollback since"
    REASON = "`require_reason`"
    STEP = "`max_step`"
    WINDOW = "`no_raise`"
    OBSTACLES = "gates and health"
    DRILL = "`require.drill`"
    SECOND = "another identity"
    COPIES = "`shadow` in the config"


def failing(check: Check, situation: Situation, share: BasisPoints) -> Refusal | None:
    """Return why the command must not lead to this share, None if the check does not mind."""
    return _CHECKS[check](situation, share)


def _step(situation: Situation, share: BasisPoints) -> Refusal | None:
    step = situation.plan.max_step
    most = ALL if step is None else BasisPoints(situation.release.share + step)
    return StepTooLarge(share, most) if share > most else None


def _drill(situation: Situation, share: BasisPoints) -> Refusal | None:
    release, within = situation.release, situation.plan.drill_within
    is_first = not release.share and share <= situation.plan.stages[0]
    if within is None or situation.regains or is_first:  # without a share nothing can be rehearsed
        return None
    last = None if release.drilled is None else situation.command.at - release.drilled.when
    is_recent = last is not None and last <= within
    return None if is_recent else NotDrilled(release.service, within, last)


def _epoch(situation: Situation, _: BasisPoints) -> Refusal | None:
    command, epoch = situation.command, situation.release.epoch
    # One that knows a later epoch than we do has met a release that we have not heard of yet.
    if isinstance(command, Informed) and command.epoch != epoch:
        return EpochPassed(command.epoch, epoch)
    return None


def _reason(situation: Situation, _: BasisPoints) -> Refusal | None:
    if situation.plan.require_reason and not situation.command.reason.strip():
        return ReasonMissing(situation.command.title)
    return None


def _window(situation: Situation, _: BasisPoints) -> Refusal | None:
    over = [
        Frozen(window.text, until)
        for window in situation.plan.no_raise
        if (until := window.until(situation.command.at)) is not None
    ]
    return max(over, key=lambda frozen: frozen.until, default=None)


def _obstacles(situation: Situation, _: BasisPoints) -> Refusal | None:
    return Obstructed(situation.obstacles) if situation.obstacles else None


def _copies(situation: Situation, _: BasisPoints) -> Refusal | None:
    return NothingToCopy(situation.release.service) if situation.plan.sample is None else None


def _second(situation: Situation, _: BasisPoints) -> Refusal | None:
    pending = situation.release.pending
    if pending is None:
        return NothingPending()
    if pending.has_expired(situation.command.at):
        return PendingExpired(pending.command, pending.by)
    *before, last = situation.assenting
    return SameIdentity(last) if last in before else None


_CHECKS: Final[Mapping[Check, Callable[[Situation, BasisPoints], Refusal | None]]] = (
    MappingProxyType(
        {
            Check.EPOCH: _epoch,
            Check.REASON: _reason,
            Check.STEP: _step,
            Check.WINDOW: _window,
            Check.OBSTACLES: _obstacles,
            Check.DRILL: _drill,
            Check.SECOND: _second,
            Check.COPIES: _copies,
        }
    )
)

"""What follows when a command meets a release: another release, or a refusal; nothing is raised.

Order of judgement: is it for this revision → is there a row of the table → does it pass the row's
checks → do enough people want it. The caller does what is to be done about it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from router.release.checks import failing
from router.release.commands import Approve, ComeBack, Command, SetShadow
from router.release.plan import ReleasePlan
from router.release.refusals import NotPossible, Obstacle, Refusal, RevisionPassed
from router.release.situation import Situation
from router.release.state import (
    ROLLBACKS_KNOWN,
    Called,
    Held,
    HeldFor,
    Pending,
    Release,
    Standing,
    Status,
)
from router.release.table import TABLE, Row

APPROVAL_LASTS: Final = 24 * 3600.0
"""Seconds for which a raise waits for those who are to approve it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A command was accepted: ``after`` takes the place of ``before``."""

    before: Release
    after: Release

    @property
    def is_rollback(self) -> bool:
        """Whether it is published before it is saved."""
        return self.after.epoch > self.before.epoch

    @property
    def is_raise(self) -> bool:
        return self.after.share > self.before.share

    @property
    def is_waiting(self) -> bool:
        """Whether nothing comes of it before others have approved it."""
        return self.after.pending is not None


def decide(
    release: Release, command: Command, plan: ReleasePlan, obstacles: Iterable[Obstacle] = ()
) -> Decision | Refusal:
    """Judge a command. ``obstacles`` is what holds raises back now, beside the release itself."""
    situation = Situation(release, command, plan, tuple(obstacles))
    if situation.is_outdated:
        return RevisionPassed(release.service, release.revision)
    row = _row(situation)
    if row is None:
        return _not_possible(situation)
    share = row.to.mark(situation).share
    for check in row.guard.checks:
        if (refusal := failing(check, situation, share)) is not None:
            return refusal
    is_waiting = row.guard.needs_approval and len(situation.assenting) < plan.approvals
    after = _waiting(situation, row) if is_waiting else _carried_out(situation, row)
    return Decision(release, after)


def _row(situation: Situation) -> Row | None:
    rows = _rows(situation.release.standing)
    return next((row for row in rows if _is_of(row, situation) and _holds(row, situation)), None)


def _rows(standing: Standing) -> list[Row]:
    return [row for row in TABLE if standing in row.standings]


def _is_of(row: Row, situation: Situation) -> bool:
    return isinstance(situation.command, row.command)


def _holds(row: Row, situation: Situation) -> bool:
    return row.only is None or row.only.holds(situation)


def _not_possible(situation: Situation) -> NotPossible:
    release, rows = situation.release, _rows(situation.release.standing)
    offered = [
        row.command.name
        for row in rows
        if row.command.is_for_people
        and not row.to.stays
        and (row.command is not Approve or release.pending)
    ]
    return NotPossible(
        situation.command.title,
        release.standing,
        release.share,
        conditions=tuple(row.only.says for row in rows if row.only and _is_of(row, situation)),
        possible=tuple(dict.fromkeys(offered)),
    )


def _carried_out(situation: Situation, row: Row) -> Release:
    """Return the release that the row leads to; what was pending is dropped."""
    if row.to.stays:
        return _copying(situation)
    before, mark = situation.release, row.to.mark(situation)
    by, *others = situation.assenting
    return Release(
        service=before.service,
        status=_status(before, row),
        share=mark.share,
        stage=mark.stage,
        epoch=before.epoch + row.to.begins_epoch,
        revision=before.revision + 1,
        phase=before.phase + (mark.share != before.share),
        updated_at=situation.command.at,
        by=by,
        reason=situation.reason,
        approved_by=tuple(others),
        held=_held(before, row),
        rollbacks=_rollbacks(situation, row),
        drilled=situation.drilled,
        shadow=None if isinstance(situation.command, ComeBack) else before.shadow,
    )


def _copying(situation: Situation) -> Release:
    """Return the same release, with another word on how much is copied."""
    before, command = situation.release, situation.command
    copied = command.copied if isinstance(command, SetShadow) else before.shadow
    return replace(before, revision=before.revision + 1, pending=None, shadow=copied)


def _waiting(situation: Situation, row: Row) -> Release:
    """Return the same release with what is to be approved; its revision grows with every yes."""
    before, mark = situation.release, row.to.mark(situation)
    by, *others = situation.assenting
    first = situation.approved or Pending(
        command=situation.command.name,
        share=mark.share,
        stage=mark.stage,
        by=by,
        reason=situation.reason,
        expires_at=situation.command.at + APPROVAL_LASTS,
    )
    pending = replace(first, approved_by=tuple(others))
    return replace(before, revision=before.revision + 1, pending=pending)


def _status(before: Release, row: Row) -> Status:
    if row.to.status is not None:
        return row.to.status
    return before.status if before.held is None else before.held.status


def _rollbacks(situation: Situation, row: Row) -> tuple[Called, ...]:
    before, command = situation.release, situation.command
    if not row.to.begins_epoch:
        return before.rollbacks
    text = f"{command.at!r} {command.by}".encode("utf-8", "backslashreplace")
    called = Called(before.epoch + 1, hashlib.blake2b(text, digest_size=4).hexdigest())
    return (*before.rollbacks, called)[-ROLLBACKS_KNOWN:]


def _held(before: Release, row: Row) -> Held | None:
    if row.to.holds is None:
        return None
    if row.to.holds is HeldFor.LOST_STATE and before.standing is Standing.LOST:
        return before.held  # what was known before the first loss is worth more than its 0
    return Held(row.to.holds, before.status, before.share, before.stage)

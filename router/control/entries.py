"""What a command leads to, and what the audit log is to say of it."""

from dataclasses import replace

from router.control.broadcast import Stand
from router.control.caller import ROUTER, Caller
from router.release.commands import Command, LoseState, Rollback
from router.release.plan import ReleasePlan
from router.release.state import Release
from router.release.transitions import Decision, decide
from router.store.audit import Entry
from router.store.port import stand_of

_UNKNOWN_ROLLBACK = "workers serve by a rollback that is not remembered"


def entry_for(caller: Caller, command: Command, before: Release | None, after: Release) -> Entry:
    """Return what the audit log is to say of a command that is carried out."""
    return Entry(
        at=command.at,
        who=caller.name,
        origin=caller.origin,
        command=command.title,
        service=after.service,
        why=command.reason,
        old=before,
        new=after,
    )


def entry_of_refusal(
    caller: Caller, command: str, service: str, why: str, refused: str, *, at: float
) -> Entry:
    """Return what the audit log is to say of a command that has changed nothing."""
    return Entry(
        at=at,
        who=caller.name,
        origin=caller.origin,
        command=command,
        service=service,
        why=why,
        refused=refused,
    )


def rolled_back(before: Release, command: Rollback, plan: ReleasePlan) -> Release:
    """Return the release that a rollback leads to: from everywhere it leads somewhere."""
    decision = decide(before, command, plan)
    if not isinstance(decision, Decision):
        raise TypeError(f"a rollback of {before.service} is never refused: {decision}")
    return decision.after


def lost(release: Release, plan: ReleasePlan, at: float) -> Entry:
    """Have it stand still at 0: only a person's explicit word takes it on from there."""
    command = LoseState(by=ROUTER.name, at=at)
    decision = decide(release, command, plan)
    if not isinstance(decision, Decision):
        raise TypeError(f"{release.service} cannot lose its state: {decision}")
    return entry_for(ROUTER, command, release, decision.after)


def outlived(release: Release, seen: Stand, plan: ReleasePlan, at: float) -> Entry | None:
    """Return what follows where some worker serves by ``seen``; None if that is remembered.

    Nothing that is published later may stand lower than what was served.
    """
    if seen <= stand_of(release):
        return None
    epoch, revision = seen
    level = replace(release, epoch=epoch, revision=max(revision, release.revision))
    if epoch == release.epoch:
        return replace(lost(level, plan, at), old=release)
    command = Rollback(by=ROUTER.name, at=at, reason=_UNKNOWN_ROLLBACK)
    return entry_for(ROUTER, command, release, rolled_back(level, command, plan))

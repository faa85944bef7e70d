"""Releases as they stand in each place, and commands upon them, for tests of the state machine."""

from dataclasses import replace
from typing import Any, Final

from router.model import ALL, BasisPoints
from router.release.commands import Command, Informed, Restore
from router.release.plan import ReleasePlan
from router.release.refusals import Refusal
from router.release.state import Held, HeldFor, Pending, Release, Standing, Status
from router.release.transitions import Decision, decide

NOON: Final = 1_790_000_000.0
"""Unix seconds: Monday, 21 September 2026, 14:13:20 UTC."""

PLAN: Final = ReleasePlan((BasisPoints(500), BasisPoints(2000), BasisPoints(5000), ALL))


def share(percent: float) -> BasisPoints:
    """Write a share as people do."""
    return BasisPoints(round(percent * 100))


def said(command: type[Command], *, by: str = "ann", at: float = NOON, **more: Any) -> Command:
    """Give a command that fits a release of epoch 3, unless `epoch` says another one."""
    if issubclass(command, Informed):
        more = {"epoch": 3, **more}
    if issubclass(command, Restore):
        more = {"applied_ms": 7.5, **more}
    return command(**{"by": by, "at": at, "reason": "because", **more})


def standing(where: Standing, percent: float = 20, stage: int | None = 1) -> Release:
    """A release of epoch 3 and revision 7 that stands there; with a share where AI has one."""
    idle = Release("support", epoch=3, revision=7, phase=5, by="eve", reason="before")
    with_ai = replace(idle, status=Status.ROLLING, share=share(percent), stage=stage)
    held = Held(HeldFor.DRILL, Status.ROLLING, share(percent), stage)
    releases = {
        Standing.IDLE: idle,
        Standing.ROLLING: with_ai,
        Standing.PAUSED: replace(with_ai, status=Status.PAUSED),
        Standing.COMPLETE: replace(with_ai, status=Status.COMPLETE),
        Standing.ROLLED_BACK: replace(idle, status=Status.ROLLED_BACK),
        Standing.DRILLED: replace(idle, status=Status.ROLLED_BACK, held=held),
        Standing.LOST: replace(
            idle, status=Status.PAUSED, held=replace(held, why=HeldFor.LOST_STATE)
        ),
    }
    return releases[where]


def waiting(release: Release, percent: float = 50, *, approved_by: tuple[str, ...] = ()) -> Release:
    """The same release, in which ann's raise waits for others."""
    pending = Pending("set", share(percent), None, "ann", "growth", NOON + 60, approved_by)
    return replace(release, pending=pending)


def after(release: Release, command: Command, plan: ReleasePlan = PLAN) -> Release:
    """Return what follows; the command must be accepted."""
    decision = decide(release, command, plan)
    assert isinstance(decision, Decision), str(decision)
    return decision.after


def refused(release: Release, command: Command, plan: ReleasePlan = PLAN) -> Refusal:
    """Return why; the command must be refused."""
    refusal = decide(release, command, plan)
    assert isinstance(refusal, Refusal)
    return refusal

"""Releases as replicas know them: what was decided upon what, by whom, in the knowledge of what."""

from router.model import BasisPoints
from router.release.commands import Command, LoseState, Rollback, Set
from router.release.plan import ReleasePlan
from router.release.state import Release
from router.release.transitions import Decision, decide

PLAN = ReleasePlan(stages=(BasisPoints(500), BasisPoints(10_000)))
NOON = 1_790_000_000.0


def after(release: Release, command: Command) -> Release:
    decision = decide(release, command, PLAN)
    assert isinstance(decision, Decision), decision
    return decision.after


def at(percent: int, release: Release | None = None, *, by: str = "ann") -> Release:
    """Give AI a share upon a release, a fresh one if there is none."""
    release = release or Release("support")
    share = BasisPoints(percent * 100)
    return after(release, Set(by=by, at=NOON, epoch=release.epoch, share=share))


def rolled_back(release: Release, *, by: str = "ben") -> Release:
    return after(release, Rollback(by=by, at=NOON))


def lost(release: Release) -> Release:
    return after(release, LoseState(by="router", at=NOON))

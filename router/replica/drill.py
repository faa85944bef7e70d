"""A rehearsed rollback: it is a real one, measured, and taken back by a command of its own.

    ready → rolled back (an epoch of its own) → reported → as it was
                                                  └──────→ left at 0, and why

What takes it back is exempt from all that guards raises, for the release has been there before;
so it is given for the drill's very release: after any other command it would be a raise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from router.release.commands import Drill, Restore
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle, Refusal
from router.release.state import Release, Standing
from router.release.transitions import Decision, decide


@dataclass(frozen=True, slots=True)
class Plan:
    """How a drill is carried out: ``during`` is served and measured, then ``restore`` is given."""

    before: Release
    during: Release
    restore: Restore


@dataclass(frozen=True, slots=True)
class Left:
    """It stays at 0, and why."""

    because: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a drill has shown. applied_ms: until the last worker of the last member had confirmed.

    is_restored: whether everything is as it was before.
    """

    applied_ms: float
    is_complete: bool
    is_restored: bool

    @property
    def passes(self) -> bool:
        """Whether it counts for `require: {drill}`."""
        return self.is_complete and self.is_restored


def planned(
    release: Release, command: Drill, plan: ReleasePlan, obstacles: Sequence[Obstacle]
) -> Plan | Refusal:
    """Plan a drill upon the release as it stands, or say why there is none now."""
    decision = decide(release, command, plan, obstacles)
    if not isinstance(decision, Decision):
        return decision
    during = decision.after
    restore = Restore(
        by=command.by,
        at=command.at,
        reason=command.reason,
        epoch=during.epoch,
        revision=during.revision,
    )
    return Plan(release, during, restore)


def ended(
    drill: Plan, release: Release, plan: ReleasePlan, obstacles: Sequence[Obstacle], at: float
) -> Release | Left:
    """Return what follows upon the release that stands now, when the drill has been measured."""
    if release.standing is not Standing.DRILLED or release.stand != drill.during.stand:
        return Left(f"{release.by} has changed it meanwhile: {release.reason}")
    if obstacles:
        return Left("; ".join(obstacle.because for obstacle in obstacles))
    restore = drill.restore
    command = Restore(
        by=restore.by, at=at, reason=restore.reason, epoch=restore.epoch, revision=restore.revision
    )
    decision = decide(release, command, plan)
    if not isinstance(decision, Decision):
        return Left(decision.fact)
    return decision.after

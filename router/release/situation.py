"""One command, the release that it meets, and all that is to be heeded: what is judged."""

from dataclasses import dataclass
from typing import NamedTuple

from router.model import BasisPoints
from router.release.commands import (
    Approve,
    Command,
    Complete,
    Informed,
    Restore,
    Resume,
    Set,
    SetShadow,
)
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle
from router.release.state import Drilled, Pending, Release


class Mark(NamedTuple):
    """A share, and the stage that it comes from."""

    share: BasisPoints
    stage: int | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What the table's conditions and shares are read from."""

    release: Release
    command: Command
    plan: ReleasePlan
    obstacles: tuple[Obstacle, ...] = ()

    # What is asked...

    @property
    def is_outdated(self) -> bool:
        """Whether the command is for another revision than there is by now."""
        asked = self.command.revision if isinstance(self.command, Informed) else None
        return asked not in (None, self.release.revision)

    @property
    def asked(self) -> BasisPoints:
        """The share that `set` asks for; no other command names one."""
        return self.command.share if isinstance(self.command, Set) else self.release.share

    @property
    def copies_nothing(self) -> bool:
        return isinstance(self.command, SetShadow) and self.command.copied == 0

    @property
    def is_forced(self) -> bool:
        return isinstance(self.command, Complete) and self.command.force

    @property
    def is_confirmed(self) -> bool:
        return isinstance(self.command, Resume) and self.command.confirm_lost_state

    @property
    def had(self) -> BasisPoints:
        """The share that is held, 0 for none."""
        return self.held().share

    @property
    def approved(self) -> Pending | None:
        """What the command is another yes to."""
        return self.release.pending if isinstance(self.command, Approve) else None

    @property
    def assenting(self) -> tuple[str, ...]:
        """Everybody who wants it, the first of them who asked for it."""
        if self.approved is None:
            return (self.command.by,)
        return (self.approved.by, *self.approved.approved_by, self.command.by)

    @property
    def regains(self) -> bool:
        """Whether AI would get back what it had, and no more: the way there was gone before."""
        approved = self.approved
        return approved.command == Resume.name if approved else isinstance(self.command, Resume)

    @property
    def drilled(self) -> Drilled | None:
        """The last drill, once this is done."""
        if isinstance(self.command, Restore):
            return Drilled(self.command.at, self.command.applied_ms)
        return self.release.drilled

    @property
    def reason(self) -> str:
        return self.command.reason if self.approved is None else self.approved.reason

    # Where that would lead...

    def same(self) -> Mark:
        return Mark(self.release.share, self.release.stage)

    def nothing(self) -> Mark:
        return Mark(BasisPoints(0), None)

    def named(self) -> Mark:
        return Mark(self.asked, None)

    def first(self) -> Mark:
        return Mark(self.plan.stages[0], 0)

    def next(self) -> Mark:
        stage = self.plan.next_stage(self.release.share)
        return self.same() if stage is None else Mark(self.plan.stages[stage], stage)

    def held(self) -> Mark:
        held = self.release.held
        return self.nothing() if held is None else Mark(held.share, held.stage)

    def agreed(self) -> Mark:
        """Return what was agreed to; its stage only if the plan still has it there."""
        pending = self.approved
        if pending is None:
            return self.same()
        stage = pending.stage if self.plan.has(pending.stage, pending.share) else None
        return Mark(pending.share, stage)

"""By which rules a service's share grows: what the config says about its release."""

from dataclasses import dataclass
from itertools import pairwise

from router.model import ALL, BasisPoints
from router.release.state import Release, Status
from router.release.windows import Window


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """The stages, and what a raise must heed.

    max_step: the most that a share grows at once, None for no limit. approvals: how many different
    identities must want a raise, its caller among them. require_reason: whether a command without
    a reason is refused. no_raise: when nothing is raised. holds_on: `on_partition: hold`.
    drill_within: how many seconds ago at most a rollback must have been rehearsed, None if it need
    not be. sample: how many requests are copied where nobody has said otherwise, None where none
    ever are.
    """

    stages: tuple[BasisPoints, ...]
    max_step: BasisPoints | None = None
    approvals: int = 1
    require_reason: bool = False
    no_raise: tuple[Window, ...] = ()
    holds_on: bool = False
    drill_within: float | None = None
    sample: BasisPoints | None = None

    def __post_init__(self) -> None:
        marks = (0, *self.stages)
        if len(marks) == 1 or marks[-1] > ALL or any(b <= a for a, b in pairwise(marks)):
            raise ValueError(f"stages must rise from above 0 to at most {ALL}: {self.stages}")
        if self.approvals < 1:
            raise ValueError("whoever asks for a raise is the first to want it")

    def holds(self, release: Release) -> bool:
        """Say whether AI serves by this release also where nobody confirms it any more."""
        return self.holds_on and release.status is Status.COMPLETE

    def copied(self, release: Release) -> BasisPoints | None:
        """Say how many requests are copied by this release, None where none ever are."""
        if self.sample is None:
            return None
        return self.sample if release.shadow is None else release.shadow

    def next_stage(self, share: BasisPoints) -> int | None:
        """Return the index of the lowest stage above ``share``, None beyond the last one."""
        return next((index for index, stage in enumerate(self.stages) if stage > share), None)

    def has(self, stage: int | None, share: BasisPoints) -> bool:
        """Say whether this stage is one of ours, and gives this share."""
        return stage is not None and stage < len(self.stages) and self.stages[stage] == share

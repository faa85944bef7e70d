"""What the tour does, for how long, with how many customers."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Step:
    """A percentage and the seconds for which it stays."""

    percent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole walk. It ends with the way back: one step down to 0."""

    steps: tuple[Step, ...]
    tickets_per_second: int = 250
    customers: int = 2_000
    seed: int = 7

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def walk(self) -> str:
        return " → ".join(str(step.percent) for step in self.steps)


LIVE: Final = Plan((Step(0, 6), Step(5, 10), Step(20, 10), Step(50, 10), Step(100, 8), Step(0, 7)))
ONCE: Final = Plan((Step(0, 3), Step(5, 6), Step(20, 6), Step(50, 6), Step(100, 4), Step(0, 3)))

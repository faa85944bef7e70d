"""The walk: which percentages, and how far the load is when each of them begins. Pure."""

from collections.abc import Sequence
from typing import Final

STEPS: Final = (
    5.0, 10.0, 20.0, 15.0, 30.0, 45.0, 50.0, 40.0, 60.0, 75.0,
    80.0, 0.0, 1.0, 25.0, 33.33, 90.0, 99.5, 100.0, 66.6, 20.0,
)  # fmt: skip
"""Twenty changes: small and large raises and falls, both ends, and both of the decimals."""


def changes_due(answers: int, target: int, steps: Sequence[float] = STEPS) -> int:
    """Return how many changes should have been made once so many answers have come.

    The walk begins and ends with a stretch of its own: each percentage has as many requests.
    """
    stretch = target / (len(steps) + 1)
    return min(len(steps), int(answers / stretch))

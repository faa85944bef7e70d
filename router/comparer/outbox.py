"""Samples on their way to the supervisor, until it has kept them: bounded by number and bytes."""

from collections import deque
from collections.abc import Callable
from typing import Final

from router.wire.comparing import Sample

MOST_SAMPLES: Final = 2000
MOST_BYTES: Final = 16 * 1024 * 1024
"""Beyond either the oldest goes."""

LONGEST: Final = 900.0
"""Seconds that a sample waits for a supervisor that cannot keep it."""

MOST_TOLD: Final = 4 * 1024 * 1024
"""Bytes that are told at once."""

_FRAME: Final = 300
"""Bytes that a sample takes beside its texts."""


class Outbox:
    """Owns them. ``on_loss`` hears how many have gone that nobody has kept."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Sample]] = deque()
        self._bytes = 0
        self.on_loss: Callable[[int], None] = lambda _: None

    def add(self, sample: Sample, now: float) -> None:
        """Take it; ``now``: a monotonic time."""
        self._waiting.append((now, sample))
        self._bytes += _size(sample)
        lost = 0
        while len(self._waiting) > MOST_SAMPLES or self._bytes > MOST_BYTES or self._is_old(now):
            self._remove_first()
            lost += 1
        if lost:
            self.on_loss(lost)

    def next(self) -> list[Sample]:
        """Return the oldest ones, as many as are told at once."""
        told: list[Sample] = []
        size = 0
        for _, sample in self._waiting:
            size += _size(sample)
            if told and size > MOST_TOLD:
                break
            told.append(sample)
        return told

    def keep(self, told: list[Sample]) -> None:
        """Let go of those that are kept."""
        kept = {sample.id for sample in told}
        while self._waiting and self._waiting[0][1].id in kept:
            self._remove_first()

    def _is_old(self, now: float) -> bool:
        return now - self._waiting[0][0] > LONGEST

    def _remove_first(self) -> None:
        _, sample = self._waiting.popleft()
        self._bytes -= _size(sample)


def _size(sample: Sample) -> int:
    return _FRAME + len(sample.text) + len(sample.sealed)

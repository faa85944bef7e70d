"""Which judged pairs become samples: few of what is frequent, every one of what is rare.

In each minute the first pairs in which a field changed so are taken, and each later one with a
chance that falls with how many there were. A pair is taken if any of its differences has it taken:
so the one field that differs once a day is not crowded out by one that always does.
"""

from collections.abc import Callable, Iterable
from typing import Final

from router.compare.verdict import Judged, Result, Verdict

EACH_MINUTE: Final = 5
"""Pairs that are taken for sure of each kind; k times as many pairs bring 5 ln k more."""

MOST_KINDS: Final = 2000
"""Kinds that are told apart in a minute; beyond it they are one."""

_MINUTE: Final = 60.0

Kind = tuple[str, str, str]
"""Service, field, change; no field where pairs are alike or could not be compared."""


class Reservoir:
    """Owns the counts of a minute. ``roll``: a number from 0 to 1, another one each time."""

    def __init__(self, roll: Callable[[], float]) -> None:
        self._roll = roll
        self._seen: dict[Kind, int] = {}
        self._until = 0.0

    def takes(self, judged: Judged, result: Result, now: float) -> bool:
        """Whether this pair is to be shown; ``now``: a monotonic time."""
        if now >= self._until:
            self._seen.clear()
            self._until = now + _MINUTE
        drawn = [self._draws(kind) for kind in _kinds(judged, result)]  # each one is counted
        return any(drawn)

    def _draws(self, kind: Kind) -> bool:
        if kind not in self._seen and len(self._seen) >= MOST_KINDS:
            kind = (kind[0], "", "")
        seen = self._seen[kind] = self._seen.get(kind, 0) + 1
        return seen <= EACH_MINUTE or self._roll() * seen < EACH_MINUTE


def differences_of(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Return what a sample is looked for by: each (field, change) once."""
    return tuple({(it.field, it.change.value): None for it in verdict.differences})


def _kinds(judged: Judged, result: Result) -> Iterable[Kind]:
    if result is Result.ERROR:
        return [(judged.service, "", judged.verdict.error)]
    if result is Result.MATCH:
        return [(judged.service, "", result.value)]
    return [(judged.service, *it) for it in differences_of(judged.verdict)]

"""Which fields differ from themselves as often as from the other variant's, by what was counted.

Decided from earlier pairs only, so that knowing it does not bend what is counted of the next one.
It sorts pairs for people who look at examples; how sure a rate is, `evidence` says.
"""

from collections.abc import Mapping, Set as AbstractSet
from math import sqrt
from typing import Final

from router.compare.cells import BOTH_TWICE, DIFFERS, Counts, FieldTally, own_of
from router.compare.verdict import Result, Verdict

FEWEST: Final = 20
"""Requests asked twice, before which no field is taken for noise."""
_SLACK: Final = 3.0
"""Standard deviations by which a field may differ more than from itself, and still be noise."""


def result_of(verdict: Verdict, noise: AbstractSet[str]) -> Result:
    """Say what became of a pair, knowing which fields are noise."""
    if verdict.error:
        return Result.ERROR
    if not verdict.differences:
        return Result.MATCH
    if noise and all(difference.field in noise for difference in verdict.differences):
        return Result.NOISE
    return Result.DIVERGENT


def noisy(groups: Counts, fields: Mapping[str, FieldTally]) -> frozenset[str]:
    """Return the fields that differ from themselves, and no more often than from the other's."""
    pairs = sum(groups.values())
    twice = sum(count for group, count in groups.items() if group & BOTH_TWICE)
    if twice < FEWEST:
        return frozenset()
    return frozenset(name for name, its in fields.items() if _is_noise(its.cells, pairs, twice))


def _is_noise(cells: Counts, pairs: int, twice: int) -> bool:
    """Compare the rate between the variants with that within them, unweighted."""
    differing = own = own_squares = 0.0
    for cell, count in cells.items():
        if cell & DIFFERS:
            differing += count
        if cell & BOTH_TWICE:
            noise = own_of(cell)
            own += count * noise
            own_squares += count * noise * noise
    deviation = sqrt(differing / pairs**2 + own_squares / twice**2)
    return own > 0 and differing / pairs - own / twice <= _SLACK * deviation

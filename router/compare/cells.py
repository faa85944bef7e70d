"""In which cell a pair falls, for one field: an integer, so that counts of cells add up anywhere.

A cell says which level of weight the pair had, which variants were asked twice, and what differed.
Level n is a weight of 2 ** n. The cells in which nothing differed are not counted for each field:
`groups` has the pairs of all fields, and what is missing there differed nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Counts = dict[int, int]
"""How many pairs fell into each cell (or bucket)."""

DIFFERS: Final = 1
"""AI's answer differs from legacy's."""
LEGACY_OWN: Final = 2
"""Legacy's second answer differs from its first."""
AI_OWN: Final = 4
"""AI's second answer differs from its first."""
OUTCOMES: Final = DIFFERS | LEGACY_OWN | AI_OWN

LEGACY_TWICE: Final = 8
AI_TWICE: Final = 16
BOTH_TWICE: Final = LEGACY_TWICE | AI_TWICE

AI_FAILED: Final = 1
LEGACY_FAILED: Final = 2
"""The outcomes in cells that count failures, which are of all pairs."""

_LEVEL: Final = 5
"""Bits below the level."""


@dataclass(slots=True)
class FieldTally:
    """What was counted of one field.

    changes: pairs in which AI's answer differed so. own: second answers that differed so from the
    first ones (`habits`).
    """

    cells: Counts = field(default_factory=Counts)
    changes: dict[str, int] = field(default_factory=dict[str, int])
    own: dict[str, int] = field(default_factory=dict[str, int])


def level_of(weight: int) -> int:
    """Return the level of a weight, or raise ValueError."""
    if weight < 1 or weight & (weight - 1):
        raise ValueError(f"{weight} is not a power of two: pairs are sampled down by halves")
    return weight.bit_length() - 1


def group_of(level: int, *, legacy_twice: bool = False, ai_twice: bool = False) -> int:
    """Return the cell of a pair in which nothing differs."""
    twice = (LEGACY_TWICE if legacy_twice else 0) | (AI_TWICE if ai_twice else 0)
    return level << _LEVEL | twice


def group_in(cell: int) -> int:
    """Return the group that a cell belongs to."""
    return cell & ~OUTCOMES


def weight_in(cell: int) -> int:
    """Return how many requests each pair in this cell stands for."""
    return 1 << (cell >> _LEVEL)


def whole(groups: Mapping[int, int], cells: Mapping[int, int]) -> Counts:
    """Return a field's cells with those in which nothing differed."""
    result = dict(groups)
    for cell, count in cells.items():
        result[cell] = result.get(cell, 0) + count
        group = group_in(cell)
        result[group] = result.get(group, 0) - count
    return result


def add_up(into: Counts, counts: Mapping[int, int]) -> None:
    """Add ``counts`` to ``into``."""
    for cell, count in counts.items():
        into[cell] = into.get(cell, 0) + count


def at_most(cells: Mapping[int, int], groups: Mapping[int, int]) -> Counts:
    """Return the cells of many fields as those of one: in no group more than its pairs.

    A pair in which several of them differ is in the cells of each, and which pairs those were is
    not known any more. What differs between the variants goes first, so that no such pair is lost.
    """
    left = dict(groups)
    result = Counts()
    for cell in sorted(cells, key=lambda cell: (not cell & DIFFERS, cell)):
        group = group_in(cell)
        count = min(cells[cell], left.get(group, 0))
        if count > 0:
            result[cell] = count
            left[group] -= count
    return result


def own_of(cell: int) -> float:
    """Return how a pair in this cell differed from itself: the mean of who was asked twice."""
    share = 0.5 if cell & BOTH_TWICE == BOTH_TWICE else 1.0
    return share * ((1 if cell & LEGACY_OWN else 0) + (1 if cell & AI_OWN else 0))


def excess_of(cell: int) -> float:
    """Return X of a pair in this cell: 0 on average where both draw from one distribution.

    An energy distance of the two answers (Szekely and Rizzo 2013, section 3), with the distance of
    two answers 1 where they differ and 0 where they do not.
    """
    return (1 if cell & DIFFERS else 0) - own_of(cell)

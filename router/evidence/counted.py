"""From the comparer's counts to cells that can be bet on."""

from collections.abc import Callable, Iterable, Mapping

from router.compare.cells import weight_in
from router.evidence.betting import Cell, Cells

Value = Callable[[int], float]
"""What a pair in this cell counts for."""


def all_cells(counts: Mapping[int, int], value: Value, largest_weight: int) -> Cells:
    """Return the cells of all pairs."""
    return _merged(counts.items(), value, largest_weight)


def cells_asked_twice(
    counts: Mapping[int, int], who: int, value: Value, largest_weight: int
) -> Cells:
    """Return the cells of pairs for which ``who`` was asked twice, and perhaps the other too."""
    chosen = ((cell, count) for cell, count in counts.items() if cell & who == who)
    return _merged(chosen, value, largest_weight)


def pairs_in(cells: Cells) -> int:
    """Return how many pairs there are, whatever they stand for."""
    return sum([cell.pairs for cell in cells])


def largest_weight_of(groups: Iterable[int]) -> int:
    """Return the largest weight that has come."""
    return max(map(weight_in, groups), default=1)


def _merged(counts: Iterable[tuple[int, int]], value: Value, largest_weight: int) -> Cells:
    merged: dict[tuple[float, float], int] = {}
    for cell, count in counts:
        if count:
            key = weight_in(cell) / largest_weight, value(cell)
            merged[key] = merged.get(key, 0) + count
    return tuple([Cell(count, *key) for key, count in merged.items()])

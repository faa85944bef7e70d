from router.compare.cells import BOTH_TWICE, DIFFERS, LEGACY_TWICE, own_of
from router.evidence.betting import Cell
from router.evidence.counted import all_cells, cells_asked_twice, largest_weight_of, pairs_in
from router.evidence.excess import differs

LEVEL_2 = 2 << 5
COUNTS = {
    0: 70,
    DIFFERS: 9,
    LEVEL_2: 5,
    LEVEL_2 | DIFFERS: 1,
    BOTH_TWICE | DIFFERS: 4,
    LEVEL_2 | 2: 0,
}


def test_cells_with_the_same_stake_and_value_are_one() -> None:
    assert all_cells(COUNTS, differs, 4) == (
        Cell(70, 0.25, 0.0),
        Cell(13, 0.25, 1.0),
        Cell(5, 1.0, 0.0),
        Cell(1, 1.0, 1.0),
    )


def test_only_who_was_asked_twice_is_taken() -> None:
    assert cells_asked_twice(COUNTS, LEGACY_TWICE, own_of, 4) == (Cell(4, 0.25, 0.0),)
    assert cells_asked_twice({0: 5}, LEGACY_TWICE, own_of, 4) == ()


def test_pairs_are_counted_whatever_they_stand_for() -> None:
    assert pairs_in(all_cells(COUNTS, differs, 4)) == 89


def test_the_largest_weight_is_that_of_the_groups() -> None:
    assert largest_weight_of({0: 3, LEVEL_2: 1}) == 4
    assert largest_weight_of({}) == 1

import pytest

from router.compare import cells
from router.compare.cells import (
    AI_OWN,
    BOTH_TWICE,
    DIFFERS,
    LEGACY_OWN,
    LEGACY_TWICE,
    excess_of,
    group_in,
    group_of,
    level_of,
    own_of,
    weight_in,
    whole,
)


@pytest.mark.parametrize("weight", [1, 2, 4, 1024])
def test_a_cell_remembers_how_many_requests_each_of_its_pairs_stands_for(weight: int) -> None:
    group = group_of(level_of(weight), legacy_twice=True, ai_twice=False)
    assert weight_in(group | DIFFERS | LEGACY_OWN) == weight
    assert group_in(group | DIFFERS | LEGACY_OWN) == group


@pytest.mark.parametrize("weight", [0, 3, -1, 6])
def test_a_weight_that_is_no_power_of_two_is_refused(weight: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        level_of(weight)


@pytest.mark.parametrize(
    ("cell", "own", "excess"),
    [
        (DIFFERS, 0, 1),
        (LEGACY_TWICE | LEGACY_OWN, 1, -1),
        (LEGACY_TWICE | LEGACY_OWN | DIFFERS, 1, 0),
        (BOTH_TWICE | DIFFERS, 0, 1),
        (BOTH_TWICE | DIFFERS | LEGACY_OWN, 0.5, 0.5),
        (BOTH_TWICE | AI_OWN, 0.5, -0.5),
        (BOTH_TWICE | AI_OWN | LEGACY_OWN, 1, -1),
        (BOTH_TWICE | AI_OWN | LEGACY_OWN | DIFFERS, 1, 0),
    ],
)
def test_what_differs_beyond_itself_is_less_by_its_own_noise(
    cell: int, own: float, excess: float
) -> None:
    assert (own_of(cell), excess_of(cell)) == (own, excess)


def test_what_is_in_no_other_cell_differed_nowhere() -> None:
    assert whole({0: 10, BOTH_TWICE: 4}, {DIFFERS: 3, BOTH_TWICE | AI_OWN: 1}) == {
        0: 7,
        DIFFERS: 3,
        BOTH_TWICE: 3,
        BOTH_TWICE | AI_OWN: 1,
    }


def test_counts_add_up() -> None:
    counts = {1: 1}
    cells.add_up(counts, {1: 2, 5: 3})
    assert counts == {1: 3, 5: 3}

import random
from collections import Counter

import pytest

from router.routing.balance import pick


def test_a_single_endpoint_needs_no_dice() -> None:
    def below(bound: int) -> int:
        raise AssertionError(bound)

    assert pick([7], below) == 0


@pytest.mark.parametrize(
    ("rolls", "index"),
    [
        ((0, 0), 1),  # endpoints 0 and 1
        ((2, 1), 1),  # endpoints 2 and 1
        ((2, 0), 0),  # endpoints 2 and 0
        ((1, 1), 1),  # endpoints 1 and 2
    ],
)
def test_the_less_loaded_of_two_is_taken(rolls: tuple[int, int], index: int) -> None:
    dice = iter(rolls)
    assert pick([5, 1, 9], lambda _: next(dice)) == index


def test_equal_endpoints_get_equal_shares() -> None:
    below = random.Random(7).randrange
    chosen = Counter(pick([3, 3, 3, 3], below) for _ in range(40_000))
    assert all(9_600 < count < 10_400 for count in chosen.values())
    assert len(chosen) == 4


def test_the_most_loaded_of_all_gets_nothing() -> None:
    below = random.Random(7).randrange
    assert 2 not in {pick([1, 0, 9, 1], below) for _ in range(10_000)}


def test_the_least_loaded_of_all_does_not_get_everything() -> None:
    below = random.Random(7).randrange
    chosen = Counter(pick([1, 0, 1, 1], below) for _ in range(40_000))
    assert 18_000 < chosen[1] < 22_000

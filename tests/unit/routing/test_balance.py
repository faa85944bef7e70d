import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from router.routing.balance import FIRST_PART, electorate, part, pick

SLOW = 10.0


@dataclass
class Candidate:
    name: int
    load: int
    opening: int = 0


def candidates(*loads: int) -> list[Candidate]:
    return [Candidate(name, load) for name, load in enumerate(loads)]


def count_picks(chosen_from: Sequence[Candidate], times: int) -> Counter[int]:
    below = random.Random(7).randrange
    return Counter(pick(chosen_from, below).name for _ in range(times))


# Choosing...


def test_a_single_endpoint_needs_no_dice() -> None:
    def below(bound: int) -> int:
        raise AssertionError(bound)

    assert pick(candidates(7), below).name == 0


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
    assert pick(candidates(5, 1, 9), lambda _: next(dice)).name == index


def test_what_is_being_opened_is_load_as_well() -> None:
    below = random.Random(7).randrange
    busy, opening = Candidate(0, load=2), Candidate(1, load=1, opening=2)
    assert {pick([busy, opening], below).name for _ in range(20)} == {0}


def test_equal_endpoints_get_equal_shares() -> None:
    chosen = count_picks(candidates(3, 3, 3, 3), 40_000)
    assert all(9_600 < count < 10_400 for count in chosen.values())
    assert len(chosen) == 4


def test_the_most_loaded_of_all_gets_nothing() -> None:
    assert 2 not in count_picks(candidates(1, 0, 9, 1), 10_000)


def test_the_least_loaded_of_all_does_not_get_everything() -> None:
    assert 18_000 < count_picks(candidates(1, 0, 1, 1), 40_000)[1] < 22_000


# Beginning slowly...


@given(
    ages=st.lists(st.floats(0, 2 * SLOW), min_size=2, max_size=2).map(sorted),
    slow_start=st.floats(0, SLOW),
)
def test_a_part_only_grows_from_the_first_to_all(ages: list[float], slow_start: float) -> None:
    younger, older = (part(age, slow_start) for age in ages)
    assert FIRST_PART <= younger <= older <= 1.0
    assert part(slow_start, slow_start) == 1.0


def test_half_way_through_its_slow_start_an_endpoint_has_about_half_its_part() -> None:
    assert part(0.0, SLOW) == pytest.approx(0.1)
    assert part(5.0, SLOW) == pytest.approx(0.55)


@pytest.mark.parametrize("age", [0.0, 2.5, 5.0, 7.5, 9.9])
def test_a_newcomer_stands_as_often_as_its_part_says(age: float) -> None:
    below = random.Random(7).randrange
    expected = part(age, SLOW)
    stood = sum("new" in electorate(["old", "new"], [1.0, expected], below) for _ in range(20_000))
    assert stood / 20_000 == pytest.approx(expected, abs=0.015)


@given(parts=st.lists(st.floats(0.1, 1.0), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_who_is_established_always_stands_and_somebody_always_does(
    parts: list[float], seed: int
) -> None:
    names = range(len(parts))
    standing = electorate(names, parts, random.Random(seed).randrange)
    assert {name for name in names if parts[name] == 1.0} <= set(standing) <= set(names)
    assert standing


def test_where_all_are_new_nobody_is_spared() -> None:
    def below(bound: int) -> int:
        raise AssertionError(bound)

    assert electorate(["one", "other"], [0.1, 0.4], below) == ["one", "other"]


def test_an_idle_newcomer_gets_its_part_and_not_everything() -> None:
    below = random.Random(7).randrange
    old, new = Candidate(0, load=50), Candidate(1, load=0)
    chosen = Counter(
        pick(electorate([old, new], [1.0, 0.1], below), below).name for _ in range(20_000)
    )
    assert chosen[1] / 20_000 == pytest.approx(0.1, abs=0.01)

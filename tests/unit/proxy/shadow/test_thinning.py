import random

from hypothesis import given, strategies as st

from router.proxy.shadow.thinning import MOST_LEVELS, Thinning

LEVELS = st.integers(0, MOST_LEVELS)


def test_where_all_can_be_taken_each_stands_for_itself() -> None:
    thinning = Thinning(lambda _: 0)
    assert [thinning.weight(0) for _ in range(5)] == [1] * 5


@given(LEVELS, st.integers(1, 50), st.randoms(use_true_random=False))
def test_those_that_are_sent_stand_for_all(level: int, groups: int, dice: random.Random) -> None:
    thinning = Thinning(dice.randrange)
    weights = [thinning.weight(level) for _ in range(groups << level)]
    assert sum(weights) == len(weights)
    assert set(weights) <= {0, 1 << level}


@given(st.lists(LEVELS, max_size=200), st.randoms(use_true_random=False))
def test_a_change_of_the_level_leaves_nobody_out(levels: list[int], dice: random.Random) -> None:
    thinning = Thinning(dice.randrange)
    told = [thinning.weight(level) for level in levels]
    # Whatever group is open by now is over after so many more; each of them stands for itself then.
    rest = [thinning.weight(0) for _ in range(1 << MOST_LEVELS)]
    assert sum(told) + sum(rest) == len(told) + len(rest)


def test_each_of_a_group_is_as_likely_to_be_sent() -> None:
    dice = random.Random(7)
    thinning = Thinning(dice.randrange)
    sent = [0, 0, 0, 0]
    for number in range(40_000):
        sent[number % 4] += thinning.weight(2) > 0
    assert all(2300 < count < 2700 for count in sent)

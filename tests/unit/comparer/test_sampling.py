from hypothesis import given, strategies as st

from router.comparer.sampling import BITS, Draw, is_drawn

DRAW = Draw(b"k" * 32)


@given(number=st.integers(0, 2**BITS - 1), level=st.integers(0, 20))
def test_whoever_is_drawn_at_a_level_is_drawn_at_all_below(number: int, level: int) -> None:
    assert is_drawn(number, 0)
    if is_drawn(number, level + 1):
        assert is_drawn(number, level)


def test_each_level_draws_half_of_the_one_below() -> None:
    drawn = [DRAW.number(b"request-%d" % each) for each in range(40_000)]
    for level in range(1, 5):
        part = sum(is_drawn(each, level) for each in drawn) / len(drawn)
        assert abs(part * 2**level - 1) < 0.1


def test_a_request_is_drawn_alike_whenever_it_is_asked_and_by_the_key_alone() -> None:
    assert DRAW.number(b"a") == DRAW.number(b"a") != Draw(b"x" * 32).number(b"a")

import math

import pytest

from router.settings.problems import NotAllowedError
from router.settings.ratios import (
    number_schema,
    read_core_share,
    read_difference,
    read_money,
    read_ratio,
)


@pytest.mark.parametrize("value", [0, 0.85, 1])
def test_a_ratio_lies_between_nothing_and_all(value: float) -> None:
    assert read_ratio(value) == value


@pytest.mark.parametrize(
    ("value", "meant"),
    [(85, "0.85"), ("85%", "0.85"), (100, "1"), ("5%", "0.05"), (101, None), (-0.1, None)],
)
def test_a_percent_is_proposed_as_a_ratio(value: object, meant: str | None) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_ratio(value)
    assert refused.value.suggestion == meant


@pytest.mark.parametrize("value", [True, None, "0.5", [], math.nan, math.inf, 10**400])
def test_only_a_number_is_a_number(value: object) -> None:
    for read in (read_ratio, read_core_share, read_difference, read_money):
        with pytest.raises(NotAllowedError):
            read(value)


def test_a_share_of_a_core_is_more_than_nothing() -> None:
    assert read_core_share(0.01) == 0.01
    with pytest.raises(NotAllowedError):
        read_core_share(0)


def test_a_difference_has_no_upper_bound() -> None:
    assert read_difference(0) == 0
    assert read_difference(1_000_000) == 1_000_000
    with pytest.raises(NotAllowedError):
        read_difference(-1)


def test_money_is_more_than_nothing() -> None:
    assert read_money(0.5) == 0.5
    for value in (0, -1, 1_000_001):
        with pytest.raises(NotAllowedError):
            read_money(value)


def test_editors_are_told_the_bounds() -> None:
    assert number_schema(0) == {"type": "number", "minimum": 0}
    assert number_schema(0, 1) == {"type": "number", "minimum": 0, "maximum": 1}

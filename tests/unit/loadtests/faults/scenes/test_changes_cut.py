import random
from typing import Any

import pytest

from loadtests.faults.scenes.changes_cut import ROLLBACK_EVERY, Found, Series

SET, ROLLBACK = ROLLBACK_EVERY + 1, ROLLBACK_EVERY
"""Which request of a series is under way when it is cut."""


def series(under_way: int = SET) -> Series:
    """One whose last answer was epoch 2, revision 9, at 35 %."""
    return Series("http://127.0.0.1:9900", random.Random(1), (2, 9), 35.0, under_way, made=6)


def known(epoch: int, revision: int, percent: float) -> dict[str, Any]:
    more = {"status": "rolling", "by": "local", "reason": "a test"}
    return {"epoch": epoch, "revision": revision, "percent": percent, **more}


def test_the_last_answer_is_explained() -> None:
    assert series().explains(known(2, 9, 35.0))


def test_the_change_under_way_is_too() -> None:
    assert series(SET).explains(known(2, 10, 80.0))
    assert series(ROLLBACK).explains(known(3, 10, 0.0))


def test_a_rollback_under_way_may_have_been_made_once_more() -> None:
    assert series(ROLLBACK).explains(known(4, 11, 0.0))
    assert not series(SET).explains(known(4, 11, 0.0))
    assert not series(ROLLBACK).explains(known(4, 11, 35.0))


@pytest.mark.parametrize(
    "after",
    [known(2, 8, 35.0), known(2, 9, 20.0), known(2, 11, 80.0), known(1, 10, 35.0), known(0, 0, 0)],
    ids=repr,
)
@pytest.mark.parametrize("under_way", [SET, ROLLBACK])
def test_nothing_older_and_nothing_else_is(after: dict[str, Any], under_way: int) -> None:
    assert not series(under_way).explains(after)


def test_all_series_are_counted_and_what_is_not_explained_is_named() -> None:
    found = Found()
    found.add(series(), known(2, 9, 35.0))
    found.add(series(), known(2, 10, 80.0))
    found.add(series(), known(2, 8, 35.0))
    assert (found.kills, found.made, found.ahead) == (3, 18, 2)
    assert found.wrong == ["(2, 9) was answered, (2, 8) found, rolling by local: a test"]

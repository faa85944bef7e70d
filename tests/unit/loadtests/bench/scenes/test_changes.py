from collections.abc import Sequence

import pytest

from loadtests.bench.scenes.changes import CHANGES, STANDS, Turn, added, section
from loadtests.bench.steady import Steady


def turns(*p99s_us: float, changes: int = 0) -> list[Turn]:
    return [Turn(Steady(2000, 0, 200.0, p99, 4000.0), changes, 6.0) for p99 in p99s_us]


def found(stands: Sequence[float], changes: Sequence[float]) -> dict[str, list[Turn]]:
    return {STANDS: turns(*stands), CHANGES: turns(*changes, changes=20)}


def test_what_lies_within_the_rounds_own_spread_is_nothing_that_can_be_measured() -> None:
    [figure] = section(found([400, 500, 600, 700], [450, 550, 650, 750])).figures
    assert figure.measured == pytest.approx(0.28, abs=0.1)
    assert figure.is_met


def test_what_lies_beyond_it_is_missed() -> None:
    [figure] = section(found([500, 510, 520, 530], [900, 910, 920, 930])).figures
    assert not figure.is_met


def test_changes_that_make_it_quicker_are_chance() -> None:
    assert added(found([500, 510, 520], [400, 410, 420])) == 0.0


def test_one_round_of_each_is_enough_for_a_look() -> None:
    assert added(found([500], [501])) == 1.0


def test_the_changes_and_their_own_time_are_told() -> None:
    stands, changes = section(found([500, 600], [500, 600])).rows
    assert stands[-2:] == ["0", "-"]
    assert changes[-2:] == ["40", "6.0"]

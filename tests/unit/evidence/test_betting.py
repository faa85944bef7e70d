from math import exp, log, log1p

import pytest

from router.evidence.betting import (
    Cell,
    log_capital,
    log_share,
    lower_bound,
    mean_of,
    mirrored,
)

BETS = (0.1, 0.5, 0.9)
SOME = (Cell(90, 1.0, 0.0), Cell(10, 1.0, 1.0))


def grid(_mean: float) -> list[float]:
    return list(BETS)


def test_capital_is_the_average_over_all_bets() -> None:
    won = [exp(10 * log1p(bet * 0.9) + 90 * log1p(-bet * 0.1)) for bet in BETS]
    assert log_capital(SOME, 0.1, BETS) == pytest.approx(log(sum(won) / 3))


def test_no_bet_gains_on_average_where_the_mean_is_what_was_bet_against() -> None:
    for p in (0.01, 0.3, 0.9):
        one = exp(log_capital((Cell(1, 1.0, 1.0),), p, BETS))
        none = exp(log_capital((Cell(1, 1.0, 0.0),), p, BETS))
        assert p * one + (1 - p) * none == pytest.approx(1)


def test_cells_add_up_in_any_order() -> None:
    apart = (Cell(40, 1.0, 0.0), Cell(10, 1.0, 1.0), Cell(50, 1.0, 0.0))
    assert log_capital(apart, 0.05, BETS) == pytest.approx(log_capital(SOME, 0.05, BETS))


def test_a_pair_that_stands_for_more_weighs_more() -> None:
    assert mean_of((Cell(1, 1.0, 1.0), Cell(3, 0.25, 0.0))) == pytest.approx(4 / 7)


def test_the_mirrored_cells_have_the_opposite_mean() -> None:
    assert mean_of(mirrored(SOME)) == -mean_of(SOME)


def test_what_is_set_aside_for_all_weights_is_all_there_is() -> None:
    shares = [exp(log_share(2**level)) for level in range(60)]
    assert sum(shares) == pytest.approx(1)
    assert shares[:3] == pytest.approx([7 / 8, 1 / 16, 1 / 32])


@pytest.mark.parametrize("level", [0.5, 3.0, 8.0, 30.0])
@pytest.mark.parametrize(
    "cells",
    [
        SOME,
        (Cell(100, 1.0, 1.0),),
        (Cell(10**6, 1.0, 0.0), Cell(3, 1.0, 1.0)),
        (Cell(2000, 1.0, 0.0), Cell(3000, 1.0, 0.5), Cell(999, 1.0, 1.0)),
        (Cell(5000, 1 / 64, 0.0), Cell(100, 1 / 64, 1.0), Cell(7, 1.0, 1.0), Cell(9, 1.0, 0.0)),
    ],
)
def test_the_capital_against_a_bound_is_the_level_or_a_little_more(
    cells: tuple[Cell, ...], level: float
) -> None:
    bound = lower_bound(cells, grid, 0.0, level)
    mean = mean_of(cells)
    if bound == 0:
        assert log_capital(cells, 1e-9, BETS) < level + 1e-6
    else:
        assert log_capital(cells, bound, BETS) >= level
        nearer = bound + 0.02 * (mean - bound)
        assert log_capital(cells, nearer, BETS) < level + 0.02


@pytest.mark.parametrize("cells", [(Cell(9, 1.0, 0.0),), (Cell(1, 1.0, 1.0),)])
def test_next_to_nothing_bounds_nothing(cells: tuple[Cell, ...]) -> None:
    assert lower_bound(cells, grid, 0.0, 3.0) == 0

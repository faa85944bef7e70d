import pytest

from router.demo.figures import (
    clock,
    column,
    dollars,
    milliseconds,
    one_line,
    percent,
    quantile,
)


def test_quantiles_are_values_that_occurred() -> None:
    values = [float(number) for number in range(100)]
    assert quantile(values, 0.5) == 50.0
    assert quantile(values, 0.95) == 95.0
    assert quantile([3.0], 0.95) == 3.0
    assert quantile([], 0.5) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (milliseconds(0.0042), "4.2 ms"),
        (milliseconds(0.0426), "43 ms"),
        (milliseconds(None), "-"),
        (percent(0.0504), "5.0 %"),
        (percent(0.876, 0), "88 %"),
        (percent(None), "-"),
        (dollars(0.314), "$0.31"),
        (dollars(0.0), "-"),
        (clock(64.9), "1:04"),
        (clock(-1), "0:00"),
    ],
)
def test_figures_are_written_as_people_read_them(written: str, expected: str) -> None:
    assert written == expected


def test_a_column_is_filled_from_below() -> None:
    assert [column(ratio) for ratio in (-1, 0, 0.5, 1, 3)] == [" ", " ", "▄", "█", "█"]


def test_a_ticket_of_many_lines_is_folded_and_cut() -> None:
    assert one_line("Good morning,\n  where  is it", 80) == "Good morning, where is it"
    assert one_line("abcdefgh", 5) == "abcd…"

import pytest

from loadtests.bench.scenes.comparer import (
    Case,
    Cost,
    WrongVerdictError,
    cases,
    cost,
    fastest_us,
    section,
    turned,
)

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.size}, {case.name}")
def test_each_pair_has_about_the_size_that_it_is_named_by(case: Case) -> None:
    kilobytes = float(case.size.removesuffix(" KB"))
    assert 0.95 < len(case.legacy) / 1024 / kilobytes < 1.1
    assert len(case.ai) == len(case.legacy)


def test_what_is_measured_is_the_right_verdict() -> None:
    measured = cost(CASES[0], 1, with_deepdiff=True)
    assert 0 < measured.ours < (measured.deepdiff or 0)
    wrong = Case("another", "1 KB", b'{"a":1}', b'{"a":2}', is_match=True)
    with pytest.raises(WrongVerdictError):
        cost(wrong, 1, with_deepdiff=False)


def test_keys_in_another_order_are_so_everywhere() -> None:
    assert [*turned([{"a": 1, "b": {"c": 1, "d": 2}}])[0]["b"]] == ["d", "c"]


def test_the_fastest_slice_counts() -> None:
    assert 0 <= fastest_us(lambda: None, 5) < 1000


def test_figures_are_times_and_parts_of_deepdiffs() -> None:
    found = section([Cost(CASES[1], 40.0, 5000.0), Cost(CASES[-1], 600.0, None)])
    assert found.rows[0] == ["1 KB", "another id and time", "40.0", "25,000", "5,000", "1 : 125"]
    assert [figure.is_met for figure in found.figures] == [True, True, False]

from math import inf

import pytest

from router.compare.latency import LAST, bucket_in, end_of, note, start_of, weight_at


@pytest.mark.parametrize("seconds", [1e-5, 0.0001, 0.00011, 0.0321, 1.0, 59.9, 3000, 1e6])
@pytest.mark.parametrize("level", [0, 3])
def test_a_duration_lies_within_the_bounds_of_its_bucket(seconds: float, level: int) -> None:
    counts: dict[int, int] = {}
    note(counts, seconds, level)
    ((place, count),) = counts.items()
    assert count == 1
    assert weight_at(place) == 2**level
    bucket = bucket_in(place)
    assert start_of(bucket) * (1 - 1e-9) <= seconds <= end_of(bucket) * (1 + 1e-9)


def test_a_bucket_is_under_five_percent_wide() -> None:
    widths = [end_of(bucket) / start_of(bucket) for bucket in range(2, LAST)]
    assert max(widths) < 1.05


def test_nothing_is_too_short_or_too_long() -> None:
    for seconds, bucket in [(0.0, 0), (1e18, LAST), (1e308, LAST), (inf, LAST)]:
        counts: dict[int, int] = {}
        note(counts, seconds, 0)
        assert counts == {bucket: 1}
    assert start_of(0) == 0
    assert end_of(LAST) == inf

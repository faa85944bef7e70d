from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from router.model import BasisPoints
from router.settings.document import resolved
from router.settings.problems import NotAllowedError
from router.settings.quantities import (
    BYTES,
    LARGEST_SIZE,
    read_duration,
    read_lease,
    read_percent,
    read_positive_duration,
    read_rate,
    read_size,
    show_duration,
    show_percent,
    show_size,
    size_between,
    whole_between,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30),
        ("1.5s", 1.5),
        ("5m", 300),
        ("12h", 43_200),
        ("7d", 604_800),
        ("0s", 0),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64KiB", 65_536),
        ("1GiB", 1 << 30),
        ("1.5KiB", 1536),
        ("10KB", 10_000),
        ("7B", 7),
        (512, 512),
    ],
)
def test_a_size_is_a_number_with_its_unit(text: object, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize(
    ("value", "points"),
    [(0, 0), (5, 500), (12.34, 1234), (100, 10_000), ("0.5%", 50), ("20%", 2000), (1, 100)],
)
def test_a_percent_is_counted_in_basis_points(value: object, points: int) -> None:
    assert read_percent(value) == points


@pytest.mark.parametrize(
    ("read", "value", "suggestion"),
    [
        (read_duration, 30, "30s"),
        (read_duration, 1.5, "1.5s"),
        (read_duration, "10sec", "10s"),
        (read_duration, "5 minutes", "5m"),
        (read_duration, "2H", "2h"),
        (read_duration, "5", None),
        (read_duration, "-1s", None),
        (read_duration, True, None),
        (read_duration, None, None),
        (read_duration, "367d", None),
        (read_positive_duration, "0s", None),
        (read_size, "64K", "64KiB"),
        (read_size, "64kb", "64KiB"),
        (read_size, "1G", "1GiB"),
        (read_size, "1 gigabyte", "1GiB"),
        (read_size, "0.3B", None),
        (read_size, "2000GiB", None),
        (read_size, True, None),
        (read_percent, 0.05, "5"),
        (read_percent, 0.2, "20"),
        (read_percent, 0.333, "33.3"),
        (read_percent, 12.345, "12.35"),
        (read_percent, 101, None),
        (read_percent, -1, None),
        (read_percent, float("inf"), None),
        (read_percent, float("nan"), None),
        (read_percent, "5", None),
        (read_percent, "101%", None),
        (read_percent, True, None),
        (read_percent, [], None),
        (read_rate, 0, None),
        (read_rate, -1, None),
        (read_rate, 1e-11, None),
        (read_lease, "1s", None),
        (read_lease, "0s", None),
        (read_rate, True, None),
        (read_rate, "5", None),
        (read_rate, float("nan"), None),
        (read_rate, 10**7, None),
        (whole_between(1, 9), 10, None),
        (whole_between(1, 9), 2.0, None),
        (whole_between(1, 9), "2", None),
        (size_between(1, 9), 10, None),
    ],
)
def test_what_is_no_quantity_is_refused_with_what_was_meant(
    read: Callable[[object], object], value: object, suggestion: str | None
) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read(value)
    assert refused.value.suggestion == suggestion
    if suggestion is not None:
        read(resolved(suggestion))


@pytest.mark.parametrize("text", ["50ms", "2s", "75s", "5m", "12h", "30d", "0s"])
def test_a_duration_is_shown_as_it_is_written(text: str) -> None:
    assert show_duration(read_duration(text)) == text


@pytest.mark.parametrize("text", ["1B", "1000B", "64KiB", "1MiB", "1GiB"])
def test_a_size_is_shown_as_it_is_written(text: str) -> None:
    assert show_size(read_size(text)) == text


def test_a_share_is_shown_in_percent() -> None:
    assert [show_percent(BasisPoints(points)) for points in (0, 50, 1234, 10_000)] == [
        "0%",
        "0.5%",
        "12.34%",
        "100%",
    ]


# Laws...


@given(st.integers(0, LARGEST_SIZE))
def test_law_a_size_that_is_shown_is_read_as_the_same(size: int) -> None:
    assert read_size(show_size(size)) == read_size(size) == size


@given(st.integers(0, 10**5), st.sampled_from(sorted(BYTES)))
def test_law_a_size_is_its_number_times_its_unit(number: int, unit: str) -> None:
    size = number * BYTES[unit]
    if size <= LARGEST_SIZE:
        assert read_size(f"{number}{unit}") == read_size(f" {number} {unit} ") == size


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_law_bounds_let_in_what_lies_between_them(one: int, two: int, size: int) -> None:
    least, most = sorted((one, two))
    if least <= size <= most:
        assert size_between(least, most)(size) == size
    else:
        with pytest.raises(NotAllowedError):
            size_between(least, most)(size)


@given(st.integers(0, 366 * 86_400_000))
def test_law_a_duration_of_milliseconds_is_read_as_it_is_shown(milliseconds: int) -> None:
    seconds = read_duration(f"{milliseconds}ms")
    assert read_duration(show_duration(seconds)) == pytest.approx(seconds, rel=1e-6)


@given(
    st.text(alphabet="0123456789.KMGiBsmhd %-", max_size=8)
    | st.integers(-(10**39), 10**39)
    | st.floats()
)
def test_law_any_scalar_is_a_quantity_or_refused(value: object) -> None:
    for read in (read_size, read_duration, read_percent):
        try:
            assert read(value) >= 0
        except NotAllowedError as refusal:
            if refusal.suggestion is not None:
                read(resolved(refusal.suggestion))

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from router.release.windows import Days, Weekly, Window

PARIS = ZoneInfo("Europe/Paris")
WEEKEND = Weekly(
    timedelta(days=4, hours=16), timedelta(hours=8), PARIS, "fri 16:00 - mon 08:00 Europe/Paris"
)
YEAR_END = Days(date(2026, 12, 20), date(2027, 1, 3), UTC, "2026-12-20/2027-01-03")


def until(window: Window, moment: str, zone: tzinfo = PARIS) -> str | None:
    """Ask at a moment of the wall clock, and return the end likewise."""
    at = datetime.fromisoformat(moment)
    end = window.until(at.replace(tzinfo=at.tzinfo or zone).timestamp())
    return None if end is None else end.isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-09-25T15:59:59", None),
        ("2026-09-25T16:00", "2026-09-28T08:00+02:00"),
        ("2026-09-26T12:00", "2026-09-28T08:00+02:00"),
        ("2026-09-27T23:59:59", "2026-09-28T08:00+02:00"),
        ("2026-09-28T00:00", "2026-09-28T08:00+02:00"),
        ("2026-09-28T07:59:59", "2026-09-28T08:00+02:00"),
        ("2026-09-28T08:00", None),
        ("2026-09-30T12:00", None),
    ],
)
def test_a_weekend_goes_on_into_the_next_week(moment: str, end: str | None) -> None:
    assert until(WEEKEND, moment) == end


def test_the_wall_clock_of_the_zone_counts() -> None:
    assert until(WEEKEND, "2026-09-25T14:00+00:00") is not None
    assert until(WEEKEND, "2026-09-25T13:59+00:00") is None
    assert until(WEEKEND, "2026-01-09T15:00+00:00") is not None
    assert until(WEEKEND, "2026-01-09T14:59+00:00") is None


def test_a_weekend_in_which_clocks_change_still_ends_on_monday_at_eight() -> None:
    assert until(WEEKEND, "2026-10-24T12:00") == "2026-10-26T08:00+01:00"
    assert until(WEEKEND, "2026-03-28T12:00") == "2026-03-30T08:00+02:00"


def at_night(begins: float, ends: float) -> Weekly:
    """From and to an hour of Sundays, on which clocks change."""
    sunday = timedelta(days=6)
    return Weekly(sunday + timedelta(hours=begins), sunday + timedelta(hours=ends), PARIS, "")


def test_a_time_that_comes_twice_begins_at_the_first_and_ends_at_the_second() -> None:
    night = at_night(2, 2.5)  # 3:00 becomes 2:00 on 25 October
    assert until(night, "2026-10-25T02:00+02:00") == "2026-10-25T02:30+01:00"
    assert until(night, "2026-10-25T02:45+02:00") == "2026-10-25T02:30+01:00"
    assert until(night, "2026-10-25T02:29+01:00") == "2026-10-25T02:30+01:00"
    assert until(night, "2026-10-25T02:30+01:00") is None


def test_a_time_that_does_not_come_leaves_no_hole() -> None:
    night = at_night(2.25, 4)  # 2:00 becomes 3:00 on 29 March
    assert until(night, "2026-03-29T03:00+02:00") == "2026-03-29T04:00+02:00"
    assert until(night, "2026-03-29T01:59+01:00") == "2026-03-29T04:00+02:00"
    assert until(night, "2026-03-29T01:00+01:00") is None


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (timedelta(), timedelta()),
        (timedelta(days=7), timedelta(days=1)),
        (timedelta(days=1), timedelta(days=7)),
        (timedelta(seconds=-1), timedelta(days=1)),
    ],
)
def test_a_span_of_a_week_lies_in_a_week_and_is_one(begins: timedelta, ends: timedelta) -> None:
    with pytest.raises(ValueError, match="no span of a week"):
        Weekly(begins, ends, UTC, "")


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-12-19T23:59:59", None),
        ("2026-12-20T00:00", "2027-01-04T00:00+00:00"),
        ("2027-01-03T23:59:59", "2027-01-04T00:00+00:00"),
        ("2027-01-04T00:00", None),
        ("2027-12-25T00:00", None),
    ],
)
def test_days_count_from_the_first_to_the_end_of_the_last(moment: str, end: str | None) -> None:
    assert until(YEAR_END, moment, UTC) == end


def test_days_begin_where_the_zone_says() -> None:
    assert until(Days(date(2026, 7, 1), date(2026, 7, 1), PARIS, ""), "2026-06-30T22:00Z") == (
        "2026-07-02T00:00+02:00"
    )


def test_days_that_end_before_they_begin_are_none() -> None:
    with pytest.raises(ValueError, match="no span of days"):
        Days(date(2026, 7, 2), date(2026, 7, 1), UTC, "")


@given(
    minute=st.integers(0, 7 * 24 * 60 - 1),
    lasts=st.integers(1, 7 * 24 * 60 - 1),
    at=st.integers(1_700_000_000, 1_900_000_000),
    zone=st.sampled_from(["UTC", "Europe/Paris", "America/Santiago", "Australia/Lord_Howe"]),
)
def test_a_window_lies_over_the_minutes_of_the_week_that_it_names(
    minute: int, lasts: int, at: int, zone: str
) -> None:
    week = 7 * 24 * 60
    window = Weekly(
        timedelta(minutes=minute),
        timedelta(minutes=(minute + lasts) % week),
        ZoneInfo(zone),
        "",
    )
    end = window.until(at)
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    now = local.weekday() * 24 * 60 + local.hour * 60 + local.minute
    if (now - minute) % week < lasts:
        assert end is not None
        assert at < end.timestamp() <= at + (lasts + 120) * 60
    # Where a time comes twice or not at all, the window is the longer.
    if end is not None:
        assert (now - minute) % week < lasts + 60 or (minute - now) % week <= 60

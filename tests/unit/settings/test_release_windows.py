import zoneinfo
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from router.release.windows import Days, Weekly
from router.settings.problems import NotAllowedError
from router.settings.release_windows import read_window, show_window

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_week_s_span_is_counted_from_monday() -> None:
    text = "fri 16:00 - mon 08:00 Europe/Paris"
    friday, monday = timedelta(days=4, hours=16), timedelta(hours=8)
    assert read_window(text) == Weekly(friday, monday, PARIS, text)


@pytest.mark.parametrize(
    "text", ["Fri 16:00-Mon 8:00 Europe/Paris", " FRIDAY 16:00  -  monday 08:00  Europe/Paris "]
)
def test_days_may_be_written_out_and_spaces_mean_nothing(text: str) -> None:
    window = read_window(text)
    assert window.until(at("2026-11-21T12:00:00+01:00")) == datetime(2026, 11, 23, 8, tzinfo=PARIS)
    assert window.until(at("2026-11-23T08:00:00+01:00")) is None


def test_sunday_ends_where_monday_begins() -> None:
    window = read_window("sat 00:00 - sun 24:00")
    assert isinstance(window, Weekly)
    assert (window.begins, window.ends) == (timedelta(days=5), timedelta(0))


def test_days_are_held_whole_with_the_last_one() -> None:
    text = "2026-12-20/2027-01-03"
    window = read_window(text)
    assert window == Days(date(2026, 12, 20), date(2027, 1, 3), ZoneInfo("UTC"), text)
    assert window.until(at("2027-01-03T23:59:59+00:00")) == datetime(2027, 1, 4, tzinfo=UTC)
    assert window.until(at("2027-01-04T00:00:00+00:00")) is None


def test_one_day_is_a_span_too_and_has_a_zone_of_its_own() -> None:
    window = read_window("2026-12-24 Europe/Paris")
    assert window.until(at("2026-12-23T23:30:00+00:00")) == datetime(2026, 12, 25, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("", None),
        (5, None),
        ("friday", None),
        ("fri 16:00", None),
        ("fri 16:00 - mon 08:00 Europe/Paris now", None),
        ("fir 16:00 - mon 08:00", "days are mon, tue"),
        ("fri 24:01 - mon 08:00", "times from 00:00 to 24:00"),
        ("fri 16:60 - mon 08:00", "times from 00:00 to 24:00"),
        ("fri 16:00 - fri 16:00", "an end that is not its beginning"),
        ("sun 24:00 - mon 00:00", "an end that is not its beginning"),
        ("fri 16:00 - mon 08:00 Europe/Pariss", "such as Europe/Paris"),
        ("fri 16:00 - mon 08:00 Europe", "a time zone that this machine knows"),
        ("fri 16:00 - mon 08:00 /etc/passwd", "a time zone that this machine knows"),
        ("fri 16:00 - mon 08:00 ../UTC", None),
        ("2026-02-29", "days that the calendar has"),
        ("2026-12-20/2027-13-01", "days that the calendar has"),
        ("9999-12-31", "years from 1970 to 2999"),
    ],
)
def test_what_is_no_span_is_refused(value: object, detail: str | None) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_window(value)
    assert (refused.value.detail is None) is (detail is None)
    assert (detail or "") in (refused.value.detail or "")


def test_days_the_wrong_way_round_were_meant_the_other_way() -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_window("2027-01-03/2026-12-20")
    assert refused.value.suggestion == "2026-12-20/2027-01-03"


def test_a_window_is_shown_as_it_was_written() -> None:
    assert show_window(read_window("sat 8:00-sun 9:00")) == "sat 8:00-sun 9:00"


def test_zones_are_known_on_a_machine_that_has_none_of_its_own() -> None:
    zoneinfo.reset_tzpath(to=())
    try:  # with a zone that nobody has asked for yet: Python remembers those
        window = read_window("fri 16:00 - mon 08:00 Antarctica/Troll")
        assert window.until(at("2026-11-21T12:00:00+00:00")) is not None
    finally:
        zoneinfo.reset_tzpath()

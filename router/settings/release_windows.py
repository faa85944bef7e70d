"""How spans in which nothing is raised are written in a config: from YAML data to what they mean.

Each reader raises `NotAllowedError` for what it cannot read, if possible with what
was probably meant.
"""

import re
from datetime import date, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from router.release.windows import Days, Weekly, Window
from router.settings.problems import NotAllowedError, closest
from router.settings.words import read_text

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ZONE: Final = r"(?:\s+(?P<zone>[A-Za-z0-9_+/-]+))?"
_TIME: Final = r"([A-Za-z]+)\s+([0-9]{1,2}):([0-9]{2})"
_WEEKLY: Final = re.compile(rf"{_TIME}\s*-\s*{_TIME}{_ZONE}")
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DAYS: Final = re.compile(rf"({_DATE})(?:/({_DATE}))?{_ZONE}")
_YEARS: Final = range(1970, 3000)
_MINUTES: Final = 60
_DAY: Final = timedelta(days=1)


def read_window(value: object) -> Window:
    """Read `fri 16:00 - mon 08:00 Europe/Paris` or `2026-12-20/2027-01-03`; else it is UTC."""
    text = read_text(value).strip()
    weekly = _WEEKLY.fullmatch(text)
    if weekly:
        begins, ends = _moment(*weekly.group(1, 2, 3)), _moment(*weekly.group(4, 5, 6))
        if begins == ends:
            raise NotAllowedError(detail="with an end that is not its beginning")
        return Weekly(begins, ends, _zone(weekly["zone"]), text)
    days = _DAYS.fullmatch(text)
    if days:
        first, last = _date(days[1]), _date(days[2] or days[1])
        if last < first:
            raise NotAllowedError(suggestion=f"{last}/{first}", detail="the first day first")
        return Days(first, last, _zone(days["zone"]), text)
    raise NotAllowedError


def show_window(window: Window) -> str:
    """Write a window as it was written."""
    return window.text


def _moment(day: str, hour: str, minute: str) -> timedelta:
    """Return the time since Monday's beginning; Sunday's 24:00 is where the next week begins."""
    word = day.lower()[:3]
    if word not in WEEKDAYS:
        raise NotAllowedError(detail=f"days are {', '.join(WEEKDAYS)}")
    time = timedelta(hours=int(hour), minutes=int(minute))
    if int(minute) >= _MINUTES or time > _DAY:
        raise NotAllowedError(detail="times from 00:00 to 24:00")
    return (WEEKDAYS.index(word) * _DAY + time) % timedelta(weeks=1)


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NotAllowedError(detail="days that the calendar has") from None
    if found.year not in _YEARS:
        raise NotAllowedError(detail=f"years from {_YEARS[0]} to {_YEARS[-1]}")
    return found


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):  # a folder of zones, such as `Europe`, is an OSError
        meant = closest(str(name), _zones())
        detail = "a time zone that this machine knows" + (f", such as {meant}" if meant else "")
        raise NotAllowedError(detail=detail) from None


@cache
def _zones() -> frozenset[str]:
    """Return their names; to find them takes a walk through some hundred files."""
    return frozenset(available_timezones())

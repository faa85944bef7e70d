"""Spans of the wall clock in which nothing is raised: every weekend, a week at the year's end.

Where clocks are put forward or back, a time of day may come twice or not at all. A window then
begins at the earlier and ends at the later of the instants that its bounds can mean.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week from one time to another, both counted from Monday's beginning.

    One that ends before it begins goes on into the next week. `text` is how it was written.
    """

    begins: timedelta
    ends: timedelta
    zone: tzinfo
    text: str

    def __post_init__(self) -> None:
        within = (timedelta(0) <= bound < _WEEK for bound in (self.begins, self.ends))
        if self.begins == self.ends or not all(within):
            raise ValueError(f"no span of a week: from {self.begins} to {self.ends}")

    def until(self, at: float) -> datetime | None:
        """Return when the window ends that lies over ``at`` (Unix seconds), None for none."""
        today = datetime.fromtimestamp(at, self.zone).date()
        monday = datetime.combine(today - timedelta(days=today.weekday()), time())
        for week in (-_WEEK, timedelta(0), _WEEK):
            begins = monday + week + self.begins
            ends = begins + (self.ends - self.begins) % _WEEK
            if (
                _earliest(begins, self.zone).timestamp()
                <= at
                < _latest(ends, self.zone).timestamp()
            ):
                return _latest(ends, self.zone)
        return None


@dataclass(frozen=True, slots=True)
class Days:
    """Once, from the beginning of the first day to the end of the last one."""

    first: date
    last: date
    zone: tzinfo
    text: str

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"no span of days: from {self.first} to {self.last}")

    def until(self, at: float) -> datetime | None:
        """Return when the window ends if it lies over ``at`` (Unix seconds), else None."""
        begins = _earliest(datetime.combine(self.first, time()), self.zone)
        ends = _latest(datetime.combine(self.last + timedelta(days=1), time()), self.zone)
        return ends if begins.timestamp() <= at < ends.timestamp() else None


Window = Weekly | Days


def _earliest(wall: datetime, zone: tzinfo) -> datetime:
    return min(_readings(wall, zone), key=datetime.timestamp)


def _latest(wall: datetime, zone: tzinfo) -> datetime:
    return max(_readings(wall, zone), key=datetime.timestamp)


def _readings(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the two instants that a wall clock's reading can mean; mostly they are the same."""
    return wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)

"""What was counted of each service's phases, minute by minute and in all, and who knows it already.

What is told are sums since this comparer's start, so that it may be told again. A row that was let
go begins anew under another `era`, and does not take the place of what was told of it before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from router.compare.tally import Tally, summed
from router.compare.verdict import Judged, Result
from router.wire.comparing import Counted

KEEP_MINUTES: Final = 3
"""A minute stays open until nothing of it has come for so many: pairs may be late, and come on."""

MOST_OPEN: Final = 16
"""Minutes of a phase that stay open though they are kept: all of them are summed at every look.

Whoever reads a long backlog comes to a next one before that. Which changed longest ago goes first.
"""

KEEP_PHASES: Final = 64
"""Phases of a service that stay; the one that was counted longest ago goes first."""

LONGEST_OPEN: Final = 60
"""Minutes without a change after which one is closed unkept: then the whole alone has it."""

MOST_TOLD: Final = 200
"""Rows that are told at once; the others follow."""

_MINUTE: Final = 60

Key = tuple[str, str, int | None]
"""Service, phase, minute; None for all of them."""


@dataclass(slots=True)
class Row:
    """What is counted, in which era that began, how often it changed, and what of that is kept.

    seen: what of that was seen by the last look; changed: the minute of the look that saw a change.
    """

    era: int
    at: float = 0.0
    changes: int = 0
    kept: int = 0
    seen: int = 0
    changed: int = 0
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Phase:
    """All of one phase: `whole` has those minutes that are no longer open."""

    whole: Row
    minutes: dict[int, Row] = field(default_factory=dict[int, Row])
    noise: frozenset[str] = frozenset()

    def total(self) -> Tally:
        return summed([self.whole.tally, *(row.tally for row in self.minutes.values())])


class Counting:
    """Owns the counts."""

    def __init__(self) -> None:
        self._phases: dict[tuple[str, str], Phase] = {}
        self._era = 0

    def add(self, judged: Judged) -> Result:
        """Count a pair, and say what became of it by what is known of noise."""
        key = judged.service, judged.phase
        phase = self._phases.get(key)
        if phase is None:
            phase = self._phases[key] = Phase(Row(self._era))
        minute = int(judged.at // _MINUTE)
        row = phase.minutes.get(minute)
        if row is None:
            row = phase.minutes[minute] = Row(self._era)
        for each in (row, phase.whole):
            each.changes += 1
            each.at = max(each.at, judged.at)
        return row.tally.add(judged, phase.noise)

    def untold(self, *, is_all: bool = False) -> tuple[list[Counted], dict[Key, int]]:
        """Return what nobody has kept yet, and by which change of each row that is.

        Whoever hands the latter to `keep` says that it is kept. is_all: however many rows it is.
        """
        counted: list[Counted] = []
        marks: dict[Key, int] = {}
        for key, row in self._rows():
            if row.changes > row.kept and (is_all or len(counted) < MOST_TOLD):
                counted.append(self._counted(key, row))
                marks[key] = row.changes
        return counted, marks

    def keep(self, marks: dict[Key, int]) -> None:
        """Note that so much is kept."""
        for key, row in self._rows():
            if key in marks:
                row.kept = max(row.kept, marks[key])

    def tidy(self, now: float) -> None:
        """Learn what is noise by now, and let go of what is kept and old; ``now``: Unix seconds."""
        minute = int(now // _MINUTE)
        for phase in self._phases.values():
            if not _is_kept(phase.whole):
                phase.noise = phase.total().noisy()
            self._close(phase, minute)
        for service in {service for service, _ in self._phases}:
            self._drop_phases(service)

    def _rows(self) -> Iterable[tuple[Key, Row]]:
        for (service, name), phase in self._phases.items():
            yield (service, name, None), phase.whole
            for minute, row in phase.minutes.items():
                yield (service, name, minute), row

    def _counted(self, key: Key, row: Row) -> Counted:
        service, name, minute = key
        tally = self._phases[service, name].total() if minute is None else row.tally
        return Counted(service, name, minute, row.era, row.at, tally.dump())

    def _close(self, phase: Phase, now: int) -> None:
        rows = phase.minutes
        for row in rows.values():
            if row.changes != row.seen:
                row.seen, row.changed = row.changes, now
        surplus = len(rows) - MOST_OPEN
        for minute in sorted(rows, key=lambda minute: (rows[minute].changed, minute)):
            row = rows[minute]
            quiet = now - row.changed
            is_over = quiet > KEEP_MINUTES or surplus > 0
            if quiet > LONGEST_OPEN or (is_over and _is_kept(row)):
                phase.whole.tally.plus(rows.pop(minute).tally)
                self._era += 1  # a pair that comes later yet begins its minute anew
                surplus -= 1

    def _drop_phases(self, service: str) -> None:
        its = [key for key in self._phases if key[0] == service]
        surplus = len(its) - KEEP_PHASES
        if surplus <= 0:
            return
        its.sort(key=lambda key: self._phases[key].whole.at)
        for key in its[:surplus]:
            if all(_is_kept(row) for row in self._rows_of(key)):
                del self._phases[key]
                self._era += 1

    def _rows_of(self, key: tuple[str, str]) -> Iterable[Row]:
        phase = self._phases[key]
        return (phase.whole, *phase.minutes.values())


def _is_kept(row: Row) -> bool:
    return row.kept == row.changes

"""What was compared, read from the store: added up over minutes and replicas.

Counts come in rows, one of each replica's start: tallies of what was compared, ledgers of what was
to be. Adding them up is work for a thread, since a tally may have hundreds of fields.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from router.compare.ledger import (
    Coverage,
    Ledger,
    added,
    coverage,
    is_ledger,
    load_ledger,
)
from router.compare.tally import Tally, load, summed
from router.control.threads import in_thread
from router.store.records import Minute, Records, Total, within

MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What was counted of one phase, or of one that is divided into several.

    phases: all there are, the newest first; phase: None where there is none.
    """

    phases: tuple[str, ...]
    phase: str | None
    tally: Tally
    coverage: Coverage
    covered_phase: str | None


@dataclass(frozen=True, slots=True)
class MinuteSeen:
    """What was counted of one phase within one minute, in Unix minutes."""

    minute: int
    phase: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Reads. clock: Unix seconds."""

    records: Records
    clock: Callable[[], float]

    async def seen(self, service: str, phase: str | None, since: float | None) -> Seen:
        """Return what was counted of ``phase``, or of the newest one; raise StoreError."""
        rows = await self._rows(service, since)
        return await in_thread(lambda: _seen(rows, phase), "comparisons")

    async def minutes(
        self, service: str, phase: str | None, since: float
    ) -> tuple[MinuteSeen, ...]:
        """Return what was counted, minute by minute and phase by phase; raise StoreError."""
        rows = await self._minutes(service, since, phase)
        return await in_thread(lambda: tuple(_by_minute(rows)), "comparisons by minute")

    async def lately(self, service: str, seconds: float) -> Tally:
        """Return what was compared in the last minutes, whatever the phase; raise StoreError."""
        rows = await self._minutes(service, self.clock() - seconds)
        return await in_thread(lambda: _tally(rows), "comparisons of late")

    async def _rows(self, service: str, since: float | None) -> "Rows":
        if since is None:
            return await self.records.totals(service)
        return await self._minutes(service, since)

    async def _minutes(
        self, service: str, since: float, phase: str | None = None
    ) -> Sequence[Minute]:
        begins = since // MINUTE * MINUTE  # the minute that it lies in counts whole
        return await self.records.minutes(service, phase=phase, since=begins, until=self.clock())


Rows = Sequence[Minute] | Sequence[Total]


def _seen(rows: Rows, wanted: str | None) -> Seen:
    latest: dict[str, float] = {}
    for row in rows:
        if not is_ledger(row.counts):
            latest[row.phase] = max(_at(row), latest.get(row.phase, 0.0))
    phases = tuple(sorted(latest, key=lambda phase: (latest[phase], phase), reverse=True))
    phase = wanted or (phases[0] if phases else _newest(rows))
    release = None if phase is None else phase.partition("/")[0]
    return Seen(
        phases=phases,
        phase=phase,
        tally=_tally(row for row in rows if phase is not None and within(row.phase, phase)),
        coverage=_coverage([row for row in rows if release and within(row.phase, release)]),
        covered_phase=release,
    )


def _newest(rows: Rows) -> str | None:
    """Return the phase in which nothing was compared yet, though something was to be."""
    newest = max(rows, key=_at, default=None)
    return None if newest is None else newest.phase


def _at(row: Minute | Total) -> float:
    return row.at if isinstance(row, Total) else row.minute * MINUTE


def _coverage(rows: Sequence[Minute | Total]) -> Coverage:
    return coverage(_ledger(rows), _tally(rows))


def _tally(rows: Iterable[Minute | Total]) -> Tally:
    return summed(load(row.counts) for row in rows if not is_ledger(row.counts))


def _ledger(rows: Iterable[Minute | Total]) -> Ledger:
    return added(load_ledger(row.counts) for row in rows if is_ledger(row.counts))


def _by_minute(rows: Sequence[Minute]) -> Iterable[MinuteSeen]:
    found: dict[tuple[int, str], Tally] = {}
    for row in rows:
        if not is_ledger(row.counts):
            found.setdefault((row.minute, row.phase), Tally()).plus(load(row.counts))
    for (minute, phase), tally in sorted(found.items()):
        yield MinuteSeen(minute, phase, tally)

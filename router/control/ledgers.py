"""Keeps in the store what became of the requests that were to be copied, beside what was compared.

Workers count since they began; every few seconds what was added is filed under the minute and the
phase that the release is in by then. A phase that has just begun may get some of the one before.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from router.compare.ledger import Ledger, added, dump_ledger
from router.control.booked import Booked
from router.control.events import tell
from router.errors import StoreError
from router.release.state import Release
from router.store.records import Minute, Records, Total

EVERY: Final = 5.0
"""Seconds between two looks."""

Shadows = Mapping[tuple[str, str], int]
"""(service, result) -> requests, since the workers began."""


class Ledgers:
    """One replica's. clock: Unix seconds. name: of this start of it.

    keep: hears what is booked before the store does.
    """

    def __init__(
        self,
        records: Records,
        name: str,
        shadows: Callable[[], Shadows],
        releases: Callable[[], Sequence[Release]],
        *,
        clock: Callable[[], float],
        keep: Callable[[Booked], None],
    ) -> None:
        self._records = records
        self._shadows = shadows
        self._releases = releases
        self._clock = clock
        self._keep = keep
        self._booked = Booked(f"{name}/ledger")
        """Its minutes are those that are not kept yet as they are, and the present one."""
        self._has_inherited = False

    def inherit(self, booked: Booked) -> None:
        """Go on from what a predecessor has booked, under its name."""
        self._booked = booked
        self._has_inherited = True

    async def keep_going(self) -> None:
        """Look for ever; what could not be kept is kept with the next look."""
        kept: Shadows | None = None
        if not self._has_inherited:  # nobody knows what a predecessor has filed: all, presumably
            kept = self._booked.seen = dict(self._shadows())
        while True:
            await asyncio.sleep(EVERY)
            try:
                if self._shadows() != kept and await self.look():
                    kept = self._booked.seen
            except Exception as error:  # noqa: BLE001 - who only counts may not end who serves
                tell("task_died", failure=error, task="ledgers")

    async def look(self) -> bool:
        """File what was added; return whether it is kept."""
        now = self._clock()
        minute = int(now // 60)
        phases = {release.service: str(release.phase) for release in self._releases()}
        for service, ledger in self._added().items():
            if service in phases:
                self._file((service, phases[service], minute), ledger)
        self._keep(self._booked)
        try:
            await self._records.count(self._changed(), self._sums(now))
        except StoreError:
            return False  # that the store is away is said elsewhere
        minutes = self._booked.minutes
        self._booked.minutes = {at: it for at, it in minutes.items() if at[2] == minute}
        return True

    def _added(self) -> dict[str, Ledger]:
        shadows = dict(self._shadows())
        found: dict[str, Ledger] = {}
        for (service, result), count in shadows.items():
            more = count - self._booked.seen.get((service, result), 0)
            if more > 0:
                found.setdefault(service, {})[result] = more
        self._booked.seen = shadows
        return found

    def _file(self, place: tuple[str, str, int], ledger: Ledger) -> None:
        service, phase, _ = place
        minutes, totals = self._booked.minutes, self._booked.totals
        minutes[place] = added([minutes.get(place, {}), ledger])
        totals[service, phase] = added([totals.get((service, phase), {}), ledger])

    def _changed(self) -> list[Minute]:
        return [
            Minute(service, phase, minute, self._booked.name, dump_ledger(ledger))
            for (service, phase, minute), ledger in self._booked.minutes.items()
        ]

    def _sums(self, now: float) -> list[Total]:
        booked = self._booked
        changed = {(service, phase) for service, phase, _ in booked.minutes}
        return [
            Total(service, phase, booked.name, now, dump_ledger(booked.totals[service, phase]))
            for service, phase in sorted(changed)
        ]

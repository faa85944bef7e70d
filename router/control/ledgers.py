"""Keeps in the store what became of the requests that were to be copied, beside what was compared.

Workers count since they began; every few seconds what was added is filed under the minute and the
phase that the release is in by then. A phase that has just begun may get some of the one before.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from router.compare.ledger import Ledger, added, dump_ledger
from router.control.events import tell
from router.errors import StoreError
from router.release.state import Release
from router.store.records import Minute, Records, Total

EVERY: Final = 5.0
"""Seconds between two looks."""

Shadows = Mapping[tuple[str, str], int]
"""(service, result) -> requests, since the workers began."""


class Ledgers:
    """One replica's. clock: Unix seconds. name: of this start of it."""

    def __init__(
        self,
        records: Records,
        name: str,
        shadows: Callable[[], Shadows],
        releases: Callable[[], Sequence[Release]],
        clock: Callable[[], float],
    ) -> None:
        self._records = records
        self._name = f"{name}/ledger"
        self._shadows = shadows
        self._releases = releases
        self._clock = clock
        self._seen: Shadows = {}
        self._totals: dict[tuple[str, str], Ledger] = {}
        self._minutes: dict[tuple[str, str, int], Ledger] = {}
        """Those that are not kept yet as they are, and the present one."""

    async def keep_going(self) -> None:
        """Look for ever; what could not be kept is kept with the next look."""
        self._seen = dict(self._shadows())  # a predecessor has filed what its workers had counted
        kept: Shadows = self._seen
        while True:
            await asyncio.sleep(EVERY)
            try:
                if self._shadows() != kept and await self.look():
                    kept = self._seen
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
        try:
            await self._records.count(self._changed(), self._sums(now))
        except StoreError:
            return False  # that the store is away is said elsewhere
        self._minutes = {place: it for place, it in self._minutes.items() if place[2] == minute}
        return True

    def _added(self) -> dict[str, Ledger]:
        shadows = dict(self._shadows())
        found: dict[str, Ledger] = {}
        for (service, result), count in shadows.items():
            more = count - self._seen.get((service, result), 0)
            if more > 0:
                found.setdefault(service, {})[result] = more
        self._seen = shadows
        return found

    def _file(self, place: tuple[str, str, int], ledger: Ledger) -> None:
        service, phase, _ = place
        self._minutes[place] = added([self._minutes.get(place, {}), ledger])
        self._totals[service, phase] = added([self._totals.get((service, phase), {}), ledger])

    def _changed(self) -> list[Minute]:
        return [
            Minute(service, phase, minute, self._name, dump_ledger(ledger))
            for (service, phase, minute), ledger in self._minutes.items()
        ]

    def _sums(self, now: float) -> list[Total]:
        changed = {(service, phase) for service, phase, _ in self._minutes}
        return [
            Total(service, phase, self._name, now, dump_ledger(self._totals[service, phase]))
            for service, phase in sorted(changed)
        ]

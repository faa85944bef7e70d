"""What is known of each service's comparison, looked at every few seconds: for metrics and status.

Who asks for one service gets it from the store (`api.divergences`); a scrape may not wait for that.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from router.compare.cells import LEGACY_FAILED, weight_in
from router.compare.latency import bucket_in, start_of, weight_at
from router.compare.ledger import Ledger
from router.compare.tally import Tally
from router.control.comparisons import Comparisons, Seen
from router.control.events import tell
from router.control.threads import in_thread
from router.errors import StoreError, TallyError
from router.evidence.divergence import ALPHA, FieldDivergence, divergence
from router.evidence.metrics import metric_differences
from router.evidence.readiness import SLOW, UNPROVEN, WINDOW, Copies, Readiness, readiness
from router.model import ALL
from router.release.state import Release
from router.routing.snapshot import Sends

EVERY: Final = 10.0
"""Seconds between two looks."""

MOST_FIELDS: Final = 20
"""Of a service that become series; an API of hundreds of fields would make as many of them."""

_LEFT_ALONE: Final = "breaker_open"


NOT_KNOWN: Final = Readiness(None, UNPROVEN)


@dataclass(frozen=True, slots=True)
class Appraised:
    """What is known of one service.

    coverage: of the newest phase, None while there is none. fields: beyond noise, those that are
    furthest. metrics: AI's less legacy's within the last five minutes, in seconds or as a ratio.
    """

    coverage: float | None = None
    fields: Mapping[str, float] = field(default_factory=dict[str, float])
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    readiness: Readiness = NOT_KNOWN


UNKNOWN: Final = Appraised()


class Appraisal:
    """Looks while it is kept going. shadowed: the services that copy requests, and to whom."""

    def __init__(
        self,
        comparisons: Comparisons,
        shadowed: Callable[[], Mapping[str, Sends]],
        releases: Callable[[], Sequence[Release]],
    ) -> None:
        self.comparisons: Final = comparisons
        self._shadowed = shadowed
        self._releases = releases
        self.all: Mapping[str, Appraised] = {}
        self._failing: frozenset[str] = frozenset()

    def of(self, service: str) -> Appraised:
        return self.all.get(service, UNKNOWN)

    async def keep_going(self) -> None:
        """Look for ever."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - who only looks may not end who serves
                tell("task_died", failure=error, task="appraisal")
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Look at every service that copies requests; where the store is away nothing is known."""
        shadowed = dict(self._shadowed())
        whole = {release.service for release in self._releases() if release.share == ALL}
        self.all = {service: it for service, it in self.all.items() if service in shadowed}
        self._failing &= shadowed.keys()
        for service, sends in shadowed.items():
            is_legacys = sends is Sends.TO_LEGACY or service in whole
            try:
                appraised = await self._appraised(service, sends, is_legacys=is_legacys)
                self._failing -= {service}
            except Exception as error:  # noqa: BLE001 - what one service holds hides no other one
                appraised = UNKNOWN
                self._fail(service, error)
            self.all = {**self.all, service: appraised}

    def _fail(self, service: str, error: Exception) -> None:
        """Say it once, until the service is known again: we look every few seconds."""
        if service not in self._failing:
            tell("appraisal_failed", failure=error, service=service)
        self._failing |= {service}

    async def _appraised(self, service: str, sends: Sends, *, is_legacys: bool) -> Appraised:
        try:
            seen = await self.comparisons.seen(service, None, None)
            tally, ledger = await self.comparisons.lately(service, WINDOW)
        except (StoreError, TallyError):
            return UNKNOWN
        copies = None if sends is Sends.TO_AI else _copies(tally, ledger, is_legacys=is_legacys)
        return await in_thread(lambda: _judged(seen, tally, copies), "appraisal")


def _judged(seen: Seen, lately: Tally, copies: Copies | None) -> Appraised:
    fields = divergence(seen.tally).fields[:MOST_FIELDS]
    return Appraised(
        coverage=seen.coverage.ratio,
        fields={it.name: _beyond(it) for it in fields},
        metrics={it.metric: it.difference for it in metric_differences(lately, ALPHA)},
        readiness=readiness(copies),
    )


def _beyond(its: FieldDivergence) -> float:
    """Without second answers noise is not known, and counts as divergence."""
    return (its.beyond or its.raw).estimate


def _copies(tally: Tally, ledger: Ledger, *, is_legacys: bool) -> Copies:
    """Say what legacy did. is_legacys: whether copies that were not sent can only be legacy's.

    Those that were lost are pairs too, as ones that could not be compared. Each pair counts for the
    requests that it stands for: a busy minute's failures weigh as much as they would have.
    """
    failures = tally.failures.items()
    failed = sum(count * weight_in(cell) for cell, count in failures if cell & LEGACY_FAILED)
    slow = sum(
        count * weight_at(place)
        for place, count in tally.legacy_seconds.items()
        if start_of(bucket_in(place)) >= SLOW
    )
    return Copies(
        answered=tally.requests,
        failed=failed,
        slow=slow,
        left_alone=ledger.get(_LEFT_ALONE, 0) if is_legacys else 0,
    )

"""What is known of each service's comparison, looked at every few seconds: for metrics and status.

Who asks for one service gets it from the store (`api.divergences`); a scrape may not wait for that.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from router.compare.copied import Copied
from router.compare.tally import Tally
from router.control.comparisons import Comparisons, Seen
from router.control.events import tell
from router.control.threads import in_thread
from router.errors import StoreError, TallyError
from router.evidence.divergence import ALPHA, FieldDivergence, divergence
from router.evidence.metrics import metric_differences
from router.evidence.readiness import UNPROVEN, WINDOW, Readiness, readiness
from router.routing.snapshot import Sends

EVERY: Final = 10.0
"""Seconds between two looks."""

MOST_FIELDS: Final = 20
"""Of a service that become series; an API of hundreds of fields would make as many of them."""


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
    ) -> None:
        self.comparisons: Final = comparisons
        self._shadowed = shadowed
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
        self.all = {service: it for service, it in self.all.items() if service in shadowed}
        self._failing &= shadowed.keys()
        for service, sends in shadowed.items():
            try:
                appraised = await self._appraised(service, sends)
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

    async def _appraised(self, service: str, sends: Sends) -> Appraised:
        try:
            seen = await self.comparisons.seen(service, None, None)
            tally = await self.comparisons.lately(service, WINDOW)
        except (StoreError, TallyError):
            return UNKNOWN
        copies = None if sends is Sends.TO_AI else tally.copied
        return await in_thread(lambda: _judged(seen, tally, copies), "appraisal")


def _judged(seen: Seen, lately: Tally, copies: Copied | None) -> Appraised:
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

"""What all workers counted, living and dead, added up. A total never falls."""

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from router.model import Variant
from router.wire.counting import DURATION_BOUNDS, ServiceCounts, VariantCounts
from router.wire.messages import Telemetry


@dataclass(slots=True)
class Spread:
    """A histogram: how many fell under each bound of `DURATION_BOUNDS` (and above the last)."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(DURATION_BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, buckets: Sequence[int], seconds: float) -> None:
        self.buckets = [ours + more for ours, more in zip(self.buckets, buckets, strict=True)]
        self.seconds += seconds


@dataclass(slots=True)
class Totals:
    """Sums over workers. Gauges (`in_flight`, `connections`) count the living only."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])
    assignments: Counter[tuple[str, str, str]] = field(
        default_factory=Counter[tuple[str, str, str]]
    )
    fallbacks: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    durations: dict[tuple[str, str], Spread] = field(default_factory=dict[tuple[str, str], Spread])
    first_bytes: dict[tuple[str, str], Spread] = field(
        default_factory=dict[tuple[str, str], Spread]
    )
    refused: Counter[str] = field(default_factory=Counter[str])
    served: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    in_flight: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    connections: int = 0

    def add(self, telemetry: Telemetry) -> None:
        """Add what a living worker counted."""
        self.add_history(telemetry)
        self.connections += telemetry.connections
        for service in telemetry.services:
            for counts in service.variants:
                self.in_flight[counts.service, counts.variant] += counts.in_flight

    def add_history(self, telemetry: Telemetry) -> None:
        """Add what stays true of a worker after its death."""
        self.refused.update(telemetry.refused)
        for service in telemetry.services:
            self._add_service(service)
            for counts in service.variants:
                self._add_variant(counts)

    def answered(self, service: str, variant: Variant) -> int:
        """Count the answers that this variant itself gave, and not we in its place."""
        return self.served[service, variant]

    def _add_service(self, counts: ServiceCounts) -> None:
        for variant, reason, count in counts.assignments:
            self.assignments[counts.service, variant, reason] += count
        for reason, count in counts.fallbacks.items():
            self.fallbacks[counts.service, reason] += count

    def _add_variant(self, counts: VariantCounts) -> None:
        key = (counts.service, counts.variant)
        self.served[key] += counts.served
        for code, count in counts.codes.items():
            self.requests[(*key, code)] += count
        self.durations.setdefault(key, Spread()).add(counts.duration_buckets, counts.duration_sum)
        self.first_bytes.setdefault(key, Spread()).add(
            counts.first_byte_buckets, counts.first_byte_sum
        )


class Ledger:
    """Keeps the latest word of each living worker and the last word of each dead one."""

    def __init__(self) -> None:
        self._living: dict[str, Telemetry] = {}
        self._dead = Totals()

    def record(self, worker: str, telemetry: Telemetry) -> None:
        self._living[worker] = telemetry

    def retire(self, worker: str) -> None:
        """Keep what a dead worker had counted; its successor starts at zero."""
        last = self._living.pop(worker, None)
        if last is not None:
            self._dead.add_history(last)

    def totals(self) -> Totals:
        """Add everything up."""
        totals = copy.deepcopy(self._dead)
        for telemetry in self._living.values():
            totals.add(telemetry)
        return totals

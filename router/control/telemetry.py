"""What all workers counted, living and dead, added up. A total never falls."""

import copy
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from router.model import Variant
from router.wire.counting import (
    DURATION_BOUNDS,
    Counts,
    Gist,
    GistReader,
    ServiceCounts,
    VariantCounts,
    VariantGist,
    fallbacks_of,
    gist_of,
    read_counts,
    read_gists,
    variant_gist,
)

GistOf = Callable[[str], Sequence[int] | None]
"""A service's gist; None where it has counted nothing."""


@dataclass(slots=True)
class Spread:
    """A histogram: how many fell under each bound of `DURATION_BOUNDS` (and above the last)."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(DURATION_BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, buckets: Sequence[int], seconds: float) -> None:
        self.buckets = [ours + more for ours, more in zip(self.buckets, buckets, strict=True)]
        self.seconds += seconds

    def count(self, seconds: float) -> None:
        """Add one that took so long."""
        buckets = [0] * len(self.buckets)
        buckets[bisect_left(DURATION_BOUNDS, seconds)] = 1
        self.add(buckets, seconds)


@dataclass(slots=True)
class Totals:
    """Sums over workers. Gauges (`in_flight`, `copies`, `connections`) count the living only."""

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
    shadows: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    copy_costs: Counter[str] = field(default_factory=Counter[str])  # billionths of a USD
    copies: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    log_lines_dropped: int = 0
    events_dropped: int = 0
    connections: int = 0

    def add(self, counts: Counts) -> None:
        """Add what a living worker counted."""
        self.add_history(counts)
        self.connections += counts.connections
        for service in counts.services:
            for variant in service.variants:
                self.in_flight[variant.service, variant.variant] += variant.in_flight
            for name, count in service.copies.items():
                self.copies[service.service, name] += count

    def add_history(self, counts: Counts) -> None:
        """Add what stays true of a worker after its death."""
        self.refused.update(counts.refused)
        self.log_lines_dropped += counts.log_lines_dropped
        self.events_dropped += counts.events_dropped
        for service in counts.services:
            self._add_service(service)
            for variant in service.variants:
                self._add_variant(variant)

    def answered(self, service: str, variant: Variant) -> int:
        """Count the answers that this variant itself gave, and not we in its place."""
        return self.served[service, variant]

    def fell_back(self, service: str) -> dict[str, int]:
        """Count what legacy answered in AI's place, by reason."""
        return {
            reason: count for (name, reason), count in self.fallbacks.items() if name == service
        }

    def gists(self) -> dict[str, Gist]:
        """Return the gist of what every service counted."""
        failures: Counter[tuple[str, str]] = Counter()
        for (service, variant, code), count in self.requests.items():
            failures[service, variant] += count if code // 100 == 5 else 0  # noqa: PLR2004 - 5xx
        services = dict.fromkeys(service for service, _ in self.durations)
        return {
            service: gist_of(
                {
                    variant: VariantGist(
                        failures[service, variant],
                        tuple(self.durations.get((service, variant), Spread()).buckets),
                        self.served[service, variant],
                    )
                    for variant in Variant
                },
                self.fell_back(service),
            )
            for service in services
        }

    def _add_service(self, counts: ServiceCounts) -> None:
        for variant, reason, count in counts.assignments:
            self.assignments[counts.service, variant, reason] += count
        for reason, count in counts.fallbacks.items():
            self.fallbacks[counts.service, reason] += count
        for result, count in counts.shadows.items():
            self.shadows[counts.service, result] += count
        if counts.copy_cost:
            self.copy_costs[counts.service] += counts.copy_cost

    def _add_variant(self, counts: VariantCounts) -> None:
        key = (counts.service, counts.variant)
        self.served[key] += counts.served
        for code, count in counts.codes.items():
            self.requests[(*key, code)] += count
        self.durations.setdefault(key, Spread()).add(counts.duration_buckets, counts.duration_sum)
        self.first_bytes.setdefault(key, Spread()).add(
            counts.first_byte_buckets, counts.first_byte_sum
        )


class InShort:
    """What was answered, by gists: each service is looked at once, when it is asked for."""

    def __init__(self, gist: GistOf) -> None:
        self._gist = gist
        self._seen: dict[str, Sequence[int] | None] = {}

    def answered(self, service: str, variant: Variant) -> int:
        """Count the answers that this variant itself gave, and not we in its place."""
        gist = self._look(service)
        return 0 if gist is None else variant_gist(gist, variant).answered

    def fell_back(self, service: str) -> dict[str, int]:
        """Count what legacy answered in AI's place, by reason."""
        gist = self._look(service)
        return {} if gist is None else fallbacks_of(gist)

    def _look(self, service: str) -> Sequence[int] | None:
        if service not in self._seen:
            self._seen[service] = self._gist(service)
        return self._seen[service]


class Tallies:
    """Reads each living worker's memory, and keeps what stood in that of each dead one."""

    def __init__(self, keep: Callable[[Totals], None]) -> None:
        """Begin at zero; ``keep`` is told all that the dead had counted whenever one more dies."""
        self._keep = keep
        self._living: dict[str, int] = {}
        self._readers: dict[str, GistReader] = {}
        self._dead = Totals()
        self._gists_of_dead: Mapping[str, Gist] = {}
        self.deaths = 0
        """How many workers have died."""

    def inherit(self, dead: Totals) -> None:
        """Count what a predecessor's dead had counted too; call it before anybody is retired."""
        self._dead = dead
        self._gists_of_dead = dead.gists()

    def open(self, worker: str, memory: int) -> None:
        """Count what this worker counts; the descriptor is ours from now on."""
        self._living[worker] = memory
        self._readers[worker] = GistReader(memory)

    def retire(self, worker: str) -> None:
        """Keep what a dead worker had counted; its successor starts at zero."""
        memory = self._living.pop(worker)
        del self._readers[worker]
        self._dead.add_history(read_counts(memory))
        os.close(memory)
        self._gists_of_dead = self._dead.gists()
        self.deaths += 1
        self.repeat()

    def repeat(self) -> None:
        """Have kept once more what was."""
        self._keep(self._dead)

    def gists(self) -> Iterator[Iterable[tuple[str, Gist]]]:
        """Yield the gists of the dead, then those of each living worker.

        Others may have their turn in between, but go no further once `deaths` has grown: what
        somebody had counted would stand with the living and not yet with the dead.
        """
        memories = list(self._living.values())
        yield self._gists_of_dead.items()
        yield from map(read_gists, memories)

    def gist(self, service: str) -> Gist | None:
        """Add up one service's gists as they stand at this moment (20 µs a worker)."""
        found = [reader.gist(service) for reader in self._readers.values()]
        known = [gist for gist in (self._gists_of_dead.get(service), *found) if gist is not None]
        return tuple(map(sum, zip(*known, strict=True))) if known else None

    def in_short(self) -> InShort:
        """Return what was answered until now, to be asked service by service."""
        return InShort(self.gist)

    def totals(self) -> Totals:
        """Add everything up, as it stands at this moment."""
        totals = copy.deepcopy(self._dead)
        for memory in self._living.values():
            totals.add(read_counts(memory))
        return totals

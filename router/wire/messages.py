"""What our processes say to one another.

Supervisor to worker: `Apply`, `Drain`, `Ask`. Worker to supervisor: `Applied`, `Telemetry`.
"""

from dataclasses import dataclass

from router.routing.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Apply:
    """Serve by this snapshot from now on."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Drain:
    """Accept nothing more, finish what is in flight within `timeout` seconds, and exit 0."""

    timeout: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Send your telemetry now; the answer carries the same `ticket`."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Applied:
    """The snapshot of this version decides every request that begins from now on."""

    version: int


@dataclass(frozen=True, slots=True)
class VariantCounts:
    """One variant's totals since the worker started.

    duration_buckets and first_byte_buckets count requests at or under each bound of
    `DURATION_BOUNDS`, plus one last bucket for the rest (not cumulative).
    """

    service: str
    variant: str  # which variant was asked; our own answers in its place count here
    codes: dict[int, int]
    served: int  # answers that the variant itself gave, or began to give
    in_flight: int
    duration_buckets: list[int]
    duration_sum: float
    first_byte_buckets: list[int]
    first_byte_sum: float


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """One service's totals since the worker started.

    assignments: (variant, reason, count). fallbacks: reason -> count.
    """

    service: str
    assignments: list[tuple[str, str, int]]
    fallbacks: dict[str, int]
    variants: list[VariantCounts]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """All totals of a worker. `ticket` is that of the `Ask`, or 0 for the one sent each second."""

    ticket: int
    services: list[ServiceCounts]
    refused: dict[str, int]  # requests that reached no service, by x-gray-error code
    connections: int  # open client connections


DURATION_BOUNDS: tuple[float, ...] = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)
"""Upper bounds in seconds of the latency histograms."""

ToWorker = Apply | Drain | Ask
ToSupervisor = Applied | Telemetry

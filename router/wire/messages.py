"""What our processes say to one another.

Supervisor to worker: `Apply`, `Accept`, `Locate`, `Lease`, `Drain`, `Ask`.
Worker to supervisor: `Hello` (once, with descriptors), `Applied`, `Accepting`, `Telemetry`.
"""

from dataclasses import dataclass, field

from router.model import Variant
from router.routing.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Apply:
    """Serve by this snapshot from now on."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Accept:
    """Accept clients on the sockets of exactly these slots, from now on."""

    slots: list[int]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an endpoint really is: an IP address with a port, or a Unix socket's path and 0.

    endpoint: its index among the variant's endpoints; a name may stand for several addresses.
    """

    endpoint: int
    address: str
    port: int
    is_up: bool = True


@dataclass(frozen=True, slots=True)
class Locate:
    """All targets of one variant, as they were looked up and probed last.

    Until it comes, a variant's endpoints that are addresses already are their own targets and up;
    those that are names have none.
    """

    service: str
    variant: Variant
    targets: list[Target]


@dataclass(frozen=True, slots=True)
class Lease:
    """Until when AI may be asked, in seconds of CLOCK_BOOTTIME (it counts suspended time too)."""

    until: float


@dataclass(frozen=True, slots=True)
class Hello:
    """A worker's first word. With it come the descriptors of its counters and its listeners.

    slots: whose sockets the descriptors after the first are, in their order. version: of the
    snapshot that it serves by, 0 for none.
    """

    name: str
    pid: int
    slots: list[int]
    version: int


@dataclass(frozen=True, slots=True)
class Accepting:
    """On which slots' sockets this worker accepts by now."""

    slots: list[int]


@dataclass(frozen=True, slots=True)
class Ejected:
    """An endpoint that this worker leaves out because it failed, for so many more seconds."""

    service: str
    variant: Variant
    endpoint: str
    seconds: float


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
    """The snapshot of this version decides every request that begins from now on.

    stands: by service, the (epoch, revision) that it serves by.
    """

    version: int
    stands: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])


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
    ejected: list[Ejected] = field(default_factory=list[Ejected])
    is_full: bool = False  # it accepts nobody until descriptors are free again


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

ToWorker = Apply | Accept | Locate | Lease | Drain | Ask
ToSupervisor = Hello | Applied | Accepting | Telemetry

"""What our processes say to one another.

Supervisor to worker: `Apply`, `Accept`, `Locate`, `Lease`, `Drain`.
Worker to supervisor: `Hello` (once, with descriptors), `Applied`, `Accepting`, `Telemetry` (once a
second), `Leaving`. What a worker counts is not said but read (`counting`).
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
    those that are names have none. endpoints: the authorities that the targets' indexes count, so
    that it may come before the table that has them; empty for those of the table in force.
    """

    service: str
    variant: Variant
    targets: list[Target]
    endpoints: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Lease:
    """Until when AI may be asked, in seconds of CLOCK_BOOTTIME (it counts suspended time too)."""

    until: float


@dataclass(frozen=True, slots=True)
class Hello:
    """A worker's first word. With it come the descriptors of its counters and its listeners.

    slots: whose sockets the descriptors after the first are, in their order. version: of the
    snapshot that it serves by, 0 for none. stands: as in `Applied`.
    """

    name: str
    pid: int
    slots: list[int]
    version: int
    stands: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])


@dataclass(frozen=True, slots=True)
class Accepting:
    """On which slots' sockets this worker accepts by now."""

    slots: list[int]


@dataclass(frozen=True, slots=True)
class Ejected:
    """An endpoint that this worker leaves out because it failed, for so many more seconds.

    endpoint: what `Endpoint.called` makes of it and the address that failed.
    """

    service: str
    variant: Variant
    endpoint: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Drain:
    """Accept nothing more, finish what is in flight within `timeout` seconds, and exit 0."""

    timeout: float


@dataclass(frozen=True, slots=True)
class AiSeen:
    """What one service's AI has had of this worker.

    last_begun: when the last request began there, in seconds of CLOCK_BOOTTIME; 0 for never.
    in_flight: how many are there now, or wait to be.
    """

    last_begun: float = 0.0
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """The snapshot of this version decides every request that begins from now on.

    stands: by service, the (epoch, revision) that it serves by. ai: by service, as of this moment.
    """

    version: int
    stands: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    ai: dict[str, AiSeen] = field(default_factory=dict[str, AiSeen])


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a worker says each second; that it says it is the sign that it lives."""

    ejected: list[Ejected] = field(default_factory=list[Ejected])
    is_full: bool = False  # it accepts nobody until descriptors are free again


@dataclass(frozen=True, slots=True)
class Leaving:
    """The worker drains and will end: others are to accept on its slots."""


ToWorker = Apply | Accept | Locate | Lease | Drain
ToSupervisor = Hello | Applied | Accepting | Telemetry | Leaving

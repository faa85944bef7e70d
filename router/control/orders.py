"""What is asked of the conductor, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from router.control.caller import Caller
from router.release.commands import Command
from router.release.state import Release
from router.store.ledger import Durability
from router.store.port import Answered

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Once(Generic[T]):
    """A request that may come twice, by its idempotency key.

    fingerprint: of the request, so that the same key with another one can be told. answer: what it
    is answered if it leads to this (a release, a drill's end); that is kept together with the
    change.
    """

    key: str
    fingerprint: str
    answer: Callable[[T], Answered]


@dataclass(frozen=True, slots=True)
class Order:
    """A command upon a service's release. It says itself when it came, and what was seen then."""

    service: str
    command: Command
    caller: Caller
    once: Once[Release] | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a change.

    missing: the workers, and other replicas, that did not acknowledge in time. is_waiting: others
    have to approve it first. repeated: nothing was done now, this was the answer when the same
    request came before.
    """

    release: Release
    missing: tuple[str, ...]
    applied_ms: float
    is_waiting: bool = False
    repeated: Answered | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A worker has said that it serves by the rollback; `applied_ms` counts from the call on."""

    service: str
    replica: str
    worker: str
    applied_ms: float


@dataclass(frozen=True, slots=True)
class ReplicaAcknowledged:
    """Another replica has said how many of its workers do; `applied_ms`: until we heard it."""

    service: str
    replica: str
    workers: int
    acked: int
    applied_ms: float


@dataclass(frozen=True, slots=True)
class ReplicaReport:
    """How far a rollback has come with one replica's workers.

    applied_ms: until its last acknowledgement, or until its word of it was heard; None before any.
    """

    replica: str
    workers: int
    acked: int
    applied_ms: float | None


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What became of a rollback.

    complete: no worker of any member can ask AI any more. durable: where it is kept. applied_ms:
    until the last acknowledgement, or until whoever gave none was killed. last_ai_byte_ms: until
    the last request to AI began, None where none ever has; both count from the call on.
    in_flight_ai: requests that AI was still answering when their workers acknowledged. bound_s:
    seconds after which whoever is silent is safe by itself, None where there is no saying;
    provided: what that depends on, None for nothing. missing: the replicas, and our own workers,
    that have not acknowledged. problems: what went wrong with keeping it.
    """

    service: str
    epoch: int
    revision: int
    complete: bool
    durable: Durability
    applied_ms: float
    last_ai_byte_ms: float | None
    replicas: tuple[ReplicaReport, ...]
    in_flight_ai: int
    bound_s: float | None
    provided: str | None = None
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    percent: float = 0

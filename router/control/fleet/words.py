"""What a replica says of a rollback that another one was called for, and who carries that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from router.release.state import Release
from router.replica.membership import Presence


@dataclass(frozen=True, slots=True)
class Word:
    """What one replica says of one service's rollback.

    workers: those that might ask AI; acked: those of them that serve by it. applied_ms: until the
    last of them did, by its own clock, since it heard of it. last_begun_ago_ms: how long before
    this word the last request to AI began there; None: none ever has. in_flight: requests that AI
    was still answering. in_store: whether it knows that the store has the rollback.
    """

    instance: str
    replica: str
    service: str
    workers: int
    acked: int
    applied_ms: float
    last_begun_ago_ms: float | None
    in_flight: int
    in_store: bool


Heard = Callable[[Word], None]


class Tell(Protocol):
    """Tells other replicas of rollbacks, until each of them has acknowledged."""

    def call(self, releases: Sequence[Release], to: Sequence[Presence], heard: Heard) -> None:
        """Tell them now, without waiting; ``heard`` may be called more than once for each."""
        ...

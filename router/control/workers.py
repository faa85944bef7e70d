"""What is known of each worker, and which of them serve by an older revision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from router.release.state import Release


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker's place and whoever sits on it; `pid` is None while nobody does.

    accepting: the slots on whose sockets it accepts. stands: by service, the (epoch, revision) that
    it serves by; empty until it serves.
    """

    name: str
    pid: int | None
    state: str
    accepting: tuple[int, ...]
    stands: Mapping[str, tuple[int, int]]


def unconfirmed(release: Release, workers: Iterable[WorkerState]) -> tuple[str, ...]:
    """Name the workers that serve, and have not said that they do so by this release."""
    stand = (release.epoch, release.revision)
    return tuple(
        worker.name
        for worker in workers
        if worker.stands and worker.stands.get(release.service) != stand
    )

"""What holds a raise back, beside the release itself. It never holds back a rollback, or less."""

import math
from collections.abc import Iterable
from typing import Final

from router.control.endpoints import EndpointState
from router.model import Variant
from router.release.refusals import Obstacle
from router.release.state import Release
from router.replica.lost_state import is_settled

LEGACY: Final = "legacy"
STORE: Final = "store"
WORKERS: Final = "workers"


def ill_legacy(service: str, endpoints: Iterable[EndpointState]) -> tuple[Obstacle, ...]:
    """Hold it back where legacy could not take everybody back: none of its endpoints is up."""
    legacy = [
        each for each in endpoints if (each.service, each.variant) == (service, Variant.LEGACY)
    ]
    if not legacy or any(each.is_up for each in legacy):
        return ()
    told = ", ".join(f"{each.endpoint} is {each.shown}" for each in legacy)
    return (Obstacle(LEGACY, f"no endpoint is healthy ({told})"),)


def unsettled(release: Release, since: float, lease: float, now: float) -> tuple[Obstacle, ...]:
    """Hold it back where a store has lost its state, and others may know more than we do.

    since: when we began to serve by what is left. lease: 0 where there are no others.
    """
    if is_settled(release, since, lease, now):
        return ()
    left = math.ceil(since + lease - now)
    return (
        Obstacle(STORE, f"it has lost its state, and others may know more: ask again in {left} s"),
    )


def open_change(behind: Iterable[str]) -> tuple[Obstacle, ...]:
    """Hold it back while somebody serves by an earlier revision: he would be two steps behind.

    behind: our own workers, and other replicas.
    """
    names = ", ".join(behind)
    return (Obstacle(WORKERS, f"the last change is not acknowledged by {names}"),) if names else ()

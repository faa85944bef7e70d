"""What holds a raise back, beside the release itself. It never holds back a rollback, or less."""

from collections.abc import Iterable
from typing import Final

from router.control.endpoints import EndpointState
from router.model import Variant
from router.release.refusals import Obstacle

LEGACY: Final = "legacy"
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


def open_change(behind: Iterable[str]) -> tuple[Obstacle, ...]:
    """Hold it back while somebody serves by an earlier revision: he would be two steps behind.

    behind: our own workers, and other replicas.
    """
    names = ", ".join(behind)
    return (Obstacle(WORKERS, f"the last change is not acknowledged by {names}"),) if names else ()

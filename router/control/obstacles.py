"""What holds a raise back, beside the release itself. It never holds back a rollback, or less."""

import math
from collections.abc import Iterable
from typing import Final

from router.control.endpoints import EndpointState
from router.model import Variant
from router.release.refusals import Obstacle
from router.release.state import Release
from router.replica.lost_state import is_settled
from router.replica.membership import Presence

LEGACY: Final = "legacy"
REPLICAS: Final = "replicas"
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


def who_runs_what(members: Iterable[Presence]) -> str:
    """Say who runs which config, where not all run the same; else nothing.

    Another version may read the same file otherwise: where there are several, they are named.
    """
    running: dict[tuple[str, str], list[str]] = {}
    for member in members:
        running.setdefault((member.config_hash, member.version), []).append(member.replica)
    if len({config for config, _ in running}) <= 1:
        return ""
    has_versions = len({version for _, version in running}) > 1
    return "; ".join(
        f"{', '.join(sorted(names))}: {config}" + (f" (version {version})" if has_versions else "")
        for (config, version), names in running.items()
    )


def differing_configs(members: Iterable[Presence]) -> tuple[Obstacle, ...]:
    """Hold it back while replicas run different configs: they may not mean the same by a share."""
    told = who_runs_what(members)
    return (Obstacle(REPLICAS, f"their configs differ ({told})"),) if told else ()

"""The scenes, one file each: what is done, what has to be reached, and how it is told."""

from collections.abc import Callable, Mapping
from typing import Final

from loadtests.bench.results import Section
from loadtests.bench.scenes import (
    bulk,
    bulk100k,
    changes,
    comparer,
    cores,
    events,
    handshakes,
    hung,
    idle,
    many,
    mirror,
    p99,
    rollback,
    slow,
    split,
    streams,
    telemetry,
    tls,
    uploads,
)
from loadtests.bench.stage import Stage

SCENES: Final[Mapping[str, Callable[[Stage], Section]]] = {
    "split": split.play,
    "p99": p99.play,
    "mirror": mirror.play,
    "hung": hung.play,
    "many": many.play,
    "bulk100k": bulk100k.play,
    "uploads": uploads.play,
    "bulk": bulk.play,
    "events": events.play,
    "streams": streams.play,
    "idle": idle.play,
    "slow": slow.play,
    "tls": tls.play,
    "handshakes": handshakes.play,
    "cores": cores.play,
    "telemetry": telemetry.play,
    "changes": changes.play,
    "rollback": rollback.play,
    "comparer": comparer.play,
}
"""By the name that they are asked for by, in the order of the page."""

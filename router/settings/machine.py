"""What a config means on this machine: cores, descriptors and the date decide whether it fits."""

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from router.routing.capacity import RESERVED, for_connections, most_clients
from router.settings.cores import usable_cores
from router.settings.document import Document
from router.settings.problems import Path, Problem
from router.settings.schema import Settings

PER_WORKER: Final = 4
"""Descriptors of the supervisor: the process, the channel, its counters, and one on the way."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What advice needs to know of where it is given. now: seconds since 1970."""

    cores: int
    descriptors: int
    now: float


def this_machine(now: float) -> Machine:
    """Look at the machine on which this process runs."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Machine(usable_cores(), most, now)


def machine_advice(settings: Settings, document: Document, machine: Machine) -> Iterator[Problem]:
    """Say what this machine is too small for."""
    workers = settings.proxy.workers
    if isinstance(workers, int) and workers > machine.cores:
        cores = f"{machine.cores} core{'s' if machine.cores > 1 else ''}"
        text = f"more workers than cores: this process may use {cores}, and `auto` takes as many"
        yield document.problem(("proxy", "workers"), text)
    needed = supervisor_descriptors(settings, machine.cores)
    if needed > machine.descriptors:
        text = (
            f"to take over from a router that was killed takes up to {needed} file descriptors, "
            f"and this process may open {machine.descriptors}; raise the limit (ulimit -n, "
            "LimitNOFILE)"
        )
        yield document.problem(("proxy", "workers"), text)
    path: Path = ("proxy", "limits", "connections")
    fitting = fitting_connections(settings, machine.descriptors)
    # The default is meant for any machine: it says "as many as fit".
    if document.at(path) is not None and settings.proxy.limits.connections > fitting:
        text = (
            f"only {fitting} fit into a worker, which may open {machine.descriptors} file "
            "descriptors and needs some towards backends: further clients wait; raise the limit "
            "(ulimit -n, LimitNOFILE)"
        )
        yield document.problem(path, text)


def supervisor_descriptors(settings: Settings, cores: int) -> int:
    """Return what the supervisor opens at most: each worker that was left brings every socket."""
    workers = cores if settings.proxy.workers == "auto" else settings.proxy.workers
    sockets = workers * len(settings.proxy.listen)
    return (workers + 1) * (sockets + PER_WORKER) + RESERVED


def fitting_connections(settings: Settings, descriptors: int) -> int:
    """Return how many clients a worker takes in: half of its descriptors, or what pools leave."""
    pools = sum(
        variant.pool.max_connections
        for service in settings.services
        for variant in (service.legacy, service.ai)
    )
    return most_clients(for_connections(descriptors), pools)

"""How many clients fit into a worker, by the file descriptors that it may open.

Said once for the worker, which keeps to it, and for whoever judges a config, who foretells it.
"""

from typing import Final

RESERVED: Final = 64
"""Descriptors for the control channel, the listeners, logs, and what Python itself opens."""


def for_connections(descriptors: int) -> int:
    """Return how many of a worker's descriptors its connections may take."""
    return max(2, descriptors - RESERVED)


def most_clients(connections: int, towards_backends: int) -> int:
    """Return how many of so many connections may be clients', where pools may take the others.

    A client needs at most one backend at a time, so half of what is there always suffices for them.
    """
    return max(1, connections - min(towards_backends, connections // 2))

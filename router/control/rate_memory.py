"""The memory in which all workers of a router note how often each key has asked."""

import os
from typing import Final

from router.routing.rates import TABLE_BYTES

_SECRET: Final = 16
"""Random bytes at its beginning, of which `routing.rates` makes places."""


def make_rate_memory() -> int:
    """Return the descriptor of a new table; it is ours to close."""
    memory = os.memfd_create("gray-router-rates")
    os.ftruncate(memory, TABLE_BYTES)
    os.pwrite(memory, os.urandom(_SECRET), 0)
    return memory

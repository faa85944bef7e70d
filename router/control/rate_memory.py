"""The memory that all workers of a router share: who has asked how often, and what copies cost."""

import os
from typing import Final

from router.routing.spending import SHARED_BYTES

_SECRET: Final = 16
"""Random bytes at its beginning, of which `routing.rates` makes places."""


def make_rate_memory() -> int:
    """Return the descriptor of new memory; it is ours to close."""
    memory = os.memfd_create("gray-router-rates")
    os.ftruncate(memory, SHARED_BYTES)
    os.pwrite(memory, os.urandom(_SECRET), 0)
    return memory

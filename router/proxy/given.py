"""What a worker needs of its process and cannot make itself: clocks, dice, memory, descriptors."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

from router.wire.counting import CounterMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a worker is given by its process: a test gives it a clock and dice of its own."""

    clock: Callable[[], float]
    wall_clock: Callable[[], float]
    boot_clock: Callable[[], float]
    """Counts the time too for which the machine was suspended."""
    below: Callable[[int], int]
    mint_request_id: Callable[[], bytes]
    mint_cookie: Callable[[], bytes]
    descriptors: int
    """How many its connections may take."""
    memory: CounterMemory
    rates: memoryview
    log: int
    """The descriptor that access lines go to."""
    connect_comparer: Callable[[], socket.socket]
    """Connects to who takes pairs, or raises OSError."""
    on_shadow_error: Callable[[BaseException], None]
    """Told once in a while what failed beside the requests that users see."""

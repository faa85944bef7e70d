"""One connection at a time, and each in turn.

libuv reads up to 32 times in a row from a socket as long as it fills the buffer, 250 KiB each: a
single sender could keep the loop to itself for seconds. Whoever delivers a full read gives its turn
away. After a smaller one libuv looks at others by itself, and to pause and resume for it would cost
four calls into the kernel.
"""

import asyncio
from typing import Final, Protocol

FULL_READ: Final = 240_000
"""Bytes: so many at once, and more are waiting.

uvloop's buffer is 256,000 bytes; of a full one with TLS the last record may be incomplete.
"""


class Reading(Protocol):
    """A connection that can be paused for other reasons as well."""

    def read_on(self) -> None:
        """Go on reading, unless something else forbids it."""
        ...


def give_turn_away(transport: asyncio.Transport, connection: Reading) -> None:
    """Read nothing more from this connection before the others have had their turn."""
    transport.pause_reading()
    asyncio.get_running_loop().call_soon(connection.read_on)

"""What a connection to a client and one to a backend have in common: pauses, and two halves."""

import asyncio

from router.proxy.deadlines import NEVER
from router.proxy.outbox import Outbox


class Connection(asyncio.Protocol):
    """A connection of ours. `deadline` is when whoever waits on it has waited for long enough."""

    __slots__ = ("_paused", "_transport", "deadline")

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self.deadline = NEVER

    # Pauses...

    def read_on(self) -> None:
        """Take one's turn again."""
        transport = self._transport
        if transport is not None and not self._paused and not transport.is_closing():
            transport.resume_reading()

    def _pause(self) -> bool:
        """Read nothing more; tell whether it read until now."""
        transport = self._transport
        if transport is None or self._paused or transport.is_closing():
            return False
        self._paused = True
        transport.pause_reading()
        return True

    def _resume(self) -> bool:
        """Read on; tell whether it was paused, and can."""
        was_paused, self._paused = self._paused, False
        transport = self._transport
        if transport is None or not was_paused or transport.is_closing():
            return False
        transport.resume_reading()
        return True

    # Halves...

    def _ends_by_half(self) -> bool:
        """Tell whether one direction can end while the other goes on; TLS knows no such thing."""
        return self._transport is not None and self._transport.can_write_eof()

    def _send_eof(self, outbox: Outbox) -> None:
        """Say that nothing more will come, behind what was sent before."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        outbox.flush()
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()

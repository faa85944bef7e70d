"""A client's connection, whatever is said on it: its two clocks, and how it ends.

One clock runs for what the client sends, one for what it takes. To be slow is no reason to end a
connection as long as there is progress. What is in flight when it ends may never look whole.
"""

import asyncio
import socket
import struct
from typing import Final, Protocol, cast

from router.proxy.connection import Connection
from router.proxy.deadlines import NEVER, Deadlines
from router.proxy.exchange import Exchange
from router.proxy.outbox import Outbox
from router.proxy.ports import Client, Plane
from router.proxy.serving import Serving

LAST_REQUEST: Final = 1.0
"""Seconds that a client has to send one more request to a worker that drains.

What is on its way to a connection that closes would be lost: of 5,000 requests on kept connections
one or two were, each time that workers were replaced under load.
"""

LINGER: Final = 2.0
"""Seconds that a refused client may take to notice before it is cut off (RFC 9112, 9.6)."""

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: the connection ends with a reset, not with a clean end."""


class Owner(Plane, Protocol):
    """The worker, as a client's connection sees it."""

    @property
    def serving(self) -> Serving: ...
    @property
    def deadlines(self) -> Deadlines: ...
    @property
    def outbox(self) -> Outbox: ...
    def mint_request_id(self) -> bytes: ...
    def joined(self, connection: Client) -> None: ...
    def left(self, connection: Client) -> None: ...


class ClientConnection(Connection):
    """One client's connection, and the exchange that is on it, if there is one."""

    __slots__ = ("_exchange", "_lingers", "_owner", "_read_by", "_unsent", "_write_by")

    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner
        self._exchange: Exchange | None = None
        self._lingers = False
        self._read_by = NEVER
        self._write_by = NEVER
        self._unsent = 0  # bytes, when they were last looked at

    # Asked by the exchange...

    def write(self, data: bytes) -> None:
        """Send bytes of an answer."""
        if self._transport is not None:
            self._owner.outbox.put(self._transport, data)

    def pause_reading(self) -> None:
        """Take no more from the client until what it sent has gone on."""
        if self._pause():
            self._wait_for_nothing()

    def send_eof(self) -> None:
        """Tell a tunnel's client that nothing more will come."""
        self._send_eof(self._owner.outbox)

    def break_off(self, *, reset: bool) -> None:
        """End the connection so that nobody takes what was sent for a whole answer.

        A body that ends with its connection needs a reset; with any other the client sees what is
        missing.
        """
        self._exchange = None
        transport = self._transport
        if transport is None:
            return
        if reset:
            self._transport = None  # an aborted transport takes no further call
            self._reset(transport)
        else:
            self._lingers = True
            self._expect_progress()  # which sends what waits
            transport.close()

    # Asked by the worker...

    @property
    def exchange(self) -> Exchange | None:
        """The request that is being answered."""
        return self._exchange

    def drain(self) -> None:
        """End the connection as soon as nothing is in flight; who is idle may ask once more."""
        if self._exchange is None and not self._lingers:
            self._wait(LAST_REQUEST)

    def cut(self) -> bool:
        """End the connection now; tell whether something was lost that was in flight."""
        exchange = self._exchange
        if exchange is None or not exchange.end_stream():
            was_busy = exchange is not None
            self.abort()
            return was_busy
        return False

    # Ends...

    def abort(self) -> None:
        """End the connection now; what is in flight may not look whole."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        self._owner.outbox.flush()
        if self._exchange is not None or transport.get_write_buffer_size():
            self._reset(transport)
        else:
            transport.abort()

    def _close_in_order(self) -> None:
        """Close, but read on for a while, lest our answer be lost to a reset."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._lingers:
            return
        self._lingers = True
        self._resume()
        self._send_eof(self._owner.outbox)
        if transport.get_write_buffer_size():
            self._expect_progress()
        self._wait(LINGER)

    def _on_lingered(self) -> None:
        """The client has had time to see the end; but what it still takes, it may take."""
        unsent = self._unsent_bytes()
        if not unsent and not self._unsent:
            self.abort()
            return
        if unsent < self._unsent:
            self._expect_progress()
        self._wait(LINGER)

    def _reset(self, transport: asyncio.Transport) -> None:
        """End with a reset, which nobody takes for an end."""
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    # Clocks...

    def _wait(self, seconds: float) -> None:
        """Give the client so long to send what is due."""
        self._read_by = read_by = self._owner.deadlines.after(seconds)
        write_by = self._write_by
        self.deadline = read_by if read_by < write_by else write_by

    def _wait_for_nothing(self) -> None:
        """Nothing is due from the client."""
        self._read_by = NEVER
        self.deadline = self._write_by

    def _expect_progress(self) -> None:
        """Give the client the idle timeout to take at least something of what is unsent."""
        self._unsent = self._unsent_bytes()
        self._write_by = self._owner.deadlines.after(self._owner.serving.limits.idle_timeout)
        self.deadline = min(self._read_by, self._write_by)

    def _expect_nothing(self) -> None:
        """All that was sent has been taken."""
        self._write_by = NEVER
        self.deadline = self._read_by

    def _on_slow_taking(self) -> None:
        if self._unsent_bytes() < self._unsent:
            self._expect_progress()
        else:
            self.abort()

    # Own...

    def _unsent_bytes(self) -> int:
        if self._transport is None:
            return 0
        self._owner.outbox.flush()
        return self._transport.get_write_buffer_size()

    def _peer(self) -> bytes:
        if self._transport is None:
            return b""
        peer = cast("tuple[str, int] | str", self._transport.get_extra_info("peername"))
        return peer[0].encode() if isinstance(peer, tuple) else b""

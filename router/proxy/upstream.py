"""One connection to an endpoint: bytes to replies, and nothing about what they are for.

It reads one answer at a time, for the exchange that holds it. What comes unasked closes it.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final, cast

from router.errors import MalformedMessageError
from router.http1.body import Body, UntilCloseBody, body_of
from router.http1.head import HEAD_END, has_broken_line
from router.http1.reply_head import (
    BODILESS,
    FIRST_FINAL,
    SWITCHING_PROTOCOLS,
    ReplyHead,
    ReplyHeads,
)
from router.proxy.connection import Connection
from router.proxy.deadlines import NEVER, Deadlines
from router.proxy.endpoint_state import EndpointState, Home
from router.proxy.outbox import Outbox
from router.proxy.ports import Holder
from router.proxy.turns import FULL_READ, give_turn_away
from router.routing.fallback import Failure

LARGEST_HEAD: Final = 256 * 1024
"""Bytes. What a backend may make us hold before its answer has begun."""


MOST_INTERIM: Final = 1000
"""1xx answers before the answer: a backend that says more than that says nothing."""

LINGER: Final = 2.0
"""Seconds that the backend of a tunnel may take to see the end of it."""

BAD_GATEWAY: Final = 502
GATEWAY_TIMEOUT: Final = 504
"""502, 503, 504: the answers of a backend that cannot serve; any other is its own business."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all connections of a pool share. Timeouts in seconds."""

    heads: ReplyHeads
    deadlines: Deadlines
    outbox: Outbox
    first_byte_timeout: float
    idle_timeout: float


class UpstreamConnection(Connection):
    """A connection that is kept idle, or belongs to one exchange and reads its answer."""

    __slots__ = (
        "_answers_badly", "_around", "_body", "_eof", "_held", "_holder", "_home", "_interim",
        "_is_full", "_reply_is_last", "_request_over", "_tunnel", "authority", "is_in_use",
        "reused", "state",
    )  # fmt: skip

    def __init__(self, home: Home, state: EndpointState, around: Surroundings) -> None:
        super().__init__()
        # Connection...
        self._home = home
        self._around = around
        self._eof = False
        self._is_full = False
        self.state = state
        self.authority = state.authority
        self.reused = False
        self.is_in_use = False
        # Exchange...
        self._holder: Holder | None = None
        self._held = b""
        self._body: Body | None = None
        self._request_over = False
        self._interim = 0
        self._reply_is_last = False
        self._answers_badly = False
        self._tunnel = False

    # Transport...

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._around.deadlines.join(self)

    def data_received(self, data: bytes) -> None:
        if len(data) >= FULL_READ and self._transport is not None:
            give_turn_away(self._transport, self)
        holder = self._holder
        if holder is None:
            if not self._tunnel:
                self.close()  # an answer that nobody asked for
        elif self._tunnel:
            self._wait(self._around.idle_timeout)
            holder.on_reply_body(data, None)
        elif self._body is not None:
            self._read_body(data, self._body, holder)
        else:
            self._read_head(self._held + data if self._held else data, holder)

    def eof_received(self) -> bool:
        self._eof = True
        holder = self._holder
        # With TLS no half stays open: what follows is `connection_lost`, and that ends the tunnel.
        return (
            self._tunnel
            and holder is not None
            and self._ends_by_half()
            and holder.on_upstream_eof()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._around.deadlines.leave(self)
        self._transport = None
        holder, self._holder = self._holder, None
        is_whole = self._eof and exc is None and isinstance(self._body, UntilCloseBody)
        if holder is not None:
            self._judge_end(is_whole=is_whole)
        self._home.lost(self)
        if holder is None:
            return
        if is_whole:
            holder.on_reply_body(b"", [])
        else:
            holder.on_failure(Failure.LOST)

    def pause_writing(self) -> None:
        self._is_full = True
        self._wait(self._around.idle_timeout)
        if self._holder is not None:
            self._holder.on_upstream_writable(False)

    def resume_writing(self) -> None:
        self._is_full = False
        self.deadline = NEVER
        if self._tunnel or self._body is not None:
            self._wait(self._around.idle_timeout)
        elif self._request_over:
            self._wait(self._around.first_byte_timeout)
        if self._holder is not None:
            self._holder.on_upstream_writable(True)

    def on_deadline(self) -> None:
        holder, self._holder = self._holder, None
        if holder is not None and self._body is None and not self._tunnel:
            self._home.failed(self)
        self._abort()
        if holder is not None:
            holder.on_failure(Failure.TIMED_OUT)

    # Asked by the exchange...

    def hold(self, holder: Holder) -> None:
        """Belong to this exchange until its answer is whole."""
        self._holder = holder
        self._request_over = False
        self._interim = 0
        self.deadline = NEVER

    def send(self, data: bytes, *, last: bool) -> None:
        """Write a part of the request; `last` starts the wait for the answer."""
        transport = self._transport
        if transport is None:
            return  # lost a moment ago; the holder has been told or is being told
        around = self._around
        around.outbox.put(transport, data)
        if last:
            self._request_over = True
            if self._body is None:
                self.deadline = around.deadlines.after(around.first_byte_timeout)
        elif self._tunnel:
            self._wait(self._around.idle_timeout)

    def send_eof(self) -> None:
        """Tell a tunnel's other end that nothing more will come.

        With TLS that can only be said of both directions at once, behind what was sent before.
        """
        self._send_eof(self._around.outbox)

    def pause_reading(self) -> None:
        """Take nothing more from the backend; its silence is then our doing."""
        if self._pause():
            self.deadline = NEVER

    def resume_reading(self) -> None:
        """Go on reading after `pause_reading`."""
        if self._resume():
            self._wait(self._around.idle_timeout)

    def abandon(self) -> None:
        """The exchange wants no answer any more."""
        self._holder = None
        self._abort()

    def part(self) -> None:
        """End a tunnel in order: what was sent arrives, what still comes is dropped."""
        self._holder = None
        self._resume()
        self._wait(LINGER)
        self._send_eof(self._around.outbox)

    def give_back(self) -> None:
        """Nothing was sent here: another exchange may have it.

        In the loop's next turn: who is next may not want it either, and a whole queue of these
        would be as many calls within one another.
        """
        self._holder = None
        asyncio.get_running_loop().call_soon(self._return)

    def _return(self) -> None:
        if self.is_usable():
            self._home.release(self)

    # Asked by the pool...

    def is_usable(self) -> bool:
        """Tell whether another request may be sent here."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def secured(self) -> ssl.SSLObject | None:
        """The TLS session, or None without TLS."""
        if self._transport is None:
            return None
        return cast("ssl.SSLObject | None", self._transport.get_extra_info("ssl_object"))

    def close(self) -> None:
        """End the connection; what the backend has not taken by now, nobody wants it to have."""
        if self._transport is None:
            return
        if self._transport.get_write_buffer_size():
            self._abort()
        else:
            self._transport.close()

    # Reading...

    def _read_head(self, data: bytes, holder: Holder) -> None:
        heads = self._around.heads
        while True:
            end = data.find(HEAD_END)
            if end < 0:
                self._await_head(data, holder)
                return
            end += len(HEAD_END)
            if end > LARGEST_HEAD:
                self._fail(holder)
                return
            try:
                raw = data[:end]
                head = heads.young.get(raw) or heads.read(raw)
            except MalformedMessageError:
                self._fail(holder)
                return
            data = data[end:]
            if head.status >= FIRST_FINAL:
                break
            if head.status == SWITCHING_PROTOCOLS:
                self._upgrade(head, data, holder)
                return
            self._interim += 1
            if self._interim > MOST_INTERIM:
                self._fail(holder)
                return
            holder.on_interim(head)
        self._held = b""
        self._begin_body(head, data, holder)

    def _await_head(self, data: bytes, holder: Holder) -> None:
        if len(data) > LARGEST_HEAD or has_broken_line(data, len(self._held)):
            self._fail(holder)
        else:
            self._held = data

    def _begin_body(self, head: ReplyHead, data: bytes, holder: Holder) -> None:
        self._reply_is_last = not head.keep_alive
        if BAD_GATEWAY <= head.status <= GATEWAY_TIMEOUT:
            self._answers_badly = True
        has_body = not (holder.is_head or head.status in BODILESS)
        if head.length == len(data) and has_body:
            self._finish(b"")
            holder.on_reply(head, data, [])
            return
        body = body_of(head.length if has_body else 0)
        try:
            payload = body.feed(data)
        except MalformedMessageError:
            self._fail(holder)
            return
        if body.done:
            self._finish(body.rest)
            holder.on_reply(head, payload, body.trailers)
            return
        self._body = body
        self._wait(self._around.idle_timeout)
        holder.on_reply(head, payload, None)

    def _read_body(self, data: bytes, body: Body, holder: Holder) -> None:
        try:
            payload = body.feed(data)
        except MalformedMessageError:
            self._fail(holder)
            return
        if body.done:
            self._finish(body.rest)
            holder.on_reply_body(payload, body.trailers)
        else:
            self._wait(self._around.idle_timeout)
            holder.on_reply_body(payload, None)

    def _upgrade(self, head: ReplyHead, rest: bytes, holder: Holder) -> None:
        if not holder.wants_upgrade:
            self._fail(holder)
            return
        self._tunnel = True
        self._wait(self._around.idle_timeout)
        holder.on_upgraded(head, rest)

    # Own...

    def _wait(self, seconds: float) -> None:
        self.deadline = self._around.deadlines.after(seconds)

    def _finish(self, rest: bytes) -> None:
        """Let go of the exchange: the connection may serve another before the client knows."""
        self._holder = None
        self._body = None
        if self._answers_badly or self.state.failures:
            self._judge()
        if self._paused:
            self._resume()
        if rest or self._is_full or self._reply_is_last or not self._request_over:
            self.close()
        else:
            self.reused = True
            self._home.release(self)

    def _judge(self) -> None:
        """Say how the endpoint served, now that its answer is whole."""
        if self._answers_badly:
            self._answers_badly = False
            self._home.failed(self)
        else:
            self._home.served(self)

    def _judge_end(self, *, is_whole: bool) -> None:
        """Say how the endpoint served by an answer that ended with its connection.

        Not what the end of a tunnel means, nor of a kept connection on which nothing had come: a
        backend may close that at any time (RFC 9112, 9.3.1).
        """
        if is_whole:
            self._judge()
        elif not (self._tunnel or (self.reused and self._body is None and not self._held)):
            self._home.failed(self)

    def _fail(self, holder: Holder) -> None:
        self._holder = None
        self._home.failed(self)
        self._abort()
        holder.on_failure(Failure.MALFORMED)

    def _abort(self) -> None:
        transport, self._transport = self._transport, None  # it takes no further call
        if transport is not None:
            transport.abort()

"""What is said on a client's connection: bytes to requests, answers to bytes, and no opinion.

It reads one request at a time. What a client sends ahead waits here, bounded; what cannot be
understood is refused and ends the connection, since nobody knows where the next request would
begin. The connection's clocks and how it ends: `proxy/client_connection.py`.
"""

import asyncio
from typing import Final, cast

from router.errors import MalformedMessageError
from router.http1.body import Body, body_of
from router.http1.head import HEAD_END
from router.http1.replies import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    HEAD_TIMEOUT,
    HEAD_TOO_LARGE,
    TARGET_TOO_LONG,
    Refusal,
    write_refusal,
)
from router.http1.request_head import RequestHead, may_become_request, read_request_head
from router.proxy.access_log import Entry
from router.proxy.client_connection import ClientConnection, Owner
from router.proxy.exchange import Exchange
from router.proxy.mirrored import Mirrored
from router.proxy.origin import Origin
from router.proxy.request_ids import well_formed
from router.proxy.serving import Serving
from router.proxy.turns import FULL_READ, give_turn_away

AHEAD_AT_MOST: Final = 64 * 1024
"""Bytes of pipelined requests that wait; beyond it the client has to wait as well."""

REQUESTS_A_TURN: Final = 32
"""Requests that we answer ourselves cost no round trip; so many, then others have their turn."""


class Downstream(ClientConnection):
    """One client's connection, as a row of requests and their answers."""

    __slots__ = (
        "_ahead", "_body", "_is_full", "_is_reading", "_origin", "_scanned", "_served_by",
        "_skipped",
    )  # fmt: skip

    def __init__(self, owner: Owner) -> None:
        super().__init__(owner)
        # Connection...
        self._served_by: Serving | None = None
        self._origin: Origin | None = None
        self._ahead = b""
        self._is_reading = False
        self._is_full = False
        self._scanned = 0  # bytes of `_ahead` in which the head's end is known not to be
        self._skipped = False
        # Request...
        self._body: Body | None = None

    # Transport...

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._owner.deadlines.join(self)
        self._wait(self._owner.serving.limits.idle_timeout)
        self._owner.joined(self)

    def data_received(self, data: bytes) -> None:
        if len(data) >= FULL_READ and self._transport is not None:
            give_turn_away(self._transport, self)
        exchange = self._exchange
        if exchange is None:
            if not self._lingers:
                self._read(self._ahead + data if self._ahead else data)
        elif self._body is not None:
            self._read_body(data, self._body, exchange)
        elif exchange.tunnel is not None:
            exchange.tunnel.on_client_bytes(data)
        else:
            self._keep_ahead(data)

    def eof_received(self) -> bool:
        exchange = self._exchange
        if exchange is not None and exchange.tunnel is not None:
            return exchange.tunnel.on_client_eof() and self._ends_by_half()
        if exchange is not None:
            self.abort()  # who asks and leaves does not want the answer
        elif self._unsent_bytes():
            self._expect_progress()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._owner.deadlines.leave(self)
        self._owner.left(self)
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.on_client_gone()

    def pause_writing(self) -> None:
        self._is_full = True
        self._expect_progress()
        if self._exchange is not None:
            self._exchange.on_client_writable(False)

    def resume_writing(self) -> None:
        self._is_full = False
        if self._lingers:
            return
        self._expect_nothing()
        if self._exchange is not None:
            self._exchange.on_client_writable(True)
        elif not self._is_reading:
            self._go_on()

    def on_deadline(self) -> None:
        """The client took too long: to send its request, to take its answer, or to go on at all."""
        if self._write_by <= self._read_by:
            self._on_slow_taking()
        elif self._lingers:
            self._on_lingered()
        elif self._exchange is not None and self._body is not None and not self._exchange.status:
            self._exchange.refuse_midway(HEAD_TIMEOUT)
        elif self._exchange is None and self._ahead:
            self._refuse_unread(HEAD_TIMEOUT, self._ahead)
        elif self._unsent_bytes():
            self._expect_progress()  # it is not idle, it still takes its last answer
            self._wait(self._owner.serving.limits.idle_timeout)
        else:
            self.abort()

    # Reading...

    def _read(self, data: bytes) -> None:
        """Read requests until one has to wait for its answer, or bytes are missing."""
        self._is_reading = True
        left = REQUESTS_A_TURN
        while data and left and not (self._exchange or self._lingers or self._is_full):
            if not self._skipped and data.startswith(b"\r\n"):
                self._skipped = True  # one empty line before a request is forgiven (RFC 9112, 2.2)
                self._scanned = 0
                data = data[2:]
                continue
            end = data.find(HEAD_END, max(0, self._scanned - 3))
            if end < 0:
                self._await_head(data)
                break
            data = self._begin(data, end + len(HEAD_END))
            left -= 1
        else:
            self._ahead = b""
            if data and not self._lingers:
                self._keep_ahead(data)
            if not left:
                asyncio.get_running_loop().call_soon(self._go_on)
        self._is_reading = False

    def _await_head(self, data: bytes) -> None:
        limits = self._owner.serving.limits
        if len(data) > limits.header_bytes:
            self._refuse_unread(HEAD_TOO_LARGE if b"\r\n" in data else TARGET_TOO_LONG, data)
        elif not may_become_request(data, self._scanned):
            self._refuse_unread(BAD_REQUEST, data)
        else:
            if not self._scanned:
                self._wait(limits.header_timeout)
            self._ahead = data
            self._scanned = len(data)

    def _begin(self, data: bytes, end: int) -> bytes:
        """Begin one exchange and return the bytes behind what it took at once."""
        self._ahead = b""
        self._scanned = 0
        serving = self._owner.serving
        if end > serving.limits.header_bytes:
            self._refuse_unread(_oversize(data, serving), data)
            return b""
        try:
            head = read_request_head(data, end, serving.request_lines)
        except MalformedMessageError as error:
            self._refuse_unread(BAD_REQUEST.because(error.detail), data)
            return b""
        if len(head.fields) > serving.limits.header_count:
            self._refuse_unread(HEAD_TOO_LARGE, data)
            return b""
        self._skipped = False
        return self._begin_exchange(head, data[end:], serving)

    def _begin_exchange(self, head: RequestHead, rest: bytes, serving: Serving) -> bytes:
        origin = self._origin
        if origin is None or self._served_by is not serving:
            self._served_by = serving
            self._origin = origin = Origin(self._peer(), serving)
        origin.recognise(head)
        request_id = head.request_id
        if request_id is None or not (origin.may_name_requests and well_formed(request_id)):
            request_id = self._owner.mint_request_id()
        kind = Mirrored if serving.takes_mirrored else Exchange
        exchange = kind(self._owner, serving, self, origin, head=head, request_id=request_id)
        self._exchange = exchange
        self._wait_for_nothing()
        if not head.length:
            exchange.begin(b"", [])
            return rest
        if head.length > serving.limits.body > 0:
            exchange.refuse_midway(BODY_TOO_LARGE)
            return b""
        body = body_of(head.length)
        self._body = body
        try:
            payload = body.feed(rest) if rest else b""
        except MalformedMessageError as error:
            exchange.refuse_midway(BAD_REQUEST.because(error.detail))
            return b""
        if body.done:
            self._body = None
            exchange.begin(payload, body.trailers)
            return body.rest
        self._wait(serving.limits.idle_timeout)
        exchange.begin(payload, None)
        return b""

    def _read_body(self, data: bytes, body: Body, exchange: Exchange) -> None:
        try:
            payload = body.feed(data)
        except MalformedMessageError as error:
            exchange.refuse_midway(BAD_REQUEST.because(error.detail))
            return
        if body.done:
            self._body = None
            self._wait_for_nothing()
            if body.rest:
                self._keep_ahead(body.rest)
            exchange.on_request_body(payload, body.trailers)
        else:
            self._wait(self._owner.serving.limits.idle_timeout)
            exchange.on_request_body(payload, None)

    def _keep_ahead(self, data: bytes) -> None:
        self._ahead += data
        if len(self._ahead) > AHEAD_AT_MOST:
            self.pause_reading()

    # Asked by the exchange...

    def resume_reading(self) -> None:
        """Go on after `pause_reading`."""
        if self._paused and self._resume():
            limits = self._owner.serving.limits
            if self._body is not None:
                self._wait(limits.idle_timeout)
            elif self._exchange is None and not self._lingers:
                self._wait(limits.header_timeout if self._ahead else limits.idle_timeout)

    def on_tunnel(self) -> None:
        """From now on bytes pass as they are; those that came early go first."""
        ahead, self._ahead = self._ahead, b""
        tunnel = None if self._exchange is None else self._exchange.tunnel
        if ahead and tunnel is not None:
            tunnel.on_client_bytes(ahead)
        self.resume_reading()

    def on_answered(self, *, keep_alive: bool) -> None:
        """The answer is whole: read the next request, or end the connection."""
        self._exchange = None
        if not keep_alive or self._owner.draining:
            self._end()
            return
        self._body = None
        self._wait(self._owner.serving.limits.idle_timeout)
        if not self._is_reading and (self._ahead or self._paused):
            self._go_on()

    def refuse(
        self, refusal: Refusal, request_id: bytes, decided: bytes, *, keep_alive: bool
    ) -> None:
        """Answer in the router's own name."""
        exchange = self._exchange
        keep_alive = keep_alive and not self._owner.draining
        if exchange is not None:
            keep_alive = keep_alive and exchange.head.keep_alive
        to_head = exchange is not None and exchange.is_head
        self._write_refusal(refusal, request_id, decided, keep_alive=keep_alive, to_head=to_head)
        self.on_answered(keep_alive=keep_alive)

    # Asked by the worker...

    def refuse_connection(self, refusal: Refusal) -> None:
        """Serve nothing on this connection, and say why."""
        self._refuse_unread(refusal)

    # Own...

    def _go_on(self) -> None:
        """Read what the client sent ahead; if that is not enough, let it send more."""
        if self._ahead:
            self._read(self._ahead)
        has_too_much = len(self._ahead) > AHEAD_AT_MOST and not self._scanned
        is_idle = self._exchange is None or self._body is not None
        if is_idle and not self._is_full and not has_too_much:
            self.resume_reading()

    def _refuse_unread(self, refusal: Refusal, data: bytes = b"") -> None:
        """Refuse what never became a request, but may have begun like one to HEAD."""
        self._ahead = b""
        owner = self._owner
        owner.count_refusal(refusal.code)
        request_id = owner.mint_request_id()
        if owner.serving.logs_errors:
            owner.log(
                Entry(owner.wall_clock(), request_id, status=refusal.status, error=refusal.code)
            )
        self._write_refusal(
            refusal,
            request_id,
            decided=b"",
            keep_alive=False,
            to_head=data.startswith(b"HEAD "),
        )
        self._end()

    def _write_refusal(
        self,
        refusal: Refusal,
        request_id: bytes,
        decided: bytes,
        *,
        keep_alive: bool,
        to_head: bool,
    ) -> None:
        headers = self._owner.serving.headers
        own = b"%b%b\r\n" % (headers.request_id, request_id)
        if self._origin is None or self._origin.is_shown:
            own += decided
            if headers.error is not None:
                own += b"%b: %b\r\n" % (headers.error, refusal.code.encode())
        if not keep_alive:
            own += b"connection: close\r\n"
        self.write(write_refusal(refusal, request_id, self._owner.date + own, to_head=to_head))

    def _end(self) -> None:
        """End in order: what the client still sends is dropped, lest our answer be lost."""
        self._body = None
        self._ahead = b""
        self._close_in_order()


def _oversize(data: bytes, serving: Serving) -> Refusal:
    fits = data.find(b"\r\n") <= serving.limits.header_bytes
    return HEAD_TOO_LARGE if fits else TARGET_TOO_LONG

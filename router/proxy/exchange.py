"""One request, from head to record. Read this file first.

The methods stand in the order in which a request passes them:

    begin → match → assign → forward → (fall back) → respond → record

Nothing here touches a socket or parses a byte: the client, the backends and the pools are ports
(`proxy/ports.py`), so that a test can be written as a score.
"""

from math import ceil
from typing import Final

from router.http1.forward import (
    cache_control,
    private_cache_control,
    reply_start,
    request_head,
    switching_start,
)
from router.http1.framing import LAST_CHUNK, chunk, last_chunk
from router.http1.head import CHUNKED
from router.http1.replies import (
    BODY_TOO_LARGE,
    BUFFERS_FULL,
    CONTINUE,
    NO_ROUTE,
    RATE_LIMITED,
    UPSTREAM_BUSY,
    UPSTREAM_CONNECT_TIMEOUT,
    UPSTREAM_LOST,
    UPSTREAM_MALFORMED,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    Refusal,
    own_answer,
    status_line,
)
from router.http1.reply_head import CONTINUE as CONTINUE_STATUS, ReplyHead
from router.http1.request_head import RequestHead
from router.model import FallbackReason, Reason, Variant
from router.proxy.access_log import CUT, Entry
from router.proxy.held_body import HeldBody
from router.proxy.origin import Origin
from router.proxy.ports import ClientSide, Plane, Trailers, UpstreamSide
from router.proxy.serving import Route, Serving, Side
from router.routing.fallback import Failure, fallback_reason, may_resend

HELD_AT_MOST: Final = 64 * 1024
"""Bytes of a body that are held while there is no connection to send them on."""

NO_TRAILERS: Final[Trailers] = []

# An enum's members are slow to reach (0.05 µs each); names of the module are not.
_AI: Final = Variant.AI
_LEGACY: Final = Variant.LEGACY

CLIENT_GONE: Final = 499
"""The code under which an exchange counts whose client left before the answer was whole."""

FAILED: Final = 500
"""From this status on it is the server's fault."""

KNOWN_METHODS: Final = frozenset(
    {b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"}
)
"""What is logged by name; any other token is the client's own word."""

_REFUSALS: Final = {
    Failure.UNREACHABLE: UPSTREAM_UNREACHABLE,
    Failure.CONNECT_TIMEOUT: UPSTREAM_CONNECT_TIMEOUT,
    Failure.BUSY: UPSTREAM_BUSY,
    Failure.LOST: UPSTREAM_LOST,
    Failure.TIMED_OUT: UPSTREAM_TIMEOUT,
    Failure.MALFORMED: UPSTREAM_MALFORMED,
}


class Exchange:
    """The life of one request."""

    __slots__ = (
        "_chunks", "_client", "_collecting", "_endpoint", "_first_byte", "_held", "_is_counted",
        "_is_half_ended", "_is_waiting", "_origin", "_plane", "_reason", "_received", "_reply",
        "_request_whole", "_route", "_serving", "_side", "_started", "_upstream", "_was_resent",
        "error", "fallback", "head", "is_head", "new_cookie", "request_id", "status", "trailers",
        "tunnel",
    )  # fmt: skip

    def __init__(
        self,
        plane: Plane,
        serving: Serving,
        client: ClientSide,
        origin: Origin,
        *,
        head: RequestHead,
        request_id: bytes,
    ) -> None:
        self._plane = plane
        self._serving = serving
        self._client = client
        self._origin = origin
        self._started = plane.clock()
        self.head = head
        self.is_head = head.method == b"HEAD"
        self.request_id = request_id
        # Request...
        self.trailers = NO_TRAILERS
        self._held: HeldBody | None = None
        self._received = 0
        self._request_whole = False
        self._collecting = False
        # Decision...
        self._route: Route | None = None
        self._side: Side | None = None
        self._reason = ""
        self.fallback: bytes | None = None
        self.new_cookie: bytes | None = None
        # Upstream...
        self._is_waiting = False
        self._is_counted = False
        self._was_resent = False
        self._upstream: UpstreamSide | None = None
        self._endpoint = b""
        # Reply...
        self._reply: ReplyHead | None = None
        self._chunks = False
        self._first_byte = 0.0
        self.status = 0
        self.error = ""
        self.tunnel = False
        self._is_half_ended = False

    @property
    def wants_upgrade(self) -> bool:
        return self.head.upgrade is not None

    # Begin...

    def begin(self, payload: bytes, end: Trailers | None) -> None:
        """Take the head and what has come of the body; `end` as for `on_request_body`."""
        if end is not None:
            self._request_whole = True
            self.trailers = end
        if payload and not self._take(payload):
            return
        rate = self._serving.rate
        wait = rate.wait(self.head, self._origin.address, self._started) if rate else 0
        if wait:
            self._refuse(RATE_LIMITED.until(ceil(wait)))
        elif self.head.max_forwards == 0:
            self._answer_itself()
        else:
            self._match()

    # Match...

    def _match(self) -> None:
        index = self._serving.table.find(self.head)
        if index is None:
            self._refuse(NO_ROUTE)
            return
        self._route = route = self._serving.routes[index]
        if route.assigner.needs_body and self._may_collect(route):
            self._collecting = True
            if self.head.expect_continue:
                self.head.expect_continue = False  # answered here, since we read the body first
                self._client.write(CONTINUE)
            self._account()
            return
        self._assign(route)

    def on_request_body(self, payload: bytes, end: Trailers | None) -> None:
        """Take a part of the body; `end` is None while more is to come, then its trailers."""
        if end is not None:
            self._request_whole = True
            self.trailers = end
        if payload and not self._take(payload):
            return
        if self._collecting:
            self._collect()
        elif self._upstream is not None:
            self._send_held(self._upstream)
        elif self._account() and self._held_bytes > HELD_AT_MOST:
            self._client.pause_reading()

    def _take(self, payload: bytes) -> bool:
        """Take a part of the body; refuse what is too much of it."""
        if self._held is None:
            self._held = HeldBody(self._plane)
        self._held.take(payload)
        self._received += len(payload)
        if self._received > self._serving.limits.body > 0:
            self.refuse_midway(BODY_TOO_LARGE)
            return False
        return True

    def _account(self) -> bool:
        """Account for what is held for longer than a moment; refuse what is too much."""
        if self._held is None or self._held.account(self._serving.limits.buffers):
            return True
        self.refuse_midway(BUFFERS_FULL)
        return False

    @property
    def _held_bytes(self) -> int:
        return 0 if self._held is None else self._held.size

    def _may_collect(self, route: Route) -> bool:
        return not self._request_whole and self.head.length <= route.replay_buffer

    def _collect(self) -> None:
        route = self._route
        if route is None:
            return
        if self._request_whole or self._held_bytes > route.replay_buffer:
            self._collecting = False
            self._assign(route)
        else:
            self._account()

    # Assign...

    def _assign(self, route: Route) -> None:
        body = None
        if route.assigner.needs_body and self._request_whole and self._held is not None:
            body = self._held.read() if self._held.size <= route.replay_buffer else None
        assignment = route.assigner.assign(self.head, self._origin.address, body, self._plane.roll)
        self._reason = assignment.reason
        self.new_cookie = assignment.new_cookie
        if assignment.variant is not _AI:
            route.counters.assign(_LEGACY, assignment.reason)
            self._forward(route.legacy)
        elif not self._plane.may_ask_ai():
            self._keep_from_ai(route, Reason.LEASE_LOST, FallbackReason.LEASE_LOST)
        elif not route.ai.pool.is_available:
            self._keep_from_ai(route, Reason.NO_ENDPOINT, FallbackReason.NO_ENDPOINT)
        else:
            route.counters.assign(_AI, assignment.reason)
            self._forward(route.ai)

    def _keep_from_ai(self, route: Route, reason: Reason, fallback: FallbackReason) -> None:
        """Have legacy serve what would have been AI's."""
        self._reason = reason
        self.fallback = fallback.encode()
        route.counters.fall_back(fallback)
        route.counters.assign(_LEGACY, reason)
        self._forward(route.legacy)

    # Forward...

    def _forward(self, side: Side, *, afresh: bool = False) -> None:
        self._side = side
        self._is_counted = True
        connection = None if afresh else side.pool.take()
        if connection is None:
            if self._held is not None and not self._account():
                return
            self._is_waiting = True
            side.pool.ask(self, afresh=afresh)
        else:
            self.on_connected(connection)

    def on_connected(self, connection: UpstreamSide) -> None:
        """Send the request; what is still to come of its body follows as it comes."""
        self._is_waiting = False
        self._upstream = connection
        self._endpoint = connection.authority
        connection.hold(self)
        asked = b"" if self._side is None else self._side.asked
        own = asked + self.request_id + b"\r\n"
        head = request_head(self.head, connection.authority, self._origin.hops, own)
        if self._held is None and self._request_whole and self.head.length != CHUNKED:
            connection.send(head, last=True)
        else:
            self._client.resume_reading()  # first, since sending may pause it again
            self._send_held(connection, head)

    def _send_held(self, connection: UpstreamSide, before: bytes = b"") -> None:
        payload = b"" if self._held is None else self._held.let_go()
        if self.head.length == CHUNKED:
            payload = chunk(payload)
            if self._request_whole:
                payload += last_chunk(self.trailers, self._serving.headers.prefix)
        connection.send(before + payload, last=self._request_whole)

    # Fall back...

    def on_failure(self, failure: Failure) -> None:
        """Ask somebody else if that cannot do the same work twice; tell the client otherwise."""
        reused = self._upstream is not None and self._upstream.reused
        self._upstream = None
        self._is_waiting = False
        route, side = self._route, self._side
        if self._reply is not None or route is None or side is None:
            self.error = CUT
            self._record()
            self._client.break_off(reset=self._ends_with_connection())
            return
        has_body = self._received > 0
        if not self._was_resent and may_resend(
            failure, method=self.head.method, has_body=has_body, reused=reused
        ):
            self._was_resent = True
            self._turn(side, side)
            self._forward(side, afresh=True)
            return
        reason = fallback_reason(side.variant, failure, on_connect=route.fall_back_on_connect)
        if reason is not None:
            self.fallback = reason.encode()
            route.counters.fall_back(reason)
            self._turn(side, route.legacy)
            self._forward(route.legacy)
            return
        self._refuse(_REFUSALS[failure])

    def refuse_midway(self, refusal: Refusal) -> None:
        """The request turned out to be one that we do not serve, while it was still coming."""
        self.cancel()
        self._request_whole = False
        if self._reply is None:
            self._refuse(refusal)
            return
        self.status = refusal.status
        self.error = refusal.code
        self._record()
        self._client.break_off(reset=self._ends_with_connection())

    def _refuse(self, refusal: Refusal) -> None:
        self.status = refusal.status
        self.error = refusal.code
        if self._held is not None:
            self._held.let_go()
        if self._side is None:
            self._plane.count_refusal(refusal.code)
            self._log(self._plane.clock() - self._started, 0.0)
        self._record()
        decided = b"" if self._route is None else self._route.decided
        self._client.refuse(refusal, self.request_id, decided, keep_alive=self._request_whole)

    # Respond...

    def on_interim(self, head: ReplyHead) -> None:
        """Pass a 1xx answer on to those who understand it."""
        if self.head.minor == 0 or (
            head.status == CONTINUE_STATUS and not self.head.expect_continue
        ):
            return
        line = status_line(head.status, head.reason)
        self._client.write(b"".join((line, *head.lines, b"\r\n")))

    def on_reply(self, head: ReplyHead, payload: bytes, end: Trailers | None) -> None:
        """Answer the client: its head, with what has come of the body, in one write."""
        self._reply = head
        self.status = head.status
        asked = self.head
        to_http10 = asked.minor == 0
        start, self._chunks, ends = reply_start(head, to_http10=to_http10, to_head=self.is_head)
        if ends or self._plane.draining or not asked.keep_alive:
            asked.keep_alive = False
            start += b"connection: close\r\n"
        elif to_http10:
            start += b"connection: keep-alive\r\n"
        if self._chunks:
            payload = self._chunked(payload, end)
        answer = self._answer(head, start, payload)
        if end is None:
            self._client.write(answer)
            self._first_byte = self._plane.clock()
        else:
            self._upstream = None
            # First counted, then sent: whoever has an answer finds it in the metrics.
            self._record_whole()
            self._client.write(answer)
            self._client.on_answered(keep_alive=asked.keep_alive and self._request_whole)

    def on_reply_body(self, payload: bytes, end: Trailers | None) -> None:
        """Pass on a part of the answer at once."""
        if self._chunks:
            payload = self._chunked(payload, end)
        if end is not None:
            self._upstream = None
            self._record()
        if payload:
            self._client.write(payload)
        if end is not None:
            self._client.on_answered(keep_alive=self.head.keep_alive and self._request_whole)

    def _chunked(self, payload: bytes, end: Trailers | None) -> bytes:
        if end is None:
            return chunk(payload)
        return chunk(payload) + last_chunk(end, self._serving.headers.prefix)

    def end_stream(self) -> bool:
        """End an event stream as its backend could have; tell whether this is one.

        Nobody takes it for more than it is: a client that wants to go on connects again, and an
        event that is not complete is dropped there (HTML, 9.2.6).
        """
        reply = self._reply
        if reply is None or not self._chunks or not _is_event_stream(reply):
            return False
        self.cancel()
        self._record()
        self._client.write(LAST_CHUNK)
        self._client.on_answered(keep_alive=False)
        return True

    def _ends_with_connection(self) -> bool:
        """Tell whether nothing but the connection's end tells the client where the answer ends."""
        return self._reply is not None and self._reply.length < 0 and not self._chunks

    def _answer_itself(self) -> None:
        """Answer TRACE or OPTIONS that may go no further (RFC 9110, 7.6.2)."""
        self.status = 200
        keep_alive = self.head.keep_alive and self._request_whole and not self._plane.draining
        own = self._plane.date if keep_alive else self._plane.date + b"connection: close\r\n"
        self._client.write(own_answer(self.head, own))
        self._client.on_answered(keep_alive=keep_alive)

    def _answer(self, head: ReplyHead, start: bytes, payload: bytes) -> bytes:
        side = self._side
        return b"".join(
            (
                start,
                b"" if head.has_date else self._plane.date,
                side.answered if side is not None and self._origin.is_shown else b"",
                self._serving.headers.request_id,
                self.request_id,
                b"\r\n",
                self._rare_lines(head),
                b"\r\n",
                payload,
            )
        )

    def _rare_lines(self, head: ReplyHead) -> bytes:
        route = self._route
        if route is None or (
            route.is_plain and head.cache_control is None and self.fallback is None
        ):
            return b""
        lines = b""
        if route.cache_private:
            lines += private_cache_control(head.cache_control)
        elif head.cache_control is not None:
            lines += cache_control(head.cache_control)
        name = self._serving.headers.fallback
        if self.fallback is not None and name is not None and self._origin.is_shown:
            lines += b"%b: %b\r\n" % (name, self.fallback)
        if self.new_cookie is not None and route.cookie is not None:
            lines += route.cookie.line(self.new_cookie, secure=self._origin.is_secure)
        return lines

    # Tunnel...

    def on_upgraded(self, head: ReplyHead, rest: bytes) -> None:
        """Both sides agreed to speak another protocol: pass bytes as they are."""
        self._reply = head
        self.status = head.status
        self._first_byte = self._plane.clock()
        self.tunnel = True
        start = switching_start(head, self.head.upgrade)
        self._client.write(self._answer(head, start, rest))
        self._client.on_tunnel()

    def on_tunnel_bytes(self, data: bytes) -> None:
        """Pass on what the client says in the other protocol."""
        if self._upstream is not None:
            self._upstream.send(data, last=False)

    def on_client_eof(self) -> bool:
        """The client of a tunnel has ended; tell whether the backend may still speak."""
        if self._upstream is None or self._is_half_ended:
            return False
        self._is_half_ended = True
        self._upstream.send_eof()
        return True

    def on_upstream_eof(self) -> bool:
        """The backend of a tunnel has ended; tell whether the client may still speak."""
        if self._is_half_ended:
            return False
        self._is_half_ended = True
        self._client.send_eof()
        return True

    # Backpressure...

    def on_client_writable(self, writable: bool) -> None:
        """Take no more of the answer than the client does."""
        if self._upstream is None:
            return
        if writable:
            self._upstream.resume_reading()
        else:
            self._upstream.pause_reading()

    def on_upstream_writable(self, writable: bool) -> None:
        """Take no more of the request than the backend does."""
        if writable:
            self._client.resume_reading()
        else:
            self._client.pause_reading()

    # Record...

    def on_client_gone(self) -> None:
        """The client left: the backend need not go on."""
        self.cancel()
        if not self.tunnel:
            self.status = CLIENT_GONE
        self._record()

    def cancel(self) -> None:
        """Let go of the backend."""
        upstream, self._upstream = self._upstream, None
        if self._held is not None:
            self._held.let_go()
        if upstream is not None:
            upstream.abandon()
        if self._is_waiting and self._side is not None:
            self._is_waiting = False
            self._side.pool.forget(self)

    def _record_whole(self) -> None:
        """Record an answer that came in one piece, as most do."""
        side = self._side
        if side is not None:
            self._is_counted = False
            duration = self._plane.clock() - self._started
            side.counters.record_whole(self.status, duration)
            if self.status >= FAILED or self._serving.log_share or self.fallback is not None:
                self._log(duration, duration)

    def _turn(self, before: Side, after: Side) -> None:
        before.counters.leave()
        after.counters.join()

    def _record(self) -> None:
        side = self._side
        if side is None or not self._is_counted:
            return
        self._is_counted = False
        now = self._plane.clock()
        duration = now - self._started
        first_byte = self._first_byte - self._started if self._first_byte else duration
        side.counters.record(self.status, duration, first_byte, own=self._reply is None)
        self._log(duration, first_byte)

    def _log(self, duration: float, first_byte: float) -> None:
        serving, plane, side, route = self._serving, self._plane, self._side, self._route
        is_error = (
            bool(self.error or self.fallback) or self.status >= FAILED or self.status == CLIENT_GONE
        )
        is_sampled = serving.log_share > 0 and plane.roll() < serving.log_share
        if not (is_error and serving.logs_errors) and not is_sampled:
            return
        plane.log(
            Entry(
                at=plane.wall_clock(),
                request_id=self.request_id,
                method=self.head.method if self.head.method in KNOWN_METHODS else b"other",
                service="" if route is None else route.name,
                variant="" if side is None else side.variant,
                reason=self._reason,
                endpoint=self._endpoint,
                status=self.status,
                error=self.error,
                fallback=self.fallback or b"",
                duration=duration,
                first_byte=first_byte,
                received=self._received,
            )
        )


def _is_event_stream(reply: ReplyHead) -> bool:
    lines = (line.lower() for line in reply.lines)
    return any(line.startswith(b"content-type:") and b"text/event-stream" in line for line in lines)

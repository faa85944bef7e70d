"""One request, from head to record. Read this file first.

The methods stand in the order in which a request passes them:

    begin → match → assign → forward → (fall back) → respond → record

From respond on it stands on five rooms: how it answers (`proxy/responding.py`), how its bodies come
and go on (`proxy/receiving.py`), how it ends where it could last for ever (`proxy/lasting.py`) or
before its time (`proxy/endings.py`), and what is recorded of it (`proxy/recorded.py`).

Nothing here touches a socket or parses a byte: the client, the backends and the pools are ports
(`proxy/ports.py`), so that a test can be written as a score.
"""

from math import ceil
from typing import Final

from router.http1.forward import request_head, whole_framing
from router.http1.head import CHUNKED
from router.http1.replies import CONTINUE, NO_ROUTE, RATE_LIMITED, ROLLED_BACK, UNMASKABLE
from router.http1.request_head import RequestHead
from router.model import FallbackReason, Reason, ShadowResult, Variant
from router.proxy.endings import REFUSALS
from router.proxy.forwarding import Forwarding
from router.proxy.origin import Origin
from router.proxy.ports import ClientSide, Plane, Trailers, UpstreamSide
from router.proxy.responding import Responding
from router.proxy.serving import Route, Serving, Side
from router.routing.fallback import Failure, fallback_reason, may_ask_again, may_resend

HELD_AT_MOST: Final = 64 * 1024
"""Bytes of a body that are held while there is no connection to send them on."""

NO_TRAILERS: Final[Trailers] = []

# An enum's members are slow to reach (0.05 µs each); names of the module are not.
_AI: Final = Variant.AI
_LEGACY: Final = Variant.LEGACY


class Exchange(Responding):
    """The life of one request."""

    __slots__ = ("_collecting", "_was_resent")

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
        self._held = None
        self._received = 0
        self._request_whole = self._collecting = False
        self._masked = None
        # Decision...
        self._route = self._side = None
        self._reason = ""
        self.fallback = None
        self.new_cookie = None
        # Upstream...
        self._is_waiting = self._is_counted = self._was_resent = False
        self._upstream = None
        self._endpoint = b""
        # Reply...
        self._reply = None
        self._chunks = False
        self._first_byte = 0.0
        self.status = 0
        self.error = ""
        self._tap = None
        self.tunnel = None
        self._to_client = None

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
            self._collect_first()
        else:
            self._assign(route)

    def _collect_first(self) -> None:
        self._collecting = True
        if self.head.expect_continue:
            self.head.expect_continue = False  # answered here, since we read the body first
            self._client.write(CONTINUE)
        self._account()

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

    def _collect(self) -> None:
        route = self._route
        if route is None:
            return
        if not (self._request_whole or self._held_bytes > route.replay_buffer):
            self._account()
            return
        self._collecting = False
        if self._side is None:
            self._assign(route)
        elif self._side is route.legacy or not self._is_kept_from_ai(route):
            self._forward(self._side)

    # Assign...

    def _assign(self, route: Route) -> None:
        body = self._whole_body(route) if route.assigner.needs_body else None
        assignment = route.assigner.assign(self.head, self._origin.address, body, self._plane.roll)
        self._reason = assignment.reason
        self.new_cookie = assignment.new_cookie
        if assignment.variant is not _AI:
            route.counters.assign(_LEGACY, assignment.reason)
            self._forward(route.legacy)
        elif not (self._plane.may_ask_ai() or route.permit.holds_on):
            self._keep_from_ai(route, Reason.LEASE_LOST, FallbackReason.LEASE_LOST)
        elif not route.permit.is_valid:  # it was decided late, since its body came late
            self._keep_from_ai(route, Reason.ROLLED_BACK, FallbackReason.ROLLED_BACK)
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
        if side.forwarding is not None and not self._is_tellable(side, side.forwarding):
            return
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
        route, side = self._route, self._side
        if route is None or side is None:
            return
        if side is route.ai:
            if self._is_waiting and self._is_kept_from_ai(route):
                connection.give_back()
                return
            route.permit.last_begun = self._plane.looked
        self._is_waiting = False
        self._upstream = connection
        self._endpoint = connection.authority
        connection.hold(self)
        if route.shadow is not None and self._tap is None:
            self._tap = route.shadow.begin(
                self.head, self._origin.hops, self.request_id, side.variant
            )
        own = side.asked + self.request_id + b"\r\n"
        if side.forwarding is None:
            head = request_head(self.head, connection.authority, self._origin.hops, own)
        else:
            head = self._told_head(side.forwarding, connection.authority, own)
        if self._held is None and self._request_whole and self.head.length != CHUNKED:
            self._send_bodiless(connection, head)
        else:
            self._client.resume_reading()  # first, since sending may pause it again
            self._send_held(connection, head)

    # Hide...

    def _told_head(self, forwarding: Forwarding, endpoint: bytes, own: bytes) -> bytes:
        """Write the head for a variant that is not told everything."""
        framing = None if self._masked is None else whole_framing(self.head, len(self._masked))
        lines = forwarding.lines(self.head)
        return request_head(
            self.head, endpoint, self._origin.hops, own, lines=lines, framing=framing
        )

    def _is_tellable(self, side: Side, forwarding: Forwarding) -> bool:
        """Tell whether this variant may be asked now, with the body masked where it has to be.

        Else the body is waited for, or somebody else is asked, or nobody.
        """
        route = self._route
        self._masked = None
        if route is None or not (forwarding.masks and self.head.length):
            return True
        fits = self.head.length <= route.replay_buffer >= self._held_bytes
        if not self._request_whole and fits:
            self._collect_first()
            return False
        if self._request_whole and fits:
            body = b"" if self._held is None else self._held.read()
            self._masked = forwarding.mask(self.head, body)
        if self._masked is not None:
            return True
        if side is route.ai:
            self._fall_back(route, side, FallbackReason.UNMASKABLE)
        else:
            self._refuse(UNMASKABLE)
        return False

    # Fall back...

    def on_failure(self, failure: Failure) -> None:
        """Ask somebody else if that cannot do the same work twice; tell the client otherwise."""
        reused = self._upstream is not None and self._upstream.reused
        self._upstream = None
        self._is_waiting = False
        route, side = self._route, self._side
        if self._reply is not None or route is None or side is None:
            self._break_off()
            return
        has_body = self._received > 0
        if not self._was_resent and may_resend(
            failure, method=self.head.method, has_body=has_body, reused=reused
        ):
            self._ask_again(route, side)
            return
        reason = fallback_reason(side.variant, failure, on_connect=route.fall_back_on_connect)
        if reason is not None:
            self._fall_back(route, side, reason)
            return
        self._refuse(REFUSALS[failure])

    def _ask_again(self, route: Route, side: Side) -> None:
        """Ask the same variant over a fresh connection, if it may still be asked."""
        if side is route.ai and self._is_kept_from_ai(route):
            return
        self._was_resent = True
        self._turn(side, side)
        self._forward(side, afresh=True)

    def _is_kept_from_ai(self, route: Route) -> bool:
        """Go to legacy where no request may begin at AI any more; tell whether this one did."""
        if (self._plane.may_ask_ai() or route.permit.holds_on) and route.permit.is_valid:
            return False
        self._leave_ai(route)
        return True

    def _leave_ai(self, route: Route) -> None:
        is_leased = self._plane.may_ask_ai() or route.permit.holds_on
        reason = FallbackReason.ROLLED_BACK if is_leased else FallbackReason.LEASE_LOST
        self._fall_back(route, route.ai, reason)

    def _fall_back(self, route: Route, side: Side, reason: FallbackReason) -> None:
        """Have legacy answer in the place of whom was asked, or was going to be."""
        self._is_waiting = False
        self._masked = None
        if self._tap is not None:  # it stays, so that nobody begins another
            self._tap.on_loss(ShadowResult.PRIMARY_FAILED)
        self.fallback = reason.encode()
        route.counters.fall_back(reason)
        self._turn(side, route.legacy)
        self._forward(route.legacy)

    def recall(self, *, cut: bool) -> None:
        """AI was given up: leave it, if nothing was sent there, or if that cuts what does end.

        What lasts is not cut but wound up: that ends it as well, and says why.
        """
        route = self._route
        if route is None or self._side is not route.ai:
            return
        if self._collecting:
            self._collecting = False
            self._leave_ai(route)
        elif self._is_waiting:
            route.ai.pool.forget(self)
            self._leave_ai(route)
        elif cut and self._reply is None:
            self.cancel()
            if may_ask_again(self.head.method, has_body=self._received > 0):
                self._leave_ai(route)
            else:
                self._refuse(ROLLED_BACK)
        elif cut and not self.lasts:
            self.cut_short(ROLLED_BACK.code)

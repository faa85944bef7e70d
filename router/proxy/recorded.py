"""What is recorded of a request: numbers in the worker's memory, and a line of the access log.

An exchange stands on this. Nothing here decides anything: it adds up what has become of a request,
once, whichever way the request ended.
"""

from typing import Final

from router.http1.reply_head import ReplyHead
from router.http1.request_head import RequestHead
from router.model import ShadowResult
from router.proxy.access_log import Entry
from router.proxy.ports import Plane, Tapping
from router.proxy.serving import Route, Serving, Side

CLIENT_GONE: Final = 499
"""The code under which an exchange counts whose client left before the answer was whole."""

FAILED: Final = 500
"""From this status on it is the server's fault."""

KNOWN_METHODS: Final = frozenset(
    {b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"}
)
"""What is logged by name; any other token is the client's own word."""


class Recorded:
    """A request, as far as its record goes.

    The exchange itself sets these attributes: a constructor here would be one more call for every
    request.
    """

    __slots__ = (
        "_endpoint", "_first_byte", "_is_counted", "_plane", "_reason", "_received", "_reply",
        "_route", "_serving", "_side", "_started", "_tap", "error", "fallback", "head",
        "request_id", "status",
    )  # fmt: skip

    _plane: Plane
    _serving: Serving
    head: RequestHead
    request_id: bytes
    _route: Route | None
    _side: Side | None
    _reason: str
    _endpoint: bytes
    fallback: bytes | None
    _is_counted: bool
    _received: int
    _reply: ReplyHead | None
    _started: float
    _first_byte: float
    status: int
    error: str
    _tap: Tapping | None

    # Record...

    def _turn(self, before: Side, after: Side) -> None:
        before.counters.leave()
        after.counters.join()

    def _record_whole(self) -> None:
        """Record an answer that came in one piece, as most do."""
        side = self._side
        if side is not None:
            self._is_counted = False
            duration = self._plane.clock() - self._started
            side.counters.record_whole(self.status, duration)
            if self.status >= FAILED or self._serving.log_share or self.fallback is not None:
                self._log(duration, duration)

    def _record(self) -> None:
        self._end_tap()
        side = self._side
        if side is None or not self._is_counted:
            return
        self._is_counted = False
        now = self._plane.clock()
        duration = now - self._started
        first_byte = self._first_byte - self._started if self._first_byte else duration
        side.counters.record(self.status, duration, first_byte, own=self._reply is None)
        self._log(duration, first_byte)

    def _end_tap(self) -> None:
        """Whoever still listens hears that nothing whole will come."""
        tap, self._tap = self._tap, None
        if tap is not None:
            is_gone = self.status == CLIENT_GONE
            tap.on_loss(ShadowResult.CLIENT_GONE if is_gone else ShadowResult.PRIMARY_FAILED)

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

"""A request that somebody else's proxy has copied to us: answered by 204, and asked of both.

Nobody waits for the answer of either variant, so none is passed on: what becomes of it is the
business of its tap alone. A request of a service that is not mirrored goes the way of any other.
"""

from router.http1.replies import CONTINUE, status_line
from router.http1.reply_head import NO_CONTENT
from router.http1.request_head import undo_mirror_suffix
from router.proxy.exchange import Exchange
from router.proxy.ports import Trailers
from router.proxy.serving import Route


class Mirrored(Exchange):
    """The life of one request, where some are mirrored."""

    __slots__ = ()

    # Match...

    def _match(self) -> None:
        undo_mirror_suffix(self.head)
        super()._match()

    # Assign...

    def _assign(self, route: Route) -> None:
        if not route.is_mirrored:
            super()._assign(route)
            return
        if route.shadow is not None:
            self._tap = route.shadow.begin(self.head, self._origin.hops, self.request_id, None)
        if self.head.expect_continue and not self._request_whole:
            self.head.expect_continue = False  # nobody else will say it
            self._client.write(CONTINUE)
        self._pass_on()

    def on_request_body(self, payload: bytes, end: Trailers | None) -> None:
        """Take a part of the body; `end` is None while more is to come, then its trailers."""
        route = self._route
        if route is None or not route.is_mirrored or self._collecting:
            super().on_request_body(payload, end)
            return
        if end is not None:
            self._request_whole = True
            self.trailers = end
        if not payload or self._take(payload):
            self._pass_on()

    def _pass_on(self) -> None:
        """Tell the tap what has come; that holds as much of it as it may."""
        payload = b"" if self._held is None else self._held.let_go()
        if self._tap is not None:
            self._tap.on_request(payload, self.trailers if self._request_whole else None)
        if self._request_whole:
            self._tap = None
            self._thank()

    # Respond...

    def _thank(self) -> None:
        self.status = NO_CONTENT
        plane, head = self._plane, self.head
        keep_alive = head.keep_alive and not plane.draining
        word = b"" if keep_alive and head.minor else b"connection: close\r\n"
        if keep_alive and not head.minor:
            word = b"connection: keep-alive\r\n"
        own = b"%b%b\r\n" % (self._serving.headers.request_id, self.request_id)
        self._client.write(b"%b%b%b%b\r\n" % (status_line(NO_CONTENT), plane.date, word, own))
        duration = plane.clock() - self._started
        self._log(duration, duration)
        self._client.on_answered(keep_alive=keep_alive)

"""How an exchange ends otherwise than by a whole answer: refused, cut short, or left by its client.

An exchange stands on this, and this on what is recorded. Whatever ends a request early lives here,
and keeps two promises: the backend is let go of, and nobody takes what was sent for a whole answer
that is none.
"""

from typing import Final

from router.http1.framing import LAST_CHUNK, chunk
from router.http1.replies import (
    UPSTREAM_BUSY,
    UPSTREAM_CONNECT_TIMEOUT,
    UPSTREAM_LOST,
    UPSTREAM_MALFORMED,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    Refusal,
)
from router.proxy.access_log import CUT
from router.proxy.held_body import HeldBody
from router.proxy.ports import ClientSide, UpstreamSide
from router.proxy.recorded import CLIENT_GONE, Recorded
from router.proxy.tunnel import Tunnel
from router.routing.fallback import Failure

REFUSALS: Final = {
    Failure.UNREACHABLE: UPSTREAM_UNREACHABLE,
    Failure.CONNECT_TIMEOUT: UPSTREAM_CONNECT_TIMEOUT,
    Failure.BUSY: UPSTREAM_BUSY,
    Failure.LOST: UPSTREAM_LOST,
    Failure.TIMED_OUT: UPSTREAM_TIMEOUT,
    Failure.MALFORMED: UPSTREAM_MALFORMED,
}
"""What the client is told when nobody else is asked."""


class Endable(Recorded):
    """A request with its two connections, as far as letting go of them goes.

    The exchange itself sets these attributes, for the same reason as those of the record.
    """

    __slots__ = (
        "_chunks", "_client", "_held", "_is_waiting", "_request_whole", "_upstream", "tunnel",
    )  # fmt: skip

    _client: ClientSide
    _held: HeldBody | None
    _request_whole: bool
    _is_waiting: bool
    _upstream: UpstreamSide | None
    _chunks: bool
    tunnel: Tunnel | None

    # End...

    def refuse_midway(self, refusal: Refusal) -> None:
        """The request turned out to be one that we do not serve, while it was still coming."""
        self.cancel()
        self._request_whole = False
        if self._reply is None:
            self._refuse(refusal)
        else:
            self.status = refusal.status
            self._break_off(refusal.code)

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

    def _break_off(self, error: str = CUT) -> None:
        """End an answer that has begun and cannot be finished."""
        self.error = error
        self._record()
        reply = self._reply
        # Nothing but the connection's end would tell such a client where the answer ends.
        ends_with_connection = reply is not None and reply.length < 0 and not self._chunks
        self._client.break_off(reset=ends_with_connection)

    def cut_short(self, error: str) -> None:
        """End an answer that has begun, and whose backend would go on."""
        self.cancel()
        self._break_off(error)

    def end_stream(self) -> bool:
        """End an event stream as its backend could have; tell whether this is one.

        Nobody takes it for more than it is: a client that wants to go on connects again, and an
        event that is not complete is dropped there (HTML, 9.2.6).
        """
        reply = self._reply
        if reply is None or not self._chunks or not reply.is_event_stream:
            return False
        self._end_whole(b"")
        return True

    def _end_whole(self, last: bytes) -> None:
        """End an answer with these bytes, as its backend could have."""
        self.cancel()
        self._record()
        self._client.write(chunk(last) + LAST_CHUNK if self._chunks else last)
        self._client.on_answered(keep_alive=False)

    def on_client_gone(self) -> None:
        """The client left: the backend need not go on."""
        self.cancel()
        if self.tunnel is None:
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

"""How bodies come and go on: taken, held while nobody can take them, bounded, sent, held back.

An exchange stands on this, and this on how exchanges end, since a body can be too much.
"""

from router.http1.framing import chunk, last_chunk
from router.http1.head import CHUNKED
from router.http1.replies import BODY_TOO_LARGE, BUFFERS_FULL
from router.proxy.held_body import HeldBody
from router.proxy.lasting import Lasting
from router.proxy.ports import Trailers, UpstreamSide
from router.proxy.serving import Route


class Receiving(Lasting):
    """A request, as far as its body goes. The exchange itself sets the attributes."""

    __slots__ = ("_masked", "trailers")

    trailers: Trailers
    _masked: bytes | None
    """What the variant gets in the place of the body, which it may not see all of."""

    # Body...

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

    def _whole_body(self, route: Route) -> bytes | None:
        """Return the body to look for a key in, if there is one and it is not too large."""
        if not self._request_whole or self._held is None:
            return None
        return self._held.read() if self._held.size <= route.replay_buffer else None

    def _send_bodiless(self, connection: UpstreamSide, head: bytes) -> None:
        connection.send(head, last=True)
        if self._tap is not None:
            self._tap.on_request(b"", self.trailers)

    def _send_held(self, connection: UpstreamSide, before: bytes = b"") -> None:
        taken = payload = b"" if self._held is None else self._held.let_go()
        if self._masked is not None:
            payload = self._masked
        if self.head.length == CHUNKED:
            payload = chunk(payload)
            if self._request_whole:
                payload += last_chunk(self.trailers, self._serving.headers.prefix)
        connection.send(before + payload, last=self._request_whole)
        if self._tap is not None:
            self._tap.on_request(taken, self.trailers if self._request_whole else None)

    def _chunked(self, payload: bytes, end: Trailers | None) -> bytes:
        if end is None:
            return chunk(payload)
        return chunk(payload) + last_chunk(end, self._serving.headers.prefix)

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

"""How an exchange ends that could last for ever: a stream of events, a connection turned tunnel.

An exchange stands on this, and this on how exchanges end otherwise. When AI was rolled back, what
lasts is given some time, and is then told so in its own language: an event and the end of the
stream, or the close frame 1012 to both sides. Only between two events or frames, as far as can be
seen from here; who stays within one for too long is ended without a word.
"""

from router.http1.event_stream import ROLLED_BACK_EVENT, Events
from router.http1.last_word import LastWord
from router.http1.replies import ROLLED_BACK
from router.http1.reply_head import ReplyHead
from router.http1.websocket import SERVICE_RESTART, Frames, close_frame
from router.proxy.endings import Endable
from router.proxy.permits import Permit
from router.proxy.tunnel import Tunnel


class Lasting(Endable):
    """An answer of AI's, as far as it may last. The exchange itself sets the attributes."""

    __slots__ = ("_to_client",)

    _to_client: LastWord | None

    @property
    def permit(self) -> Permit | None:
        """Under which it is at AI, or waits to be; None where it is not."""
        route = self._route
        return None if route is None or self._side is not route.ai else route.permit

    # Follow...

    def _follow_events(self, head: ReplyHead, payload: bytes) -> None:
        """Follow where AI's events end, if they can be followed, and one of ours can be added."""
        if self.permit is None or not head.is_event_stream or head.is_encoded or head.length >= 0:
            return
        self._to_client = LastWord(Events())
        self._to_client.pass_on(payload)

    def _follow_frames(self, tunnel: Tunnel, head: ReplyHead, payload: bytes) -> None:
        """Follow where frames end in both directions, if AI speaks WebSocket here."""
        if self.permit is None or (head.upgrade or b"").lower() != b"websocket":
            return
        tunnel.to_backend = LastWord(Frames())
        self._to_client = LastWord(Frames())
        self._to_client.pass_on(payload)

    def on_upstream_eof(self) -> bool:
        """The backend has ended its half; tell whether the client may still speak."""
        return self.tunnel is not None and self.tunnel.on_upstream_eof()

    # Wind up...

    @property
    def lasts(self) -> bool:
        """Tell whether nobody knows when it ends."""
        reply = self._reply
        return self.tunnel is not None or (reply is not None and reply.is_event_stream)

    def wind_up(self, mask: bytes) -> bool:
        """End what lasts; tell whether to call again in a while, since it is not over by then.

        mask: four bytes that nobody can guess. The second call waits for nothing any more.
        """
        if self._reply is None:
            return True
        if self.tunnel is not None:
            return self._wind_up_tunnel(self.tunnel, mask)
        return self.lasts and self._wind_up_events()

    def _wind_up_events(self) -> bool:
        word = self._to_client
        if word is None or word.is_due:
            self.error = ROLLED_BACK.code
            if not self.end_stream():
                self.cut_short(ROLLED_BACK.code)
            return False
        said = word.say(ROLLED_BACK_EVENT)
        if said:
            self._on_last_word(said)
        return not said

    def _wind_up_tunnel(self, tunnel: Tunnel, mask: bytes) -> bool:
        word = self._to_client
        if word is None or word.is_due or tunnel.is_half_ended:
            self._end_tunnel(tunnel)
            return False
        tunnel.say_to_backend(close_frame(SERVICE_RESTART, mask))
        self._on_last_word(word.say(close_frame(SERVICE_RESTART)))
        return self._upstream is not None

    def _on_last_word(self, payload: bytes) -> None:
        """Pass on what is the last of it, if it is, and end what has nothing more to say."""
        tunnel, word = self.tunnel, self._to_client
        if tunnel is None:
            self.error = ROLLED_BACK.code
            self._end_whole(payload)
            return
        if payload:
            self._client.write(payload)
        if word is not None and word.is_said and tunnel.is_silent:
            self._end_tunnel(tunnel)

    def _end_tunnel(self, tunnel: Tunnel) -> None:
        """End both connections in order, so that what was said last arrives."""
        if tunnel.is_half_ended:
            self.cut_short(ROLLED_BACK.code)
            return
        self.error = ROLLED_BACK.code
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.part()
        self._record()
        self._client.on_answered(keep_alive=False)

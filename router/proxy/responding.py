"""How an exchange answers: the answer's head, what comes of its body, or a tunnel.

An exchange stands on this, and this on how bodies come and go on. Here it is decided which lines of
our own an answer has, and in which framing its client gets it. Once a byte has gone out, nobody
else is asked.
"""

from router.http1.forward import reply_start, switching_start
from router.http1.replies import own_answer, status_line
from router.http1.reply_head import CONTINUE as CONTINUE_STATUS, ReplyHead
from router.proxy.origin import Origin
from router.proxy.ports import Trailers
from router.proxy.rare_lines import rare_lines
from router.proxy.receiving import Receiving
from router.proxy.tunnel import Tunnel


class Responding(Receiving):
    """A request, as far as its answer goes. The exchange itself sets the attributes."""

    __slots__ = ("_origin", "is_head", "new_cookie")

    _origin: Origin
    is_head: bool
    new_cookie: bytes | None

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
        if end is None:
            self._follow_events(head, payload)
        if self._tap is not None:
            self._tell_tap(head, payload, end)
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
        if self._tap is not None:
            self._tell_tap(None, payload, end)
        word = self._to_client
        if word is not None:
            payload = word.pass_on(payload)
            if word.is_said and end is None:
                self._on_last_word(payload)
                return
        if self._chunks:
            payload = self._chunked(payload, end)
        if end is not None:
            self._upstream = None
            self._record()
        if payload:
            self._client.write(payload)
        if end is not None:
            self._client.on_answered(keep_alive=self.head.keep_alive and self._request_whole)

    def _answer_itself(self) -> None:
        """Answer TRACE or OPTIONS that may go no further (RFC 9110, 7.6.2)."""
        self.status = 200
        keep_alive = self.head.keep_alive and self._request_whole and not self._plane.draining
        own = self._plane.date if keep_alive else self._plane.date + b"connection: close\r\n"
        self._client.write(own_answer(self.head, own))
        self._client.on_answered(keep_alive=keep_alive)

    def _answer(self, head: ReplyHead, start: bytes, payload: bytes) -> bytes:
        side, route = self._side, self._route
        rare = b""
        if route is not None and not (
            route.is_plain and head.cache_control is None and self.fallback is None
        ):
            rare = rare_lines(
                head,
                route,
                self._origin,
                self._serving.headers,
                fallback=self.fallback,
                new_cookie=self.new_cookie,
            )
        return b"".join(
            (
                start,
                b"" if head.has_date else self._plane.date,
                side.answered if side is not None and self._origin.is_shown else b"",
                self._serving.headers.request_id,
                self.request_id,
                b"\r\n",
                rare,
                b"\r\n",
                payload,
            )
        )

    # Be overheard...

    def _tell_tap(self, head: ReplyHead | None, payload: bytes, end: Trailers | None) -> None:
        """Tell who listens what comes from the backend; with its end that hears no more."""
        tap = self._tap
        if tap is None:
            return
        if head is not None:
            tap.on_reply(head, payload, end)
        else:
            tap.on_reply_body(payload, end)
        if end is not None:
            self._tap = None

    # Tunnel...

    def on_upgraded(self, head: ReplyHead, rest: bytes) -> None:
        """Both sides agreed to speak another protocol: pass bytes as they are."""
        if self._upstream is None:
            return  # it was let go of
        self._reply = head
        self.status = head.status
        self._first_byte = self._plane.clock()
        self.tunnel = Tunnel(self._client, self._upstream)
        self._follow_frames(self.tunnel, head, rest)
        start = switching_start(head, self.head.upgrade)
        self._client.write(self._answer(head, start, rest))
        self._client.on_tunnel()

"""One copy of a request, and the answer to it, which nobody sees.

It is sent once, over a connection of a pool of its own, and never again. What it is told ends in
its tap, behind the border.
"""

from collections.abc import Callable
from typing import Final, Protocol

from router.compare.pair import Loss
from router.http1.reply_head import ReplyHead
from router.model import ShadowResult, Variant
from router.proxy.ports import Trailers, UpstreamSide
from router.proxy.shadow.capture import Capture
from router.proxy.shadow.way import Way
from router.routing.fallback import Failure

MOST_OF_AN_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of one answer that are read, be it for its hash alone."""

PACE: Final = 0.02
"""Seconds between two reads of an answer that is too large to be kept. It is read for its hash
alone, and to read and hash as fast as somebody sends would take the turns of those who are served.
"""

JOINED: Final = 16 * 1024
"""Bytes of a body up to which it is sent in one piece with its head."""

BAD_GATEWAY: Final = 502
GATEWAY_TIMEOUT: Final = 504
"""502, 503, 504: answers of who cannot serve. Any other is worth to be compared."""

_AI: Final = Variant.AI

_LOSSES: Final = {
    Failure.UNREACHABLE: (ShadowResult.SHADOW_ERROR, Loss.UNREACHABLE),
    Failure.CONNECT_TIMEOUT: (ShadowResult.SHADOW_TIMEOUT, Loss.UNREACHABLE),
    Failure.BUSY: (ShadowResult.QUEUE_FULL, Loss.UNREACHABLE),
    Failure.LOST: (ShadowResult.SHADOW_ERROR, Loss.LOST),
    Failure.TIMED_OUT: (ShadowResult.SHADOW_TIMEOUT, Loss.TIMEOUT),
    Failure.MALFORMED: (ShadowResult.SHADOW_ERROR, Loss.MALFORMED),
}


class Asking(Protocol):
    """The tap, as its copies see it."""

    @property
    def is_head(self) -> bool:
        """Whether the request is one to HEAD."""
        ...

    def on_error(self, error: Exception) -> None:
        """A step has failed: nothing but the tap ends by it."""
        ...

    def now(self) -> float: ...
    def later(self, seconds: float, call: Callable[[], None]) -> object: ...

    def may_send(self, variant: Variant) -> bool:
        """Tell whether this variant may still be asked; if not, it is all over."""
        ...

    def written(self, way: Way, endpoint: bytes) -> tuple[bytes, bytes]:
        """Return the head of a copy that goes this way, and its body."""
        ...

    def hold(self, more: int) -> None:
        """Account for so many bytes more, or less."""
        ...

    def on_ai_head(self, head: ReplyHead) -> None:
        """AI may say with its answer what that costs."""
        ...

    def on_copy_over(self, copy: "Copy", failed: ShadowResult | None) -> None: ...


class Copy(Capture):
    """One copy, and the answer to it. again: it repeats another answer of the same variant."""

    __slots__ = ("_connection", "_is_waiting", "_tap", "_ticket", "_way", "is_again", "is_over")

    def __init__(self, tap: Asking, way: Way, ticket: int, most: int, *, is_again: bool) -> None:
        """Take a place on the way; ticket: by which its breaker let it pass."""
        super().__init__(way.variant, most)
        self.is_again: Final = is_again
        self.is_over = False
        self._tap = tap
        self._way = way
        self._ticket = ticket
        self._connection: UpstreamSide | None = None
        self._is_waiting = False
        way.enter()

    @property
    def is_head(self) -> bool:
        return self._tap.is_head

    @property
    def wants_upgrade(self) -> bool:
        return False

    # Asked by the tap...

    def send(self, now: float) -> None:
        """Ask, over a connection that is kept or over a new one."""
        pool = self._way.pool
        connection = pool.take()
        if connection is not None:
            self._send(connection, now)
        elif not self._way.may_open():
            self._lose(Failure.BUSY)
        else:
            self._is_waiting = True
            pool.ask(self, afresh=False)

    def time_out(self) -> None:
        """It took too long, wherever it is by now."""
        has_begun = self._connection is not None
        self._let_go()
        self._lose(Failure.TIMED_OUT if has_begun else Failure.CONNECT_TIMEOUT)

    def give_up(self) -> None:
        """Nobody wants to know any more."""
        if self.is_over:
            return
        self.is_over = True
        self._let_go()
        self._way.breaker.withdraw(self._ticket)
        self._way.leave()

    # Told by its pool...

    def on_connected(self, connection: UpstreamSide) -> None:
        """Its connection has come about; by now it may be of no use any more."""
        self._is_waiting = False
        if self.is_over or not self._tap.may_send(self.variant):
            connection.give_back()
            return
        try:
            self._send(connection, self._tap.now())
        except Exception as error:  # noqa: BLE001 - the tap's border
            self._tap.on_error(error)

    def on_failure(self, failure: Failure) -> None:
        """Its connection did not come about, or was lost."""
        self._is_waiting = False
        try:
            self._lose(failure)
        except Exception as error:  # noqa: BLE001 - the tap's border
            self._tap.on_error(error)

    # Told by its connection...

    def on_interim(self, head: ReplyHead) -> None:
        """Nobody waits for the word that an answer will come."""

    def on_reply(self, head: ReplyHead, payload: bytes, end: Trailers | None) -> None:
        if self.is_over:
            return
        try:
            now = self._tap.now()
            self.begin(head, now)
            if self.variant is _AI:
                self._tap.on_ai_head(head)
            self._take(payload, end, now)
        except Exception as error:  # noqa: BLE001 - the tap's border
            self._tap.on_error(error)

    def on_reply_body(self, payload: bytes, end: Trailers | None) -> None:
        try:
            self._take(payload, end, self._tap.now())
        except Exception as error:  # noqa: BLE001 - the tap's border
            self._tap.on_error(error)

    def on_upgraded(self, head: ReplyHead, rest: bytes) -> None:
        """It was not asked for, so its connection has ended instead."""

    def on_upstream_eof(self) -> bool:
        return False

    def on_upstream_writable(self, writable: bool) -> None:
        """What is sent is whole, and lies with the connection: nobody is to be slowed down."""

    # Own...

    def _send(self, connection: UpstreamSide, now: float) -> None:
        self._connection = connection
        connection.hold(self)
        self.began = now
        head, body = self._tap.written(self._way, connection.authority)
        if len(body) > JOINED:
            connection.send(head, last=False)
            connection.send(body, last=True)
        else:
            connection.send(head + body, last=True)

    def _take(self, payload: bytes, end: Trailers | None, now: float) -> None:
        if end is not None:
            self._connection = None  # it serves another by now
        if payload and not self.is_over:
            self._tap.hold(self.take(payload))
        if self.is_over:
            return
        if end is not None:
            self.end(now)
            self._report(failed=BAD_GATEWAY <= self.status <= GATEWAY_TIMEOUT)
            self._tap.on_copy_over(self, None)
        elif self.size > MOST_OF_AN_ANSWER:
            self._let_go()
            self.end(now, Loss.LOST)
            self._report(failed=False)
            self._tap.on_copy_over(self, ShadowResult.TOO_LARGE)
        elif self.is_beyond and self._connection is not None:
            self._connection.pause_reading()
            self._tap.later(PACE, self._read_on)

    def _read_on(self) -> None:
        if self._connection is not None:
            self._connection.resume_reading()

    def _lose(self, failure: Failure) -> None:
        if self.is_over:
            return
        connection, self._connection = self._connection, None
        result, loss = _LOSSES[failure]
        self.end(self._tap.now(), loss)
        was_closed = failure is Failure.LOST and connection is not None and connection.reused
        if failure is Failure.BUSY or (was_closed and not self.status):
            # A kept connection may be closed at any time (RFC 9112, 9.3.1): that is nobody's fault.
            self._way.breaker.withdraw(self._ticket)
            self._over()
        else:
            self._report(failed=True)
        self._tap.on_copy_over(self, result)

    def _report(self, *, failed: bool) -> None:
        now = self.ended
        seconds = now - self.began if self.began else 0.0
        self._way.breaker.report(self._ticket, now, seconds, failed=failed)
        self._over()

    def _over(self) -> None:
        self.is_over = True
        self._way.leave()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()
        elif self._is_waiting:
            self._is_waiting = False
            self._way.pool.forget(self)

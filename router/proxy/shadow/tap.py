"""What passes of one request and its answer is kept, until a pair can be made of it.

An exchange tells its tap what passes, and copies tell it what they are told. A tap ends once: all
answers are there and are a pair, or there is a reason why they are none.
"""

import contextlib
from collections.abc import Callable
from typing import Final

from router.http1.forward import fields_without, lines_without, request_head, whole_framing
from router.http1.framing import chunk, last_chunk
from router.http1.head import CHUNKED
from router.http1.reply_head import ReplyHead
from router.http1.request_head import RequestHead
from router.model import ShadowResult, Variant
from router.proxy.deadlines import NEVER
from router.proxy.forwarding import Forwarding
from router.proxy.ports import Trailers
from router.proxy.shadow.capture import Capture, Kept
from router.proxy.shadow.copy import MOST_OF_AN_ANSWER, Copy
from router.proxy.shadow.pairing import pair_of
from router.proxy.shadow.terms import Terms
from router.proxy.shadow.way import Way
from router.routing.shadowing import AI_AGAIN, LEGACY_AGAIN, TO_AI, TO_LEGACY
from router.routing.spending import COST, cost_of
from router.wire.pairs import Row

_AI: Final = Variant.AI
_CALLS: Final = (
    (TO_LEGACY, 0, False),
    (TO_AI, 1, False),
    (LEGACY_AGAIN, 0, True),
    (AI_AGAIN, 1, True),
)
"""Which bit asks which variant (by its number), and whether it repeats another answer."""

_CALLS_OF: Final = tuple(
    tuple((number, is_again) for bit, number, is_again in _CALLS if wanted & bit)
    for wanted in range(2 * AI_AGAIN)
)
"""By all bits together."""


class Tap:
    """One request that was drawn. `head` is its, `deadline` that of all its copies."""

    __slots__ = (
        "_at", "_awaited", "_body", "_copies", "_failed", "_hops", "_is_sent", "_lines",
        "_primary", "_request_id", "_terms", "_trailers", "_wanted", "deadline", "head", "held",
        "is_over",
    )  # fmt: skip

    def __init__(
        self,
        terms: Terms,
        head: RequestHead,
        hops: bytes,
        request_id: bytes,
        *,
        served: Variant | None,
        wanted: int,
    ) -> None:
        """served: whose answer the user gets; wanted: the copies, bits of `routing.shadowing`."""
        self._terms: Final = terms
        self.head: Final = head
        self.held = 0
        self.deadline = NEVER
        self.is_over = False
        self._hops = hops
        self._request_id = request_id
        self._at = terms.taps.plane.wall_clock()
        self._lines = lines_without(head, terms.dropped)
        self._body: Kept | None = None
        self._trailers: Trailers = []
        self._wanted = wanted
        self._is_sent = False
        self._copies: list[Copy] = []
        self._failed: ShadowResult | None = None
        self._primary = None if served is None else Capture(served, terms.max_body)
        self._awaited = 0 if served is None else 1
        terms.taps.join(self)

    # Told by the exchange...

    def on_request(self, payload: bytes, end: Trailers | None) -> None:
        """Take a part of the body that was sent to the primary; with its end copies are sent."""
        if self.is_over:
            return
        try:
            if payload:
                self._take_body(payload)
            if end is not None:
                self._send_copies(end)
        except Exception as error:  # noqa: BLE001 - as in `on_error`
            self.on_error(error)

    def on_reply(self, head: ReplyHead, payload: bytes, end: Trailers | None) -> None:
        """Take the head of the primary's answer, and what came with it."""
        if self.is_over or self._primary is None:
            return
        try:
            now = self._terms.clock()
            self._primary.begin(head, now)
            self._take_reply(self._primary, payload, end, now)
        except Exception as error:  # noqa: BLE001 - as in `on_error`
            self.on_error(error)

    def on_reply_body(self, payload: bytes, end: Trailers | None) -> None:
        """Take more of the primary's answer."""
        if self.is_over or self._primary is None:
            return
        try:
            self._take_reply(self._primary, payload, end, self._terms.clock())
        except Exception as error:  # noqa: BLE001 - as in `on_error`
            self.on_error(error)

    def on_loss(self, result: ShadowResult) -> None:
        """There will be no whole answer of the primary's."""
        if self.is_over:
            return
        try:
            self.give_up(result)
        except Exception as error:  # noqa: BLE001 - as in `on_error`
            self.on_error(error)

    # Told by the clock...

    def time_out(self) -> None:
        """Who has not answered by now, takes too long."""
        self.deadline = NEVER
        try:
            for copy in self._copies:
                if not copy.is_over:
                    copy.time_out()
        except Exception as error:  # noqa: BLE001 - as in `on_error`
            self.on_error(error)

    # Asked by copies...

    @property
    def is_head(self) -> bool:
        return self.head.method == b"HEAD"

    def on_error(self, error: Exception) -> None:
        """A step of this tap or of its copies has failed: only this tap ends, the primary goes on.

        Whoever is called from without catches what its steps raise. To hand them to one place that
        does costs a call more, four times a request.
        """
        self._terms.taps.on_error(error)
        with contextlib.suppress(Exception):
            self.give_up(ShadowResult.SHADOW_ERROR)

    def now(self) -> float:
        return self._terms.clock()

    def later(self, seconds: float, call: Callable[[], None]) -> object:
        return self._terms.later(seconds, call)

    def may_send(self, variant: Variant) -> bool:
        """Tell whether this variant may still be asked; if not, it is all over."""
        if variant is not _AI or self._terms.may_ask_ai():
            return True
        self.give_up(ShadowResult.STOPPED)
        return False

    def written(self, way: Way, endpoint: bytes) -> tuple[bytes, bytes]:
        """Return the head of a copy that goes this way, and its body."""
        head, lines = self.head, self._lines
        body = b"" if self._body is None else self._body.read()
        if way.forwarding is not None:
            lines = lines_without(head, self._terms.dropped | way.forwarding.dropped)
            body = way.forwarding.mask(head, body) or b""
        framing = whole_framing(head, len(body))
        own = way.asked + self._request_id + b"\r\n"
        start = request_head(head, endpoint, self._hops, own, lines=lines, framing=framing)
        if head.length == CHUNKED:
            body = chunk(body) + last_chunk(self._trailers, self._terms.prefix)
        return start, body

    def hold(self, more: int) -> None:
        """Account for so many bytes more, or less; give up where they are too many."""
        plane = self._terms.taps.plane
        if more > 0 and plane.held + more > self._terms.most_held:
            self.give_up(ShadowResult.QUEUE_FULL)
        else:
            plane.held += more
            self.held += more

    def on_ai_head(self, head: ReplyHead) -> None:
        """AI may say with its answer what that costs."""
        for name, value in head.fields:
            if name == COST:
                cost = cost_of(value)
                self._terms.counters.spend(cost)
                if self._terms.purse is not None:
                    self._terms.purse.spend(cost, self.now())
                return

    def on_copy_over(self, copy: Copy, failed: ShadowResult | None) -> None:
        """One answer more is there, or will not come. To miss a repeated one is no loss."""
        self._awaited -= 1
        if failed is not None and not copy.is_again and self._failed is None:
            self._failed = failed
            if failed in (ShadowResult.QUEUE_FULL, ShadowResult.TOO_LARGE):
                self.give_up(failed)
                return
        self._go_on()

    # Asked by the worker...

    @property
    def is_kept_from_ai(self) -> bool:
        """Whether it asks AI, or is going to, and may not by now."""
        return self._wanted & (TO_AI | AI_AGAIN) != 0 and not self._terms.may_ask_ai()

    # End...

    def give_up(self, result: ShadowResult) -> None:
        """It will be no pair: let go of everything."""
        if self.is_over:
            return
        self.is_over = True
        self._terms.counters.count(result)
        copies, self._copies = self._copies, []
        self._let_go()
        for copy in copies:
            copy.give_up()

    # Own...

    def _take_body(self, payload: bytes) -> None:
        body = self._body
        if body is None:
            self._body = body = Kept(self._terms.max_body)
        self.hold(body.take(payload))
        if body.is_beyond:
            self.give_up(ShadowResult.TOO_LARGE)

    def _send_copies(self, trailers: Trailers) -> None:
        if self.is_over or self._is_sent:
            return
        self._is_sent = True
        self._trailers = trailers
        now = self._terms.clock()
        if self._primary is not None:
            self._primary.began = now
        refused = self._make_copies(now)
        if refused is not None:
            self.give_up(refused)
            return
        self._terms.taps.wait(self, self._terms.timeout, now)
        copies = self._copies
        self._awaited += len(copies)
        for copy in copies:
            if not copy.is_over:
                copy.send(now)

    def _make_copies(self, now: float) -> ShadowResult | None:
        """Take what each copy needs; return what is missing, if something is.

        One that repeats an answer is left out then: a breaker that tries again lets one pass only.
        """
        terms = self._terms
        for number, is_again in _CALLS_OF[self._wanted]:
            way = terms.ways[number]
            refused = way.refused(now)
            if refused is None and way.forwarding is not None:
                refused = self._hidden_from(way.forwarding)
            if refused is None:
                ticket = way.breaker.admit(now)
                self._copies.append(Copy(self, way, ticket, terms.max_body, is_again=is_again))
            elif not is_again:
                return refused
        if terms.purse is None or terms.purse.take(len(self._copies), now):
            return None
        return ShadowResult.BUDGET

    def _hidden_from(self, forwarding: Forwarding) -> ShadowResult | None:
        """Refuse a body that cannot be read and of which this variant may not see all."""
        if self._body is None or forwarding.mask(self.head, self._body.read()) is not None:
            return None
        return ShadowResult.UNMASKABLE

    def _take_reply(
        self, primary: Capture, payload: bytes, end: Trailers | None, now: float
    ) -> None:
        if payload:
            self.hold(primary.take(payload))
            if primary.size > MOST_OF_AN_ANSWER:
                self.give_up(ShadowResult.TOO_LARGE)
        if end is None or self.is_over:
            return
        primary.end(now)
        self._awaited -= 1
        if self._is_sent:
            self._go_on()
        else:  # it did not want to hear all of the request, so nobody else is told
            self.give_up(ShadowResult.PRIMARY_FAILED)

    def _go_on(self) -> None:
        if self.is_over or self._awaited:
            return
        self.is_over = True
        terms = self._terms
        counters, pairs, held = terms.counters, terms.taps.pairs, self.held
        weight = terms.thinning.weight(pairs.level)
        pair = self._pair(weight) if weight else None
        self._let_go()
        if self._failed is not None:
            counters.count(self._failed)
        elif not weight:
            counters.count(ShadowResult.PAIRED)  # another one, which is sent, stands for it
        if pair is not None:
            pairs.offer(pair, held, counters if self._failed is None else None)

    def _pair(self, weight: int) -> Row | None:
        terms, head, body = self._terms, self.head, self._body
        is_stripped = self._lines is not head.lines
        request = {
            "method": head.method,
            "target": head.target,
            "fields": fields_without(head, terms.dropped) if is_stripped else head.fields,
            "body": b"" if body is None else body.read(),
            "size": 0 if body is None else body.size,
        }
        row: dict[str, object] = {
            "service": terms.service,
            "request_id": self._request_id,
            "phase": terms.phase,
            "at": self._at,
            "weight": weight,
            "request": request,
        }
        if terms.hidden:
            found = [read(head, b"", None) for read in terms.hidden]
            row["callers"] = [key for key in found if key]
        return pair_of(row, self._primary, self._copies)

    def _let_go(self) -> None:
        taps = self._terms.taps
        taps.leave(self)
        self._primary = None
        self._copies = []
        self._body = None

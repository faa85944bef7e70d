"""Whether a service's request is copied: what an exchange asks, and all that it asks."""

from typing import Final

from router.http1.reply_head import ReplyHead
from router.http1.request_head import RequestHead
from router.model import ShadowResult, Variant
from router.proxy.ports import Tapping, Trailers
from router.proxy.shadow.tap import Tap
from router.proxy.shadow.terms import Terms
from router.routing.keys import ReadKey, compile_key
from router.routing.shadowing import AI_AGAIN, CREDENTIALS, TO_AI, TO_LEGACY, UNSAFE, Sampling
from router.routing.snapshot import Place, PlaceKind, Shadow, Split


def dropped_fields(shadow: Shadow) -> frozenset[bytes]:
    """Return the names of the fields that copies do not bear, or bear otherwise than they came."""
    kept = {name.lower().encode() for name in shadow.keep}
    written = {name.lower().encode() for name, _ in shadow.put}
    return (CREDENTIALS - kept) | written


def hidden_keys(split: Split, shadow: Shadow) -> tuple[ReadKey, ...]:
    """Return readers of those keys of callers that stand in what copies do not bear."""
    dropped = dropped_fields(shadow)
    return tuple(compile_key(place) for place in split.keys if _field_of(place) in dropped)


def _field_of(place: Place) -> bytes:
    if place.kind is PlaceKind.COOKIE:
        return b"cookie"
    return place.name.lower().encode() if place.kind is PlaceKind.HEADER else b""


class Counted:
    """The tap of a request that was drawn and cannot be copied: that has been said already."""

    def on_request(self, payload: bytes, end: Trailers | None) -> None:
        """Take nothing."""

    def on_reply(self, head: ReplyHead, payload: bytes, end: Trailers | None) -> None:
        """Take nothing."""

    def on_reply_body(self, payload: bytes, end: Trailers | None) -> None:
        """Take nothing."""

    def on_loss(self, result: ShadowResult) -> None:
        """It was lost before."""


_COUNTED: Final = Counted()


class Shadows:
    """One service's, as long as one table is in force."""

    __slots__ = ("_needed", "_sampling", "_terms")

    def __init__(self, shadow: Shadow, terms: Terms) -> None:
        self._sampling: Final = Sampling(shadow)
        self._terms: Final = terms
        legacy, ai = terms.ways
        # By what is wanted: without these there is no pair, while repeats may be missed.
        self._needed: Final = tuple(
            (legacy,) * bool(wanted & TO_LEGACY) + (ai,) * bool(wanted & TO_AI)
            for wanted in range(2 * AI_AGAIN)
        )

    def begin(
        self, head: RequestHead, hops: bytes, request_id: bytes, served: Variant | None
    ) -> Tapping | None:
        """Return the tap of a request that is about to be sent, or None where it was not drawn.

        served: by whom; None where nobody serves it. One that cannot be copied has a tap all the
        same, so that it is counted once, however often it is sent.
        """
        terms = self._terms
        try:
            if head.upgrade is not None:
                return None  # what becomes a tunnel has no answer
            wanted = self._sampling.choose(head, request_id, served)
            if not wanted:
                return None
            is_unsafe = wanted == UNSAFE
            refused = ShadowResult.UNSAFE_METHOD if is_unsafe else self._refused(head, wanted)
            if refused is None:
                return Tap(terms, head, hops, request_id, served=served, wanted=wanted)
        except Exception as error:  # noqa: BLE001 - whatever it is, the primary goes on
            terms.taps.on_error(error)
            refused = ShadowResult.SHADOW_ERROR
        terms.counters.count(refused)
        return _COUNTED

    def _refused(self, head: RequestHead, wanted: int) -> ShadowResult | None:
        """Return what forbids a copy already; to ask that costs less than to begin a tap."""
        terms = self._terms
        if head.length > terms.max_body:
            return ShadowResult.TOO_LARGE
        if not terms.taps.pairs.is_open:
            return ShadowResult.QUEUE_FULL
        if wanted & (TO_AI | AI_AGAIN) and not terms.may_ask_ai():
            return ShadowResult.STOPPED
        now = terms.clock()
        for way in self._needed[wanted]:  # its tap asks again, when the request is whole
            if (refused := way.refused(now)) is not None:
                return refused
        return None

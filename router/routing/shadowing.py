"""Which requests are copied, and to whom? A pure function of the request and its id.

Rule 1: whatever decides this lives here; what copies may cost is `spending`, whom they may not
reach `breaker`. Rule 2: the sample hangs on the request's id and on a key that no client knows. So
all replicas agree, who asks again under the same id is not drawn anew, and nobody chooses.
"""

from collections.abc import Callable
from hashlib import blake2b
from struct import Struct
from typing import Final

from router.model import ALL, Variant
from router.places.request import RequestView
from router.routing.match import RouteTable
from router.routing.snapshot import Match, Sends, Shadow

TO_LEGACY: Final = 1
TO_AI: Final = 2
LEGACY_AGAIN: Final = 4
AI_AGAIN: Final = 8
"""What a request is copied to: bits of one number. Again: beside the answer of the same variant."""

CREDENTIALS: Final = frozenset(
    {b"authorization", b"cookie", b"idempotency-key", b"proxy-authorization"}
)
"""What a copy does not bear, unless it is told to: it acts for nobody."""

UNSAFE: Final = -1
"""It is one of the sample, and its method forbids to copy it."""

_BOTH: Final = TO_LEGACY | TO_AI
_TWICE: Final = LEGACY_AGAIN | AI_AGAIN
_unpack = Struct(">QQ").unpack


class Sampling:
    """Draws one service's sample."""

    __slots__ = ("_copies", "_digest", "_methods", "_repeat", "_share", "_table")

    def __init__(self, shadow: Shadow) -> None:
        to_ai = 0 if shadow.sends is Sends.TO_LEGACY else TO_AI
        to_legacy = 0 if shadow.sends is Sends.TO_AI else TO_LEGACY
        # By the number of the variant that serves: a legacy answer wants AI's beside it.
        self._copies: Final = (to_ai, to_legacy)
        self._share = shadow.share
        self._repeat = shadow.repeat
        is_drawn = shadow.share < ALL or shadow.repeat > 0
        self._digest = _keyed(shadow.key) if is_drawn else None
        self._methods: Final = frozenset(method.encode() for method in shadow.methods)
        self._table: Final = None if shadow.match == Match() else RouteTable((shadow,))

    def choose(self, head: RequestView, request_id: bytes, served: Variant | None) -> int:
        """Return to whom a request is copied, 0 for nobody, or `UNSAFE`.

        served: who serves it; None where nobody does, and both are asked.
        """
        copies = _BOTH if served is None else self._copies[served.number]
        if not copies or (self._table is not None and self._table.find(head) is None):
            return 0
        if self._digest is not None:
            place, again = _unpack(self._digest(request_id))
            if place % ALL >= self._share:
                return 0
            if again % ALL < self._repeat:
                copies |= _TWICE
        return copies if head.method in self._methods else UNSAFE


def _keyed(key: bytes) -> Callable[[bytes], bytes]:
    """Compile the key into a hash; copying the hasher is cheaper than preparing it anew."""
    copy = blake2b(digest_size=16, key=key).copy

    def digest(request_id: bytes) -> bytes:
        hasher = copy()
        hasher.update(request_id)
        return hasher.digest()

    return digest

"""What a variant is not told of a request: fields that are left out, values that are masked.

The same holds for requests and for their copies. What a client sent stays as it is: whoever is
asked in a variant's place gets the original. Query strings are not masked.
"""

from typing import Final

from router.http1.forward import lines_without
from router.http1.request_head import RequestHead
from router.places.masking import compile_mask
from router.routing.snapshot import Forward

_ENCODING: Final = b"content-encoding"


class Forwarding:
    """One variant's, ready to be used."""

    __slots__ = ("_mask", "dropped")

    def __init__(self, forward: Forward) -> None:
        self.dropped: Final = frozenset(name.lower().encode() for name in forward.drop)
        self._mask = compile_mask(forward.mask) if forward.mask else None

    @property
    def masks(self) -> bool:
        """Whether it has to see a body before the variant does."""
        return self._mask is not None

    def lines(self, head: RequestHead) -> list[bytes]:
        return lines_without(head, self.dropped) if self.dropped else head.lines

    def mask(self, head: RequestHead, body: bytes) -> bytes | None:
        """Return what the variant gets of this body; None where it cannot be read, so gets none."""
        if self._mask is None or not body:
            return body
        if any(name == _ENCODING for name, _ in head.fields):
            return None
        return self._mask(body)


def forwarding_of(forward: Forward) -> Forwarding | None:
    """Compile what a variant is not told; None where it is told everything."""
    return Forwarding(forward) if forward.drop or forward.mask else None

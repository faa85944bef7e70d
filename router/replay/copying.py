"""What a replayed request bears: what a shadow's copy of it would.

Whoever recorded it may have kept what proves who somebody is: it goes nowhere unless the config
says that copies keep it.
"""

from collections.abc import Iterator
from typing import Final

from router.compare.pair import Asked, Fields
from router.http1.names import DEFAULT_PREFIX
from router.routing.snapshot import Shadow, Upstream

PROOFS: Final = frozenset({b"authorization", b"cookie", b"idempotency-key"})
"""What proves who somebody is, or that it is the same request."""

REQUEST_ID: Final = b"x-request-id"

_ANEW: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""What the connection says anew, or means nothing on another one."""


def fields_for(asked: Asked, upstream: Upstream, shadow: Shadow, request_id: bytes) -> Fields:
    """Return the header fields of the copy for one variant."""
    return list(_fields(asked, upstream, shadow, request_id))


def _fields(
    asked: Asked, upstream: Upstream, shadow: Shadow, request_id: bytes
) -> Iterator[tuple[bytes, bytes]]:
    kept = {name.lower().encode() for name in shadow.keep}
    put = [(name.lower().encode(), value.encode("latin-1")) for name, value in shadow.put]
    dropped = _ANEW | (PROOFS - kept) | {name for name, _ in put} | {REQUEST_ID}
    dropped |= {name.lower().encode() for name in upstream.forward.drop}
    yield from (
        (name, value)
        for name, value in asked.fields
        if name not in dropped and not name.startswith(DEFAULT_PREFIX)
    )
    yield from put
    yield (REQUEST_ID, request_id)
    yield (b"x-gray-shadow", b"1")

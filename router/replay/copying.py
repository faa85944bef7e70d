"""What a replayed request bears: what a shadow's copy of it would.

Whoever recorded it may have kept what proves who somebody is: it goes nowhere unless the config
says that copies keep it.
"""

from typing import Final

from router.compare.pair import Asked, Fields
from router.http1.names import DEFAULT_PREFIX
from router.model import Variant
from router.routing.snapshot import HeaderPolicy, Shadow, Upstream

PROOFS: Final = frozenset({b"authorization", b"cookie", b"idempotency-key"})
"""What proves who somebody is, or that it is the same request."""

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


def fields_for(
    asked: Asked,
    request_id: bytes,
    *,
    upstream: Upstream,
    shadow: Shadow,
    headers: HeaderPolicy,
    variant: Variant,
) -> Fields:
    """Return the header fields of the copy for one variant."""
    prefix, id_name = headers.prefix.lower().encode(), headers.request_id.lower().encode()
    put = [(name.lower().encode(), value.encode("latin-1")) for name, value in shadow.put]
    dropped = _dropped(shadow, upstream) | {id_name}
    kept = [
        (name, value)
        for name, value in asked.fields
        if name not in dropped and not name.startswith((DEFAULT_PREFIX, prefix))
    ]
    own = [(prefix + b"variant", str(variant).encode()), (prefix + b"shadow", b"1")]
    return [*kept, *own, *put, (id_name, request_id)]


def _dropped(shadow: Shadow, upstream: Upstream) -> frozenset[bytes]:
    kept = {name.lower().encode() for name in shadow.keep}
    written = {name.lower().encode() for name, _ in shadow.put}
    unwanted = {name.lower().encode() for name in upstream.forward.drop}
    return _ANEW | (PROOFS - kept) | written | unwanted

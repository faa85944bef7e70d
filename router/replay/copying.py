"""What a replayed request bears: what a shadow's copy of it would.

Whoever recorded it may have kept what proves who somebody is: it goes nowhere unless the config
says that copies keep it. As for copies, a name counts with its underscores taken for hyphens: so
backends that speak CGI or WSGI understand it.
"""

from typing import Final

from router.compare.pair import Asked, Fields
from router.http1.names import DEFAULT_PREFIX
from router.model import Variant
from router.routing.shadowing import CREDENTIALS
from router.routing.snapshot import HeaderPolicy, Shadow, Upstream

_ANEW: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"keep-alive",
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
    prefix, id_name = _name(headers.prefix), _name(headers.request_id)
    put = [(_name(name), value.encode("latin-1")) for name, value in shadow.put]
    dropped = _dropped(shadow, upstream) | {_straight(id_name)}
    ours = (DEFAULT_PREFIX, _straight(prefix))
    kept = [
        field
        for field in asked.fields
        if (straight := _straight(field[0])) not in dropped and not straight.startswith(ours)
    ]
    own = [(prefix + b"variant", str(variant).encode()), (prefix + b"shadow", b"1")]
    return [*kept, *own, *put, (id_name, request_id)]


def _dropped(shadow: Shadow, upstream: Upstream) -> frozenset[bytes]:
    kept = {_name(name) for name in shadow.keep}
    written = [name for name, _ in shadow.put]
    said = frozenset(_straight(_name(name)) for name in (*written, *upstream.forward.drop))
    return _ANEW | (CREDENTIALS - kept) | said


def _name(written: str) -> bytes:
    return written.lower().encode()


def _straight(name: bytes) -> bytes:
    return name.replace(b"_", b"-")

"""What does a field's name mean to a proxy?

Rule 1: every name that is not simply passed on is listed here, once, with what it is.
Rule 2: this file knows names, never values.

Backends that speak CGI or WSGI read `Content_Length` as `Content-Length`, so a name counts with its
underscores taken for hyphens: what looks like framing is refused, what looks like ours is dropped.
"""

import enum
from typing import Final


class Kind(enum.Enum):
    """What a field is to us."""

    PLAIN = "passed on as it is"
    CONTENT_LENGTH = "content-length"
    TRANSFER_ENCODING = "transfer-encoding"
    HOST = "host"
    CONNECTION = "connection"
    UPGRADE = "upgrade"
    EXPECT = "expect"
    TE = "te"
    REQUEST_ID = "the id of the request, under its configured name"
    MAX_FORWARDS = "max-forwards"
    DATE = "date"
    CACHE_CONTROL = "cache-control"
    DROPPED = "meant for us alone, said by us anew, or ours to say"
    DISGUISED = "framing with underscores"


_BOTH: Final = {
    b"content-length": Kind.CONTENT_LENGTH,
    b"transfer-encoding": Kind.TRANSFER_ENCODING,
    b"connection": Kind.CONNECTION,
    b"upgrade": Kind.UPGRADE,
    b"keep-alive": Kind.DROPPED,
    b"proxy-connection": Kind.DROPPED,
}
ORIGIN: Final = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-real-ip",
    }
)
"""Where a request came from is said by `proxy.origin` alone."""

_IN_REQUESTS: Final = (
    _BOTH
    | dict.fromkeys(ORIGIN, Kind.DROPPED)
    | {
        b"host": Kind.HOST,
        b"expect": Kind.EXPECT,
        b"te": Kind.TE,
        b"http2-settings": Kind.DROPPED,
        b"max-forwards": Kind.MAX_FORWARDS,
    }
)
_IN_REPLIES: Final = _BOTH | {
    b"date": Kind.DATE,
    b"cache-control": Kind.CACHE_CONTROL,
}
DEFAULT_PREFIX: Final = b"x-gray-"
"""What begins so is ours to say, also where another prefix is configured."""

_FRAMING: Final = frozenset(
    {b"connection", b"content-length", b"host", b"te", b"transfer-encoding", b"upgrade"}
)

FORBIDDEN_TRAILERS: Final = frozenset(_IN_REQUESTS) | {
    b"authorization",
    b"cache-control",
    b"content-encoding",
    b"content-range",
    b"content-type",
    b"cookie",
    b"proxy-authorization",
    b"set-cookie",
    b"trailer",
}
"""What steers framing, routing or trust means nothing in a trailer (RFC 9110, 6.5.1)."""


class Names:
    """Classifies names for one direction; `prefix` and `request_id` are lower-case."""

    __slots__ = ("_kinds", "_ours", "_request_id")

    def __init__(self, *, replies: bool, prefix: bytes, request_id: bytes) -> None:
        self._kinds = _IN_REPLIES if replies else _IN_REQUESTS
        self._ours = (prefix, DEFAULT_PREFIX)
        self._request_id = request_id

    def kind(self, lower: bytes) -> Kind:
        """Classify a lower-case name."""
        straight = lower.replace(b"_", b"-")
        if straight.startswith(self._ours):
            return Kind.DROPPED
        if straight == lower:
            if lower == self._request_id:
                return Kind.REQUEST_ID
            return self._kinds.get(lower, Kind.PLAIN)
        if straight in _FRAMING:
            return Kind.DISGUISED
        return Kind.DROPPED if straight in ORIGIN or straight == self._request_id else Kind.PLAIN

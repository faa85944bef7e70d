"""What does a field's name mean to a proxy?

Rule 1: every name that is not simply passed on is listed here, once, with what it is.
Rule 2: this file knows names, never values.

Backends that speak CGI or WSGI read `Content_Length` as `Content-Length`, so a name counts with its
underscores taken for hyphens: what looks like framing is refused, what looks like ours is dropped.
"""

import enum
from typing import Final


class Kind(enum.IntEnum):
    """What a field is to us; `PLAIN` is falsy, so that the hot path asks one question."""

    PLAIN = 0
    CONTENT_LENGTH = 1
    TRANSFER_ENCODING = 2
    HOST = 3
    CONNECTION = 4
    UPGRADE = 5
    EXPECT = 6
    TE = 7
    FORWARDED_FOR = 8
    FORWARDED = 9  # the other ways to say where a request came from
    REQUEST_ID = 10
    MAX_FORWARDS = 11
    DATE = 12
    CACHE_CONTROL = 13
    HOP = 14  # meant for us alone: never passed on
    OURS = 15  # x-gray-*: we speak it, nobody else
    DISGUISED = 16  # framing with underscores: a trick


_BOTH: Final = {
    b"content-length": Kind.CONTENT_LENGTH,
    b"transfer-encoding": Kind.TRANSFER_ENCODING,
    b"connection": Kind.CONNECTION,
    b"upgrade": Kind.UPGRADE,
    b"keep-alive": Kind.HOP,
    b"proxy-connection": Kind.HOP,
}
_IN_REQUESTS: Final = _BOTH | {
    b"host": Kind.HOST,
    b"expect": Kind.EXPECT,
    b"te": Kind.TE,
    b"http2-settings": Kind.HOP,
    b"max-forwards": Kind.MAX_FORWARDS,
    b"x-forwarded-for": Kind.FORWARDED_FOR,
    b"x-forwarded-proto": Kind.FORWARDED,
    b"x-forwarded-host": Kind.FORWARDED,
    b"x-forwarded-port": Kind.FORWARDED,
    b"x-real-ip": Kind.FORWARDED,
    b"forwarded": Kind.FORWARDED,
}
_IN_REPLIES: Final = _BOTH | {
    b"date": Kind.DATE,
    b"cache-control": Kind.CACHE_CONTROL,
}
_DISGUISES: Final = frozenset(
    {b"content-length", b"transfer-encoding", b"host", b"connection", b"upgrade", b"te"}
)
_ALSO_OURS_IN_DISGUISE: Final = frozenset(
    {
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-real-ip",
    }
)

FORBIDDEN_TRAILERS: Final = frozenset(_IN_REQUESTS) | frozenset(
    {
        b"authorization",
        b"cache-control",
        b"content-encoding",
        b"content-range",
        b"content-type",
        b"cookie",
        b"set-cookie",
        b"proxy-authorization",
        b"trailer",
    }
)
"""Fields that steer framing, routing or trust, and so mean nothing in a trailer (RFC 9110, 6.5.1)."""

LEARNED: Final = 2048
"""How many spellings are remembered. Clients invent names; memory is not theirs to take."""


class Names:
    """Spelling → (lower-case name, kind), remembered for the spellings seen first."""

    __slots__ = ("_kinds", "_prefix", "_request_id", "seen")

    def __init__(self, *, replies: bool, prefix: bytes, request_id: bytes) -> None:
        self._kinds = _IN_REPLIES if replies else _IN_REQUESTS
        self._prefix = prefix
        self._request_id = request_id
        self.seen: dict[bytes, tuple[bytes, Kind]] = {}

    def learn(self, name: bytes) -> tuple[bytes, Kind]:
        """Classify a spelling that is not in `seen`, and remember it while there is room."""
        lower = name.lower()
        known = lower, self._classify(lower)
        if len(self.seen) < LEARNED:
            self.seen[name] = known
        return known

    def _classify(self, lower: bytes) -> Kind:
        straight = lower.replace(b"_", b"-")
        if straight.startswith(self._prefix):
            return Kind.OURS
        if straight == self._request_id:
            return Kind.REQUEST_ID
        if straight != lower:
            if straight in _DISGUISES:
                return Kind.DISGUISED
            return Kind.HOP if straight in _ALSO_OURS_IN_DISGUISE else Kind.PLAIN
        return self._kinds.get(lower, Kind.PLAIN)

"""Where did this request come from? Told to the backend, believed only from trusted proxies.

What a client says of itself in `X-Forwarded-*` is dropped, unless its address is one of
`trusted_proxies`.
"""

from typing import Final

from router.http1.request_head import RequestHead
from router.routing.client import TrustedProxies, canonical

_TOLD: Final = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-real-ip",
    }
)


class Origin:
    """One connection's peer, and the lines about it that each of its requests carries upstream.

    `address` and `secure` are of the request that was read last: a trusted proxy speaks for many
    clients.
    """

    __slots__ = ("_authority", "_minor", "_peer", "_trusted", "_trusts", "address", "secure")

    def __init__(self, peer: bytes, trusted: TrustedProxies) -> None:
        self._peer = peer = canonical(peer)
        self._trusted = trusted
        self._trusts = trusted.trusts(peer)
        self._authority: bytes | None = None
        self._minor = -1
        self.address = peer
        self.secure = False

    @property
    def is_trusted(self) -> bool:
        return self._trusts

    def is_same_as_before(self, head: RequestHead) -> bool:
        """Tell whether `hops` would return what it returned last."""
        return not self._trusts and head.authority == self._authority and head.minor == self._minor

    def hops(self, head: RequestHead) -> bytes:
        """Return the lines for this request: x-forwarded-for, -proto, -host, and via."""
        if self._trusts and any(name in _TOLD for name, _ in head.fields):
            return self._believed(head)
        self.address = self._peer
        self.secure = False
        self._authority = head.authority
        self._minor = head.minor
        return _lines(self._peer, b"http", head.authority or b"", head.minor)

    def _believed(self, head: RequestHead) -> bytes:
        told: dict[bytes, list[bytes]] = {}
        for name, value in head.fields:
            if name in _TOLD:
                told.setdefault(name, []).append(value)
        chain = told.pop(b"x-forwarded-for", [])
        self.address = self._trusted.client(self._peer, chain)
        proto = told.pop(b"x-forwarded-proto", [b"http"])[0].lower()
        self.secure = proto == b"https"
        host = told.pop(b"x-forwarded-host", [head.authority or b""])[0]
        others = b"".join(
            b"%b: %b\r\n" % (name, value) for name, values in told.items() for value in values
        )
        return _lines(b", ".join([*chain, self._peer]), proto, host, head.minor) + others


def _lines(chain: bytes, proto: bytes, host: bytes, minor: int) -> bytes:
    told_host = b"x-forwarded-host: %b\r\n" % host if host else b""
    return b"x-forwarded-for: %b\r\nx-forwarded-proto: %b\r\n%bvia: 1.%d gray-router\r\n" % (
        chain,
        proto,
        told_host,
        minor,
    )

"""Where did this request come from? Told to the backend, believed only from trusted proxies.

What a client says of itself in `X-Forwarded-*` is dropped, unless its address is one of
`trusted_proxies`.
"""

from router.http1.names import ORIGIN
from router.http1.request_head import RequestHead
from router.proxy.serving import Serving
from router.routing.client import canonical


class Origin:
    """Who stands at the other end of one client's connection, for the request that was read last.

    A trusted proxy speaks for many clients; `address` is whom it names, else the peer. `hops` are
    the lines that tell the backend: x-forwarded-for, -proto, -host, and via. `is_secure` says that
    the client spoke https, to us or to the proxy before us, `is_shown` that it may see our own
    headers.
    """

    __slots__ = (
        "_authority", "_is_trusted", "_minor", "_peer", "_serving", "address", "hops", "is_secure",
        "is_shown",
    )  # fmt: skip

    def __init__(self, peer: bytes, serving: Serving) -> None:
        self._serving = serving
        self._peer = peer = canonical(peer)
        self._is_trusted = serving.trusted.trusts(peer)
        self._authority: bytes | None = None
        self._minor: int = -1
        self.address: bytes = peer
        self.is_shown = serving.shows_headers_to(peer)
        self.is_secure = serving.is_tls
        self.hops = b""

    @property
    def may_name_requests(self) -> bool:
        """Tell whether a request id from there is taken over."""
        return self._serving.headers.request_id_from_any or self._is_trusted

    @property
    def _scheme(self) -> bytes:
        return b"https" if self._serving.is_tls else b"http"

    def recognise(self, head: RequestHead) -> None:
        """Find out where this request comes from; mostly from where the last one did."""
        if self._is_trusted and any(name in ORIGIN for name, _ in head.fields):
            self._believe(head)
        elif head.authority != self._authority or head.minor != self._minor:
            self._authority = head.authority
            self._minor = head.minor
            self.is_secure = self._serving.is_tls
            self._name(self._peer)
            self.hops = _lines(self._peer, self._scheme, head.authority or b"", head.minor)

    def _name(self, address: bytes) -> None:
        if address != self.address:
            self.address = address
            self.is_shown = self._serving.shows_headers_to(address)

    def _believe(self, head: RequestHead) -> None:
        self._minor = -1  # whatever comes next is another client's
        told: dict[bytes, list[bytes]] = {}
        for name, value in head.fields:
            if name in ORIGIN:
                told.setdefault(name, []).append(value)
        chain = told.pop(b"x-forwarded-for", [])
        self._name(self._serving.trusted.client(self._peer, chain))
        proto = told.pop(b"x-forwarded-proto", [self._scheme])[0].lower()
        self.is_secure = proto == b"https"
        host = told.pop(b"x-forwarded-host", [head.authority or b""])[0]
        others = b"".join(
            b"%b: %b\r\n" % (name, value) for name, values in told.items() for value in values
        )
        self.hops = _lines(b", ".join([*chain, self._peer]), proto, host, head.minor) + others


def _lines(chain: bytes, proto: bytes, host: bytes, minor: int) -> bytes:
    told_host = b"x-forwarded-host: %b\r\n" % host if host else b""
    return b"x-forwarded-for: %b\r\nx-forwarded-proto: %b\r\n%bvia: 1.%d gray-router\r\n" % (
        chain,
        proto,
        told_host,
        minor,
    )

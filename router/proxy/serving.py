"""A snapshot made ready to serve: everything that a request needs is looked up here, nothing is computed twice.

A `Serving` is replaced whole. Pools outlive it where the endpoints stay the same, so that a change of the
percentage costs no connection; counters outlive it always.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.reply_head import REPLY_READERS
from router.http1.request_head import REQUEST_READERS
from router.model import Variant
from router.proxy.counters import ServiceCounters
from router.proxy.pool import Pool
from router.proxy.ports import PoolSide
from router.routing.assign import Assigner
from router.routing.client import TrustedProxies
from router.routing.match import RouteTable
from router.routing.snapshot import HeaderPolicy, Limits, Service, Snapshot, Upstream

PoolKey = tuple[str, Variant, Upstream, int]
PoolMaker = Callable[[Upstream, int], Pool]


@dataclass(frozen=True, slots=True)
class Route:
    """One service, ready to serve."""

    name: str
    assigner: Assigner
    legacy: PoolSide
    ai: PoolSide
    counters: ServiceCounters
    replay_buffer: int
    fall_back_on_connect: bool
    cache_private: bool
    is_plain: bool
    """Answers need no line beyond the usual ones."""
    cookie: bytes | None
    """What follows the value in our Set-Cookie line."""
    cookie_name: bytes
    ask_legacy: bytes
    ask_ai: bytes
    """The line that tells a backend which variant it is."""
    own_legacy: bytes
    own_ai: bytes
    """The lines that tell the client who answered and by which revision."""
    own_hidden: bytes
    """The same for clients who may not see them."""


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """Names of our own header fields, as they are written."""

    prefix: bytes
    request_id: bytes
    fallback: bytes | None
    error: bytes | None
    request_id_from_any: bool


class Serving:
    """One snapshot, compiled."""

    __slots__ = (
        "_expose_to", "headers", "limits", "request_lines", "routes", "snapshot", "table", "trusted",
    )  # fmt: skip

    def __init__(self, snapshot: Snapshot, routes: tuple[Route, ...]) -> None:
        policy = snapshot.headers
        self.snapshot = snapshot
        self.routes = routes
        self.table = RouteTable(snapshot.services)
        self.trusted = TrustedProxies(snapshot.trusted_proxies)
        self.limits: Limits = snapshot.limits
        self.headers = own_headers(policy)
        self.request_lines = request_lines(policy)
        self._expose_to = tuple(ip_network(cidr, strict=False) for cidr in policy.expose_to)

    def exposes_to(self, address: bytes) -> bool:
        """Tell whether this client may see our headers."""
        if not self._expose_to:
            return True
        try:
            client = ip_address(address.decode())
        except ValueError:
            return False
        return any(client in network for network in self._expose_to)


def own_headers(policy: HeaderPolicy) -> OwnHeaders:
    """Compile the names of our own fields."""
    prefix = policy.prefix.lower().encode()
    return OwnHeaders(
        prefix=prefix,
        request_id=policy.request_id.lower().encode(),
        fallback=prefix + b"fallback" if "fallback" in policy.expose else None,
        error=prefix + b"error" if "error" in policy.expose else None,
        request_id_from_any=policy.request_id_from_any,
    )


def request_lines(policy: HeaderPolicy) -> Lines:
    """Make the memory of clients' field lines."""
    return Lines(_names(policy, replies=False), REQUEST_READERS)


def reply_lines(policy: HeaderPolicy) -> Lines:
    """Make the memory of backends' field lines."""
    return Lines(_names(policy, replies=True), REPLY_READERS)


def _names(policy: HeaderPolicy, *, replies: bool) -> Names:
    return Names(
        replies=replies,
        prefix=policy.prefix.lower().encode(),
        request_id=policy.request_id.lower().encode(),
    )


def make_route(
    service: Service,
    policy: HeaderPolicy,
    pool: Callable[[Service, Variant], PoolSide],
    counters: ServiceCounters,
    mint: Callable[[], bytes],
) -> Route:
    """Compile one service."""
    prefix = policy.prefix.lower().encode()
    cookie = service.split.cookie
    return Route(
        name=service.name,
        assigner=Assigner(service, mint),
        legacy=pool(service, Variant.LEGACY),
        ai=pool(service, Variant.AI),
        counters=counters,
        replay_buffer=service.replay_buffer,
        fall_back_on_connect=service.fall_back_on_connect,
        cache_private=service.split.cache_private,
        is_plain=cookie is None and not service.split.cache_private,
        cookie=None
        if cookie is None
        else b"; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax" % cookie.max_age,
        cookie_name=b"" if cookie is None else cookie.name.encode(),
        ask_legacy=prefix + b"variant: legacy\r\n",
        ask_ai=prefix + b"variant: ai\r\n",
        own_legacy=_own_lines(service, policy, Variant.LEGACY),
        own_ai=_own_lines(service, policy, Variant.AI),
        own_hidden=b"",
    )


def _own_lines(service: Service, policy: HeaderPolicy, variant: Variant) -> bytes:
    prefix = policy.prefix.lower().encode()
    lines = b""
    if "variant" in policy.expose:
        lines += prefix + b"variant: " + variant.encode() + b"\r\n"
    if "revision" in policy.expose:
        lines += prefix + b"revision: %d\r\n" % service.revision
    return lines

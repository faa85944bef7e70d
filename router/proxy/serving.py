"""A snapshot made ready to serve: what a request needs is looked up, never computed twice.

A `Serving` is replaced whole. Pools outlive it where the endpoints stay the same, so that a
change of the percentage costs no connection; counters outlive it always.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.reply_head import REPLY_READERS
from router.http1.request_head import REQUEST_READERS, RequestHead
from router.model import ALL, Variant
from router.proxy.access_log import SAMPLED_SHARE
from router.proxy.counters import ServiceCounters, VariantCounters
from router.proxy.forwarding import Forwarding, forwarding_of
from router.proxy.permits import Permit
from router.proxy.ports import PoolSide
from router.proxy.shadow.shadows import Shadows
from router.routing.assign import Assigner
from router.routing.client import TrustedProxies
from router.routing.keys import ReadKey, compile_key
from router.routing.match import RouteTable
from router.routing.networks import Networks
from router.routing.rates import RateTable
from router.routing.snapshot import (
    AccessLog,
    CookiePolicy,
    HeaderPolicy,
    Limits,
    PlaceKind,
    Rate,
    Service,
    Snapshot,
)


@dataclass(frozen=True, slots=True)
class Side:
    """One variant of a service, ready to be asked."""

    variant: Variant
    pool: PoolSide
    counters: VariantCounters
    asked: bytes
    """The lines that tell the backend which variant it is and, but for its value, the id."""
    answered: bytes
    """The lines that tell the client who answered, and by which revision."""
    forwarding: Forwarding | None = None
    """What it is not told of a request."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """Our own sticky cookie: its name, and what follows the value."""

    name: bytes
    attributes: bytes

    def line(self, value: bytes, *, secure: bool) -> bytes:
        ending = b"; Secure\r\n" if secure else b"\r\n"
        return b"set-cookie: %b=%b%b%b" % (self.name, value, self.attributes, ending)


@dataclass(frozen=True, slots=True)
class Route:
    """One service, ready to serve."""

    name: str
    assigner: Assigner
    legacy: Side
    ai: Side
    counters: ServiceCounters
    permit: Permit
    """Under which its requests begin at AI."""
    decided: bytes
    """The line that tells the client by which revision its request was decided."""
    replay_buffer: int
    fall_back_on_connect: bool
    cache_private: bool
    cookie: Cookie | None
    is_plain: bool
    """Answers need no line beyond the usual ones."""
    shadow: Shadows | None
    """What copies its requests, if anything does."""
    is_mirrored: bool
    """Its requests are copies themselves, which nobody answers."""


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """Names of our own header fields, as they are written."""

    prefix: bytes
    request_id: bytes
    """With the colon: the value can follow."""
    fallback: bytes | None
    error: bytes | None
    request_id_from_any: bool


LOG_SHARES: Final = {AccessLog.SAMPLED: SAMPLED_SHARE, AccessLog.ALL: ALL}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Whose requests are counted, and how many may pass."""

    read_key: ReadKey
    table: RateTable

    def wait(self, head: RequestHead, client: bytes, now: float) -> float:
        """Count a request; return the seconds after which it may come again, 0 if it may pass.

        Who brings no key counts by address. now: seconds of a clock that all workers share.
        """
        key = self.read_key(head, client, None) or client
        return self.table.wait(key, int(now * 1e9)) / 1e9


class Serving:
    """One snapshot, compiled. `rates` is the memory of the rate limit, shared by all workers."""

    __slots__ = (
        "_show_to", "headers", "is_tls", "limits", "log_share", "logs_errors", "rate",
        "request_lines", "routes", "snapshot", "table", "takes_mirrored", "trusted",
    )  # fmt: skip

    def __init__(
        self, snapshot: Snapshot, routes: tuple[Route, ...], rates: memoryview | None = None
    ) -> None:
        policy = snapshot.headers
        self.snapshot = snapshot
        self.is_tls = snapshot.tls is not None
        self.takes_mirrored = any(service.is_mirrored for service in snapshot.services)
        self.routes = routes
        self.table = RouteTable(snapshot.services)
        self.trusted = TrustedProxies(snapshot.trusted_proxies)
        self.limits: Limits = snapshot.limits
        self.logs_errors = snapshot.access_log is not AccessLog.OFF
        self.log_share = LOG_SHARES.get(snapshot.access_log, 0)
        """Basis points of the requests without an error that are logged."""
        self.rate = _rate(snapshot.limits.rate, rates)
        self.headers = own_headers(policy)
        self.request_lines = request_lines(policy, snapshot.services)
        self._show_to = Networks(policy.expose_to) if policy.expose_to else None

    def shows_headers_to(self, address: bytes) -> bool:
        """Tell whether this client may see our headers."""
        return self._show_to is None or self._show_to.hold(address)


def _rate(rate: Rate | None, memory: memoryview | None) -> RateLimit | None:
    if rate is None or memory is None:
        return None
    return RateLimit(compile_key(rate.key), RateTable(memory, rate.per_second, rate.burst))


def own_headers(policy: HeaderPolicy) -> OwnHeaders:
    """Compile the names of our own fields."""
    prefix = policy.prefix.lower().encode()
    return OwnHeaders(
        prefix=prefix,
        request_id=policy.request_id.lower().encode() + b": ",
        fallback=prefix + b"fallback" if "fallback" in policy.expose else None,
        error=prefix + b"error" if "error" in policy.expose else None,
        request_id_from_any=policy.request_id_from_any,
    )


def request_lines(policy: HeaderPolicy, services: tuple[Service, ...]) -> Lines:
    """Make the memory of clients' field lines; what tells callers apart is not remembered."""
    keys = {
        place.name.lower().encode()
        for service in services
        for place in service.split.keys
        if place.kind is PlaceKind.HEADER
    }
    ruled = {
        name.lower().encode()
        for service in services
        for rule in service.split.rules
        for name, _ in rule.when.headers
    }
    return Lines(_names(policy, replies=False), REQUEST_READERS, frozenset(keys | ruled))


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
    *,
    permit: Permit,
    mint: Callable[[], bytes],
    shadow: Shadows | None = None,
) -> Route:
    """Compile one service."""
    decided = _decided(policy, service.revision)

    def side(variant: Variant, variant_counters: VariantCounters) -> Side:
        return Side(
            variant=variant,
            pool=pool(service, variant),
            counters=variant_counters,
            asked=_line(policy, "variant", variant) + own_headers(policy).request_id,
            answered=_answered(policy, variant) + decided,
            forwarding=forwarding_of(
                service.ai.forward if variant is Variant.AI else service.legacy.forward
            ),
        )

    return Route(
        name=service.name,
        assigner=Assigner(service, mint),
        legacy=side(Variant.LEGACY, counters.legacy),
        ai=side(Variant.AI, counters.ai),
        counters=counters,
        permit=permit,
        decided=decided,
        replay_buffer=service.replay_buffer,
        fall_back_on_connect=service.fall_back_on_connect,
        cache_private=service.split.cache_private,
        cookie=_cookie(service.split.cookie),
        is_plain=service.split.cookie is None and not service.split.cache_private,
        shadow=shadow,
        is_mirrored=service.is_mirrored,
    )


def _answered(policy: HeaderPolicy, variant: Variant) -> bytes:
    return _line(policy, "variant", variant) if "variant" in policy.expose else b""


def _decided(policy: HeaderPolicy, revision: int) -> bytes:
    return _line(policy, "revision", str(revision)) if "revision" in policy.expose else b""


def _line(policy: HeaderPolicy, name: str, value: str) -> bytes:
    return f"{policy.prefix.lower()}{name}: {value}\r\n".encode()


def _cookie(policy: CookiePolicy | None) -> Cookie | None:
    if policy is None:
        return None
    return Cookie(
        policy.name.encode(), b"; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax" % policy.max_age
    )

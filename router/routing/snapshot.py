"""The immutable routing table of a worker: plain, frozen values that cross the wire whole.

`settings.compile` makes it from settings and releases, `wire` carries it, `proxy` serves by it.
A worker replaces the whole by one assignment; nothing in it is ever changed. Durations are seconds,
sizes bytes, shares basis points. Names of header fields are lower-case.
"""

import enum
from dataclasses import dataclass, field
from ipaddress import ip_address

from router.model import Address, BasisPoints, Variant


class PlaceKind(enum.StrEnum):
    """Where in a request a key may stand."""

    HEADER = "header"
    COOKIE = "cookie"
    QUERY = "query"
    JSON = "json"
    CLIENT_IP = "client_ip"


@dataclass(frozen=True, slots=True)
class Place:
    """One value's place: `header:NAME`, `cookie:NAME`, `query:NAME`, `json:/pointer`, `client_ip`.

    `name` is the field, cookie or parameter name, the RFC 6901 pointer, or empty for `client_ip`.
    """

    kind: PlaceKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests belong to a service; an empty tuple accepts everything of its kind.

    hosts: `support.example.com` or `*.example.com`. paths: `/v1/x` exact, `/v1/*` prefix on segment
    borders, `regex:EXPR` (the whole path). headers: (name, value) pairs that must all be present.
    """

    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of a request; all of it must hold, an empty part always does.

    json: (pointer, value) pairs, compared as JSON values.
    """

    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    json: tuple[tuple[str, str | bool | int | float | None], ...] = ()
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and the variant that it demands."""

    when: Condition
    variant: Variant


@dataclass(frozen=True, slots=True)
class Force:
    """A header by which callers from `cidrs` choose the variant themselves."""

    header: str
    cidrs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """The router's own sticky cookie for callers who bring no key. `max_age` in seconds."""

    name: str
    max_age: int


@dataclass(frozen=True, slots=True)
class Split:
    """How a service's requests are divided."""

    salt: str
    keys: tuple[Place, ...] = ()
    cookie: CookiePolicy | None = None
    rules: tuple[Rule, ...] = ()
    force: Force | None = None
    cache_private: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint(Address):
    """One address of a variant: a name or an IP address with a port, or a Unix socket.

    `authority` is what it is called in logs, metrics and, where a client named no host, in `Host`.
    """

    is_tls: bool = False

    @property
    def is_name(self) -> bool:
        """Whether it has to be looked up where it is."""
        if self.is_unix:
            return False
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False

    def called(self, address: str) -> str:
        """Name one of its addresses: `10.0.0.5:9001`, or `ai.internal:9443 (10.0.0.5)`."""
        return self.authority if address == self.host else f"{self.authority} ({address})"


@dataclass(frozen=True, slots=True)
class UpstreamTls:
    """How TLS is spoken to a variant's `https` endpoints. PEM texts, so that a snapshot is whole.

    ca: empty for the system's own. server_name: what the certificate must name and SNI carries;
    empty for the endpoint's host. certificate, key: ours, where the backend asks for one.
    """

    verify: bool = True
    server_name: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ejection:
    """When an endpoint that fails is left out: after `consecutive` failures in a row.

    base: seconds of the first time, each further one is longer. max_percent: of a variant's
    endpoints, at most so many are out at once.
    """

    consecutive: int = 5
    base: float = 30.0
    max_percent: float = 50.0


@dataclass(frozen=True, slots=True)
class Forward:
    """What a variant is not told.

    drop: names of header fields that it does not get, lower-case. mask: JSON pointers into a
    request's body; what stands there is replaced. Who cannot be told without them is not told.
    """

    drop: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upstream:
    """One variant's endpoints and how they are spoken to."""

    endpoints: tuple[Endpoint, ...]
    connect_timeout: float = 2.0
    first_byte_timeout: float = 60.0
    idle_timeout: float = 60.0
    max_connections: int = 256
    max_pending: int = 512
    pool_idle: float = 60.0
    retry_attempts: int = 2
    retry_backoff: float = 0.05
    tls: UpstreamTls = field(default_factory=UpstreamTls)
    ejection: Ejection = field(default_factory=Ejection)
    slow_start: float = 10.0  # seconds in which an endpoint that came back gets its full part
    forward: Forward = field(default_factory=Forward)


class InFlight(enum.StrEnum):
    """What a rollback does with requests that have begun at AI."""

    FINISH = "finish"  # they finish; event streams and tunnels have `stream_drain` for it
    CUT = "cut"  # they end at once


class Sends(enum.StrEnum):
    """To whom requests are copied that somebody else serves."""

    TO_AI = "to_ai"
    TO_LEGACY = "to_legacy"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a variant is left alone: by its failures among at least `min_requests` in a `window`.

    error_rate: a ratio. slow: seconds beyond which an answer counts as a failure. window, open_for:
    seconds; afterwards single requests try it.
    """

    error_rate: float = 0.5
    slow: float = 5.0
    window: float = 10.0
    min_requests: int = 20
    open_for: float = 30.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """Which requests of a service are copied, where to, and what that may cost.

    share: how many of the requests that match are sampled; repeat: how many of those are sent to
    both variants twice. key: what the sample is drawn with, so that no client can choose.
    legacy, ai: where copies go, with pools of their own. keep: header fields that copies keep
    though they prove who somebody is; put: (name, value) that copies bear. max_body: bytes that
    are captured of a request, and of an answer. timeout: seconds from sending a copy to the end of
    its answer. per_second, cost_per_hour (USD): None for no limit. stops_at_rollback: then AI gets
    no copy after a rollback, nor without a lease.
    """

    sends: Sends
    share: BasisPoints
    key: bytes = field(repr=False)
    legacy: Upstream
    ai: Upstream
    match: Match = field(default_factory=Match)
    methods: tuple[str, ...] = ("GET", "HEAD", "OPTIONS")
    keep: tuple[str, ...] = ()
    put: tuple[tuple[str, str], ...] = ()
    max_body: int = 256 * 1024
    max_concurrency: int = 64
    timeout: float = 30.0
    repeat: BasisPoints = BasisPoints(0)
    per_second: float | None = None
    cost_per_hour: float | None = None
    breaker: Breaker = field(default_factory=Breaker)
    stops_at_rollback: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """One named unit of routing, with the share that AI has of it right now.

    is_mirrored: its requests are copies that somebody else's proxy makes: nobody waits for their
    answers, so they are sent to nobody but as `shadow` says, to both variants.
    """

    name: str
    match: Match
    legacy: Upstream
    ai: Upstream
    split: Split
    share: BasisPoints = BasisPoints(0)
    rolled_back: bool = False  # it stands above rules and force
    epoch: int = 0
    revision: int = 0
    fall_back_on_connect: bool = True
    replay_buffer: int = 64 * 1024
    in_flight: InFlight = InFlight.FINISH
    stream_drain: float = 10.0
    holds_on: bool = False  # once there was a lease, AI is asked without one, too
    phase: int = 0
    shadow: Shadow | None = None
    is_mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a second one key may send, and how many at once after a pause."""

    key: Place
    per_second: float
    burst: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may cost. `body` 0 means unlimited, `rate` None no limit.

    buffers: bytes that a worker may hold for all its exchanges together.
    """

    header_bytes: int = 64 * 1024
    header_count: int = 200
    body: int = 0
    header_timeout: float = 10.0
    idle_timeout: float = 75.0
    connections: int = 20_000
    rate: Rate | None = None
    buffers: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HeaderPolicy:
    """Our own header names and who may see which of them.

    expose: any of `variant`, `fallback`, `error`, `revision`. expose_to: CIDRs, empty for everyone.
    """

    prefix: str = "x-gray-"
    expose: tuple[str, ...] = ("variant", "fallback", "error", "revision")
    expose_to: tuple[str, ...] = ()
    request_id: str = "x-request-id"
    request_id_from_any: bool = True


@dataclass(frozen=True, slots=True)
class ListenerTls:
    """What the router shows to clients that speak TLS: PEM texts, the chain and its key."""

    certificate: str
    key: str = field(repr=False)


class AccessLog(enum.StrEnum):
    """Which requests get a line in the access log."""

    OFF = "off"
    ERRORS = "errors"  # what failed, was refused, or was answered by legacy in AI's place
    SAMPLED = "sampled"  # these, and one of a hundred others
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a worker knows. `version` grows with every snapshot of one supervisor."""

    version: int
    services: tuple[Service, ...]
    trusted_proxies: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    headers: HeaderPolicy = field(default_factory=HeaderPolicy)
    drain_timeout: float = 30.0
    tls: ListenerTls | None = None
    access_log: AccessLog = AccessLog.ERRORS
    config_hash: str = ""

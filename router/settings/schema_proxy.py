"""The config's part about clients: `proxy`."""

from typing import Annotated

from pydantic import Field

from router.routing.snapshot import AccessLog as AccessLogWord, Place, PlaceKind
from router.settings.addresses import read_listen
from router.settings.kinds import (
    AccessLog,
    BodyBytes,
    BurstCount,
    Cidr,
    ConnectionCount,
    Duration,
    DurationOrZero,
    Exposed,
    HeaderBytes,
    HeaderCount,
    HeaderName,
    HeldBytes,
    Listen,
    PerSecond,
    RateKey,
    RequestIdOrigin,
    Workers,
)
from router.settings.schema_tls import OwnCertificate
from router.settings.section import Section
from router.settings.written import OneOrMany


class RateSettings(Section):
    """How many requests one caller may send."""

    key: RateKey = Field(
        default=Place(PlaceKind.CLIENT_IP),
        description="What tells callers apart. Requests without such a key are counted by address.",
        examples=["header:x-api-key"],
    )
    per_second: PerSecond = Field(
        description="Requests a second in the long run; beyond it the answer is 429.",
        examples=[50],
    )
    burst: BurstCount = Field(
        default=None,
        description="Requests at once after a pause. Default: `per_second`, at least 1.",
        examples=[100],
    )


class LimitSettings(Section):
    """What one client may cost."""

    header_bytes: HeaderBytes = Field(
        default=64 * 1024,
        description="Bytes of a request's line and headers together; beyond it the answer is 431.",
        examples=["32KiB"],
    )
    header_count: HeaderCount = Field(
        default=200,
        description="Headers of a request; beyond it the answer is 431.",
        examples=[100],
    )
    body: BodyBytes = Field(
        default=None,
        description="Bytes of a request's body; beyond it the answer is 413. "
        "Without it bodies are not limited: they stream and are never held.",
        examples=["1GiB"],
    )
    header_timeout: Duration = Field(
        default=10.0,
        description="Time for a request's headers to arrive; beyond it the answer is 408.",
        examples=["5s"],
    )
    idle_timeout: Duration = Field(
        default=75.0,
        description="Time that a connection may stay open without a request.",
        examples=["2m"],
    )
    connections: ConnectionCount = Field(
        default=20_000,
        description="Clients' connections at once in each worker; beyond it the answer is 503. "
        "Where file descriptors allow fewer, further clients wait.",
        examples=[5000],
    )
    rate: RateSettings | None = Field(
        default=None, description="How many requests one caller may send. Default: any number."
    )


class ListenerTlsSettings(OwnCertificate):
    """TLS towards clients. Both files are read again when they change."""


class HeaderSettings(Section):
    """The router's own headers, and who sees them."""

    prefix: HeaderName = Field(
        default="x-gray-",
        description="Beginning of the router's own header names. All headers that begin so are "
        "removed from requests and from backends' answers.",
        examples=["x-rollout-"],
    )
    expose: tuple[Exposed, ...] = Field(
        default=("variant", "fallback", "error", "revision"),
        description="Which of the router's headers answers carry.",
        examples=[["error"]],
    )
    expose_to: tuple[Cidr, ...] = Field(
        default=(),
        description="Clients that see these headers; everyone where the list is empty.",
        examples=[["10.0.0.0/8"]],
    )


class RequestIdSettings(Section):
    """The name that a request has in all logs."""

    header: HeaderName = Field(
        default="x-request-id",
        description="Header that carries the request's id in both directions.",
        examples=["x-correlation-id"],
    )
    from_: RequestIdOrigin = Field(
        default="any",
        alias="from",
        description="Whose ids are kept: those of `any` client, or of `trusted` proxies alone.",
        examples=["trusted"],
    )


class ProxySettings(Section):
    """How clients reach the router."""

    listen: Annotated[tuple[Listen, ...], Field(min_length=1), OneOrMany()] = Field(
        default=(read_listen("0.0.0.0:8080"),),
        description="Address that clients connect to, or a list of them. Port 0 takes a free one.",
        examples=[["0.0.0.0:8080", "[::]:8080", "unix:/run/gray-router.sock"]],
    )
    workers: Workers = Field(
        default="auto",
        description="Processes that serve requests; `auto` is one for each core that this process "
        "may use, by its affinity and its cgroup's quota.",
        examples=[4],
    )
    tls: ListenerTlsSettings | None = Field(
        default=None, description="TLS towards clients, on all addresses. Default: none."
    )
    trusted_proxies: tuple[Cidr, ...] = Field(
        default=(),
        description="Proxies in front of this one, whose `X-Forwarded-*` headers are believed.",
        examples=[["10.0.0.0/8"]],
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="What one client may cost.")
    buffers: HeldBytes = Field(
        default=64 * 1024 * 1024,
        description="Bytes that a worker may hold for all its requests together: bodies that wait "
        "for a connection to a backend, or that rules and keys look into.",
        examples=["256MiB"],
    )
    headers: HeaderSettings = Field(
        default=HeaderSettings(), description="The router's own headers, and who sees them."
    )
    request_id: RequestIdSettings = Field(
        default=RequestIdSettings(), description="The name that a request has in all logs."
    )
    access_log: AccessLog = Field(
        default=AccessLogWord.ERRORS,
        description="Which requests get a line in the access log: none (`off`), those that failed, "
        "were refused or fell back (`errors`), these and one of a hundred others (`sampled`), or "
        "`all`.",
        examples=["sampled"],
    )
    drain_timeout: DurationOrZero = Field(
        default=30.0,
        description="Time that requests in flight have to finish when the router stops.",
        examples=["10s"],
    )

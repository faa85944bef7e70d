"""The config's parts about the router itself: `proxy` and `admin`."""

from typing import Annotated

from pydantic import Field

from router.settings.addresses import read_listen, read_loopback
from router.settings.kinds import (
    BodyBytes,
    Cidr,
    ConnectionCount,
    Duration,
    DurationOrZero,
    Exposed,
    HeaderBytes,
    HeaderCount,
    HeaderName,
    Listen,
    Loopback,
    RequestIdOrigin,
    Workers,
)
from router.settings.section import Section
from router.settings.written import OneOrMany


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
        description="Clients' connections at once; clamped to what file descriptors allow. "
        "Beyond it the answer is 503.",
        examples=[5000],
    )


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
        examples=[["0.0.0.0:8080", "[::]:8080"]],
    )
    workers: Workers = Field(
        default="auto",
        description="Processes that serve requests. In this version one serves.",
        examples=[1],
    )
    trusted_proxies: tuple[Cidr, ...] = Field(
        default=(),
        description="Proxies in front of this one, whose `X-Forwarded-*` headers are believed.",
        examples=[["10.0.0.0/8"]],
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="What one client may cost.")
    headers: HeaderSettings = Field(
        default=HeaderSettings(), description="The router's own headers, and who sees them."
    )
    request_id: RequestIdSettings = Field(
        default=RequestIdSettings(), description="The name that a request has in all logs."
    )
    drain_timeout: DurationOrZero = Field(
        default=30.0,
        description="Time that requests in flight have to finish when the router stops.",
        examples=["10s"],
    )


class AdminSettings(Section):
    """How operators reach the router."""

    listen: Loopback = Field(
        default=read_loopback("127.0.0.1:9900"),
        description="Address of the admin API, metrics and health; loopback only in this version.",
        examples=["127.0.0.1:9900"],
    )

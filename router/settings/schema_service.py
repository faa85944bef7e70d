"""The config's parts about one service: what belongs to it, who serves it, how it is divided."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from router.model import BasisPoints
from router.settings.certificates import check_pair
from router.settings.kinds import (
    AttemptCount,
    BufferBytes,
    CachePolicy,
    CertificateFileOrNone,
    Cidr,
    ConnectionCount,
    CookieName,
    Duration,
    DurationOrZero,
    EndpointUrl,
    FailureCount,
    FallbackOn,
    HeaderName,
    HeaderValue,
    JsonScalar,
    KeyFileOrNone,
    KeyPlace,
    Percent,
    Pointer,
    ProbeCount,
    ProbePath,
    ServerName,
    ServiceName,
    Switch,
    Text,
    VariantName,
)
from router.settings.kinds_shadow import BodyPlace, PlainHeader
from router.settings.problems import NotAllowedError
from router.settings.schema_compare import CompareSettings
from router.settings.schema_match import MatchSettings
from router.settings.schema_release import ReleaseSettings
from router.settings.schema_shadow import ShadowSettings
from router.settings.section import Section
from router.settings.written import OneOrMany


class PoolSettings(Section):
    """The connections that are kept to each endpoint."""

    max_connections: ConnectionCount = Field(
        default=256,
        description="Connections to all endpoints of the variant at once, for each worker.",
        examples=[64],
    )
    max_pending: ConnectionCount = Field(
        default=512,
        description="Requests that wait for a connection, for each worker; one more is answered "
        "503.",
        examples=[128],
    )
    idle: Duration = Field(
        default=60.0,
        description="Time that an unused connection is kept. Keep it below the backend's own.",
        examples=["20s"],
    )


class RetrySettings(Section):
    """Asking again where that is safe: nothing was sent, or a kept connection had died."""

    attempts: AttemptCount = Field(
        default=2, description="Attempts for one request, the first included.", examples=[1]
    )
    backoff: DurationOrZero = Field(
        default=0.05, description="Pause before the next attempt.", examples=["100ms"]
    )


class HealthSettings(Section):
    """Probes that find out, before a request does, which endpoints work."""

    path: ProbePath = Field(
        description="Path that is asked for by GET; an answer from 200 to 299 is a good one, a "
        "redirect is none.",
        examples=["/healthz"],
    )
    interval: Duration = Field(
        default=5.0, description="Pause between two probes, a tenth more or less.", examples=["10s"]
    )
    timeout: Duration = Field(
        default=2.0,
        description="Time for a probe, from connecting to the answer's end.",
        examples=["1s"],
    )
    healthy_after: ProbeCount = Field(
        default=2, description="Good probes in a row that bring an endpoint back.", examples=[3]
    )
    unhealthy_after: ProbeCount = Field(
        default=3, description="Bad probes in a row that take an endpoint out.", examples=[2]
    )


class EjectionSettings(Section):
    """Leaving out endpoints that fail requests; each worker judges by what it sees itself."""

    consecutive: FailureCount = Field(
        default=5,
        description="Failures in a row that take an endpoint out: no connection, no answer, or "
        "502, 503, 504.",
        examples=[3],
    )
    base: Duration = Field(
        default=30.0,
        description="How long the first time; each further time is longer by as much.",
        examples=["10s"],
    )
    max_percent: Percent = Field(
        default=BasisPoints(5000),
        description="Percent of the variant's endpoints that may be out at once, of those that "
        "are up, rounded down: below 100 a lone endpoint never is. 0 switches ejection off.",
        examples=[30],
    )


class UpstreamTlsSettings(Section):
    """How TLS is spoken to the `https` endpoints."""

    ca: CertificateFileOrNone = Field(
        default=None,
        description="PEM file of the authorities to trust. Default: the system's own.",
        examples=["ca.pem"],
    )
    cert: CertificateFileOrNone = Field(
        default=None,
        description="PEM file of our own certificate, where backends ask for one.",
        examples=["client.pem"],
    )
    key: KeyFileOrNone = Field(
        default=None,
        description="PEM file of its private key, without a password.",
        examples=["client.key"],
    )
    server_name: ServerName = Field(
        default=None,
        description="Name that the certificate must be for, and that SNI carries. Default: the "
        "endpoint's host.",
        examples=["ai.internal"],
    )
    verify: Switch = Field(
        default=True,
        description="Whether the backend's certificate must be valid; `false` trusts whoever "
        "answers.",
        examples=[True],
    )

    @model_validator(mode="after")
    def _is_a_pair(self) -> Self:
        if self.cert is None and self.key is None:
            return self
        if self.cert is None:
            raise NotAllowedError(at="key", fact="needs `cert`, the certificate that it belongs to")
        if self.key is None:
            raise NotAllowedError(at="cert", fact="needs `key`, its private key")
        if self.cert.text:
            check_pair(self.cert.text, self.key.text)
        return self


class ForwardSettings(Section):
    """What a variant is not told, of users' requests and of copies."""

    drop_headers: tuple[PlainHeader, ...] = Field(
        default=(),
        description="Headers that are not passed on.",
        examples=[["cookie", "authorization"]],
    )
    mask: tuple[BodyPlace, ...] = Field(
        default=(),
        description="Places in a JSON body that are hidden. What cannot be masked, since it is no "
        "JSON, encoded, or larger than `fallback.replay_buffer`, is not passed on: for AI it goes "
        "to legacy, for legacy it is refused (415).",
        examples=[["json:/customer/email"]],
    )


class UpstreamSettings(Section):
    """One variant: the addresses that serve it and how they are spoken to."""

    endpoints: Annotated[tuple[EndpointUrl, ...], Field(min_length=1)] = Field(
        description="Addresses of the variant: `http://`, `https://` or `unix:/path`. A request "
        "goes to the less loaded of two random ones.",
        examples=[["http://10.0.0.5:9001", "http://10.0.0.6:9001"]],
    )
    connect_timeout: Duration = Field(
        default=2.0, description="Time to reach an endpoint.", examples=["500ms"]
    )
    first_byte_timeout: Duration = Field(
        default=60.0,
        description="Time from the request's end to the first byte of the answer; beyond it 504.",
        examples=["30s"],
    )
    idle_timeout: Duration = Field(
        default=60.0,
        description="Longest silence within an answer or a tunnel.",
        examples=["5m"],
    )
    pool: PoolSettings = Field(
        default=PoolSettings(), description="The connections that are kept to each endpoint."
    )
    health: HealthSettings | None = Field(
        default=None,
        description="Probes that find out which endpoints work. Default: none; failing requests "
        "tell.",
    )
    ejection: EjectionSettings = Field(
        default=EjectionSettings(), description="Leaving out endpoints that fail requests."
    )
    slow_start: DurationOrZero = Field(
        default=10.0,
        description="Time in which an endpoint that came, or came back, is given its full part.",
        examples=["30s"],
    )
    retry: RetrySettings = Field(
        default=RetrySettings(), description="Asking again, only where nothing can happen twice."
    )
    tls: UpstreamTlsSettings = Field(
        default=UpstreamTlsSettings(), description="How TLS is spoken to the `https` endpoints."
    )
    forward: ForwardSettings = Field(
        default=ForwardSettings(),
        description="What the variant is not told, of users' requests and of copies.",
    )


class CookieSettings(Section):
    """The router's own sticky cookie."""

    name: CookieName = Field(
        default="gray_id", description="Name of the cookie.", examples=["support_id"]
    )
    max_age: Duration = Field(
        default=30 * 86400.0, description="How long clients keep it.", examples=["7d"]
    )


class WhenSettings(Section):
    """What a rule asks of a request; all of it must hold."""

    header: Mapping[HeaderName, HeaderValue] = Field(
        default={}, description="Headers and their values.", examples=[{"x-employee": "true"}]
    )
    cookie: Mapping[CookieName, HeaderValue] = Field(
        default={}, description="Cookies and their values.", examples=[{"beta": "yes"}]
    )
    query: Mapping[Text, HeaderValue] = Field(
        default={}, description="Query parameters and their values.", examples=[{"beta": "1"}]
    )
    json_: Mapping[Pointer, JsonScalar] = Field(
        default={},
        alias="json",
        description="Fields of a JSON body, by JSON pointer, and their values.",
        examples=[{"/contains_contract": True}],
    )
    cidr: tuple[Cidr, ...] = Field(
        default=(), description="Networks of the client.", examples=[["10.9.0.0/16"]]
    )


class RuleSettings(Section):
    """Requests that go to one variant whatever the percentage is."""

    when: WhenSettings = Field(description="What a request must have; all of it.")
    variant: VariantName = Field(
        description="`legacy` keeps such requests off AI, `ai` sends them there.",
        examples=["legacy"],
    )


class ForceSettings(Section):
    """Who may choose the variant by a header."""

    header: HeaderName | None = Field(
        default=None,
        description="Header that names the variant, `legacy` or `ai`. "
        "Default: `proxy.headers.prefix` and `variant`.",
        examples=["x-gray-variant"],
    )
    from_: Annotated[tuple[Cidr, ...], Field(min_length=1)] = Field(
        alias="from", description="Networks of those who may.", examples=[["10.9.0.0/16"]]
    )


class SplitSettings(Section):
    """How a service's requests are divided between legacy and AI."""

    key: Annotated[tuple[KeyPlace, ...], OneOrMany()] = Field(
        default=(),
        description="Where the caller's identity stands; the first place that has one counts. "
        "Without it each request is divided by chance.",
        examples=[["header:x-user-id", "cookie:session", "json:/user/id", "client_ip"]],
    )
    salt: Text | None = Field(
        default=None,
        description="Text that is hashed with the key; services with the same salt divide callers "
        "alike. Default: the service's name.",
        examples=["support-2026"],
    )
    cookie: CookieSettings | None = Field(
        default=None,
        description="An opaque random id for those who bring no key. `{}` switches it on.",
        examples=[{"name": "gray_id", "max_age": "30d"}],
    )
    rules: tuple[RuleSettings, ...] = Field(
        default=(),
        description="Requests that go to one variant whatever the percentage is. "
        "Rules for legacy come before `force`, rules for AI after it.",
    )
    force: ForceSettings | None = Field(
        default=None, description="Who may choose the variant by a header."
    )
    cache: CachePolicy = Field(
        default=None,
        description="`private` keeps shared caches from storing one variant's answers for "
        "everyone; `off` leaves answers as they are.",
        examples=["private"],
    )


class FallbackSettings(Section):
    """When legacy answers in AI's place."""

    on: tuple[FallbackOn, ...] = Field(
        default=("connect",),
        description="`connect`: AI could not be reached, so no byte of the request was sent. "
        "`[]` switches it off.",
        examples=[[]],
    )
    replay_buffer: BufferBytes = Field(
        default=64 * 1024,
        description="Bytes of a body that are held to be sent again, or to find a `json:` key in.",
        examples=["256KiB"],
    )


class ServiceSettings(Section):
    """One named unit of routing."""

    name: ServiceName = Field(
        description="Name of the service in URLs, metrics and commands.", examples=["support"]
    )
    match: MatchSettings = Field(
        default=MatchSettings(),
        description="Which requests belong to the service; without it all. The most specific "
        "service wins.",
    )
    legacy: UpstreamSettings = Field(description="What serves today.")
    ai: UpstreamSettings = Field(description="What shall serve.")
    split: SplitSettings = Field(
        default=SplitSettings(), description="How requests are divided between the two."
    )
    release: ReleaseSettings = Field(
        default=ReleaseSettings(), description="The plan by which AI's share grows."
    )
    fallback: FallbackSettings = Field(
        default=FallbackSettings(), description="When legacy answers in AI's place."
    )
    shadow: ShadowSettings | None = Field(
        default=None,
        description="Requests that are also sent to who does not serve them. Default: none.",
    )
    compare: CompareSettings = Field(
        default=CompareSettings(),
        description="When two answers say the same, and what is kept of it.",
    )

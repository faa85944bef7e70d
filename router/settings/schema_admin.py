"""The config's part about operators: where they come in, who they are, and who is told."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from router.settings.addresses import read_listen
from router.settings.destinations import host_of, is_inward
from router.settings.kinds import (
    CertificateFileOrNone,
    Cidr,
    HeaderName,
    Listen,
    ServiceName,
    Switch,
)
from router.settings.kinds_control import (
    CallerName,
    Digest,
    RoleName,
    Secret,
    WebhookEvent,
    WebhookUrl,
)
from router.settings.problems import NotAllowedError
from router.settings.schema_tls import OwnCertificate
from router.settings.section import Section


class TokenSettings(Section):
    """One person or robot: a name for the audit log, and what it may do."""

    name: CallerName = Field(
        description="Who it is, in the audit log and for approvals. A name of its own: a person "
        "or a robot, no team.",
        examples=["first.last"],
    )
    role: RoleName = Field(
        description="What it may do. `viewer` reads, `writer` reports outcomes, `reviewer` reads "
        "contents too, `operator` reads, writes and moves releases, `admin` may do everything.",
        examples=["operator"],
    )
    sha256: Digest = Field(
        default=None,
        repr=False,
        description="SHA-256 of its token, in hex. Only who is named by `admin.identity` alone "
        "needs none.",
        examples=["8c7dd922ad47494fc02c388e12c00eac278d5a4f0d4ba7b4b7e5b1c9e0e3f7a1"],
    )
    services: Annotated[tuple[ServiceName, ...], Field(min_length=1)] = Field(
        default=(),
        description="Services that it may see and command. Default: all.",
        examples=[["support"]],
    )


class IdentitySettings(Section):
    """Callers whom a proxy in front of the admin API has signed in."""

    header: HeaderName = Field(
        description="Header in which the proxy names the caller: one of `admin.tokens`, which "
        "give the role. The proxy has to set it, whatever a client sent.",
        examples=["x-forwarded-user"],
    )
    from_: Annotated[tuple[Cidr, ...], Field(min_length=1)] = Field(
        alias="from",
        description="Networks of the proxies that are believed; nobody else's header is.",
        examples=[["10.0.0.7/32"]],
    )


class AdminTlsSettings(OwnCertificate):
    """TLS towards operators. Certificate and key are read again when they change."""

    client_ca: CertificateFileOrNone = Field(
        default=None,
        description="PEM file of authorities: only who shows a certificate of one of them may "
        "connect. Default: anyone may.",
        examples=["ca.pem"],
    )


class WebhookSettings(Section):
    """Somebody who is told what happens to releases."""

    url: WebhookUrl = Field(
        repr=False,
        description="Where to post. Loopback, link-local and clouds' metadata addresses are "
        "refused, also where a name leads to one.",
        examples=["https://chat.example.com/hook"],
    )
    secret: Secret = Field(
        repr=False,
        description="Key of the signature by which the receiver knows us.",
        examples=["${HOOK_SECRET:-only-an-example-take-your-own}"],
    )
    events: Annotated[tuple[WebhookEvent, ...], Field(min_length=1)] = Field(
        default=("release", "rollback", "alert"),
        description="What is posted: changes of a `release`, each `rollback`, an `alert`.",
        examples=[["rollback"]],
    )
    allow_private: Switch = Field(
        default=False,
        description="Whether `url` may lead to this machine or its link after all.",
        examples=[False],
    )

    @model_validator(mode="after")
    def _leads_outward(self) -> Self:
        if is_inward(host_of(self.url)) and not self.allow_private:
            allowed = "another machine's address, or `allow_private: true` beside it"
            raise NotAllowedError(at="url", allowed=allowed)
        return self


class AdminSettings(Section):
    """How operators reach the router."""

    listen: Listen = Field(
        default=read_listen("127.0.0.1:9900"),
        description="Address of the admin API, page, metrics and health. Without `tokens` only "
        "loopback or a Unix socket.",
        examples=["127.0.0.1:9900"],
    )
    health: Listen | None = Field(
        default=None,
        description="Address for `/livez`, `/readyz` and `/metrics` alone, without tokens. "
        "Default: none; `listen` has them too.",
        examples=["0.0.0.0:9901"],
    )
    tls: AdminTlsSettings | None = Field(
        default=None, description="TLS on `admin.listen`. Default: none."
    )
    tokens: tuple[TokenSettings, ...] = Field(
        default=(),
        description="Persons and robots that may ask, each with a role. Where there are none, "
        "whoever can connect may see and move releases.",
    )
    identity: IdentitySettings | None = Field(
        default=None,
        description="Callers whom a proxy in front has signed in. Default: none. It needs "
        "`tokens`.",
    )
    insecure: Switch = Field(
        default=False,
        description="The operator's word that `listen` may be open without tokens, as behind a "
        "network policy.",
        examples=[False],
    )
    webhooks: tuple[WebhookSettings, ...] = Field(
        default=(), description="Who is told what happens to releases, by signed posts."
    )

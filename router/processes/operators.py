"""Who may command and who is told, from the config's words into those of the control plane.

Other replicas are told, too, and may command one thing.
"""

import ipaddress

from router.control.api.access import Access, Identity, Role, Token
from router.control.encryption import GuardedTls
from router.control.fleet.peers import Peering
from router.control.webhook_post import Hook
from router.settings.admin_conflicts import is_local
from router.settings.schema_admin import (
    AdminSettings,
    AdminTlsSettings,
    IdentitySettings,
    TokenSettings,
)
from router.settings.schema_replica import PeerTlsSettings, ReplicaSettings


def access_of(admin: AdminSettings) -> Access:
    """Say who may use the admin API, and for what."""
    return Access(
        tokens=tuple(_token(token) for token in admin.tokens),
        identity=_identity(admin.identity),
        is_loopback=is_local(admin.listen),
        is_insecure=admin.insecure,
    )


def tls_of(admin: AdminSettings) -> GuardedTls | None:
    """Say how the admin API is encrypted."""
    return _guarded(admin.tls)


def peering_of(replica: ReplicaSettings) -> Peering:
    """Say how other replicas are reached, and how they reach this one."""
    return Peering(
        listen=replica.listen,
        advertise=replica.advertise or "",
        tls=_guarded(replica.tls),
        secret=replica.secret or "",
    )


def hooks_of(admin: AdminSettings) -> tuple[Hook, ...]:
    """Say who is told what happens to releases."""
    return tuple(
        Hook(hook.url, hook.secret, frozenset(hook.events), hook.allow_private)
        for hook in admin.webhooks
    )


def _guarded(tls: AdminTlsSettings | PeerTlsSettings | None) -> GuardedTls | None:
    if tls is None:
        return None
    authority = tls.client_ca
    return GuardedTls(tls.cert.text, tls.key.text, authority.text if authority else "")


def _token(token: TokenSettings) -> Token:
    # Who has none of his own is named by a proxy: no text has an empty digest.
    services = frozenset(token.services) if token.services else None
    return Token(token.name, Role(token.role), token.sha256 or "", services)


def _identity(identity: IdentitySettings | None) -> Identity | None:
    if identity is None:
        return None
    return Identity(identity.header, tuple(ipaddress.ip_network(net) for net in identity.from_))

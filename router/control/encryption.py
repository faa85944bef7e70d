"""TLS on a listener of ours; with `client_ca` only who shows a certificate may connect at all.

Such a certificate says who may speak to us, not who speaks: that is what tokens are for.
"""

import ssl
from dataclasses import dataclass, field

from router.routing.snapshot import ListenerTls
from router.tls import load_own, server_context


@dataclass(frozen=True, slots=True)
class GuardedTls:
    """PEM texts. client_ca: the authorities of those who may connect; empty for anybody."""

    certificate: str
    key: str = field(repr=False)
    client_ca: str = ""


def context_of(tls: GuardedTls) -> ssl.SSLContext:
    """Return the context of the listener."""
    context = server_context(ListenerTls(tls.certificate, tls.key))
    if tls.client_ca:
        context.load_verify_locations(cadata=tls.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def renew(context: ssl.SSLContext, tls: GuardedTls) -> None:
    """Show this certificate to whoever connects from now on; who may connect stays the same."""
    load_own(context, tls.certificate, tls.key)

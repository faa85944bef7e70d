"""How TLS is spoken: to backends, the same for requests and for probes, and to clients.

Keys come as PEM texts and never touch a disk: OpenSSL reads a certificate's chain from files alone,
so it is shown one that exists in memory only.
"""

import os
import ssl
from typing import Final

from router.routing.snapshot import ListenerTls, UpstreamTls

ALPN: Final = ("http/1.1",)


def client_context(tls: UpstreamTls) -> ssl.SSLContext:
    """Return the context for one variant's `https` endpoints; raise `ssl.SSLError` for bad PEM."""
    context = ssl.create_default_context(cadata=tls.ca or None)
    context.set_alpn_protocols(ALPN)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate:
        load_own(context, tls.certificate, tls.key)
    return context


def server_context(tls: ListenerTls) -> ssl.SSLContext:
    """Return the context for our listeners: TLS 1.2 and later, HTTP/1.1 alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(ALPN)
    load_own(context, tls.certificate, tls.key)
    return context


def load_own(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Let ``context`` show this certificate: its chain and its key, as PEM texts."""
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{certificate}\n{key}\n")
        file.flush()
        # A key that wants a password would be asked for it on the terminal.
        context.load_cert_chain(f"/proc/self/fd/{descriptor}", password="")

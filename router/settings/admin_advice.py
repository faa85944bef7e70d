"""What is allowed about operators and still leaves somebody unprotected, or without a say."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from router.settings.admin_conflicts import is_local
from router.settings.destinations import is_inward
from router.settings.document import Document
from router.settings.problems import Problem
from router.settings.schema import Settings
from router.settings.schema_admin import AdminSettings
from router.settings.schema_service import ServiceSettings
from router.settings.store_url import MEMORY, redis_of

_MAY_RAISE: Final = ("operator", "admin")
_WIDE: Final = 64
"""Addresses; more than one proxy's subnet, and more machines than anybody oversees."""


def admin_advice(settings: Settings, document: Document) -> Iterator[Problem]:
    """Return all of it."""
    yield from _on_doors(settings.admin, document)
    yield from _on_proxies(settings.admin, document)
    yield from _on_secrets(settings.admin, document)
    for index, service in enumerate(settings.services):
        yield from _on_approvals(settings.admin, service, index, document)
    if settings.store.url == MEMORY:
        text = "forgets releases and the audit log whenever the router stops"
        yield document.problem(("store", "url"), text)
    yield from _on_redis(settings.store.url, document)


def _on_redis(url: str, document: Document) -> Iterator[Problem]:
    address = redis_of(url)
    if address is None or address.tls is not None:
        return
    if not all(is_inward(host) for host, _ in address.hosts):
        text = "without TLS: whoever is on the way reads the password, and may move releases"
        yield document.problem(("store", "url"), text)


def _on_doors(admin: AdminSettings, document: Document) -> Iterator[Problem]:
    if is_local(admin.listen):
        return
    if not admin.tokens:
        text = "whoever reaches admin.listen may move releases, and is nobody in the audit log"
        yield document.problem(("admin", "insecure"), text)
    elif admin.tls is None:
        text = "tokens pass in clear text: with admin.tls nobody on the way can read them"
        yield document.problem(("admin", "listen"), text)


def _on_proxies(admin: AdminSettings, document: Document) -> Iterator[Problem]:
    for index, network in enumerate(admin.identity.from_ if admin.identity else ()):
        if ipaddress.ip_network(network).num_addresses > _WIDE:
            text = "wide: whoever connects from there is whoever the header says"
            yield document.problem(("admin", "identity", "from", index), text)


def _on_secrets(admin: AdminSettings, document: Document) -> Iterator[Problem]:
    for index, hook in enumerate(admin.webhooks):
        if hook.url.startswith("http:"):
            text = "http: whoever is on the way reads what is posted"
            yield document.problem(("admin", "webhooks", index, "url"), text)


def _on_approvals(
    admin: AdminSettings, service: ServiceSettings, index: int, document: Document
) -> Iterator[Problem]:
    """Warn where nobody is left to say yes."""
    may = sum(
        token.role in _MAY_RAISE and (not token.services or service.name in token.services)
        for token in admin.tokens
    )
    if may < service.release.approvals and service.release.approvals > 1:
        text = (
            f"{may or 'none'} of admin.tokens may raise this service, so no raise is ever approved"
        )
        yield document.problem(("services", index, "release", "approvals"), text)

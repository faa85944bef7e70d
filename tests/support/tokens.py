"""Tokens for tests of the admin API, and what the config would say of them."""

import hashlib
from collections.abc import Iterable
from ipaddress import ip_network

from router.control.api.access import Access, Identity, Role, Token

LOOPBACK = Identity("x-forwarded-user", (ip_network("127.0.0.0/8"),))
"""A proxy on this machine that says who asks."""


def token(name: str) -> str:
    """Return somebody's token."""
    return f"the-token-of-{name}"


def entry(name: str, role: Role, services: Iterable[str] | None = None) -> Token:
    """Return what the config says of somebody."""
    return Token(
        name,
        role,
        hashlib.sha256(token(name).encode()).hexdigest(),
        None if services is None else frozenset(services),
    )


def bearer(name: str) -> dict[str, str]:
    """Return the header by which somebody shows his token."""
    return {"Authorization": f"Bearer {token(name)}"}


EVERYBODY = Access(
    (
        *(entry(role, role) for role in Role),
        *(entry(f"{role}.orders", role, ["orders"]) for role in Role),
        entry("nobody", Role.ADMIN, []),
    )
)
"""One for each role, named after it; one more that is limited to `orders`."""

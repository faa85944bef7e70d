"""Who may use the admin API, and for what: roles, tokens, identities; what the config says of them.

Rules of residence:
1. No request and no clock here: from what a request brings along to who asks is `guard`'s way.
2. A token is known by its SHA-256 alone, and nothing here can be printed with one in it.
"""

import enum
import hashlib
import hmac
import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from router.control.caller import Caller

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Role(enum.StrEnum):
    """What somebody may do; `INCLUDES` says which roles hold others."""

    VIEWER = "viewer"
    WRITER = "writer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        """Say whether whoever has this role may do what takes the other."""
        return needed is self or needed in INCLUDES[self]


INCLUDES: Final[Mapping[Role, frozenset[Role]]] = {
    Role.VIEWER: frozenset(),
    Role.WRITER: frozenset(),
    Role.REVIEWER: frozenset({Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.VIEWER, Role.WRITER}),
    Role.ADMIN: frozenset(Role),
}


@dataclass(frozen=True, slots=True)
class Token:
    """A person or a robot.

    sha256: the token's digest in hex; empty for whoever comes through a proxy alone. services: None
    for all of them.
    """

    name: str
    role: Role
    sha256: str = field(repr=False)
    services: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A proxy signs people in: `header` names one, where the peer is in one of the `networks`."""

    header: str
    networks: tuple[Network, ...]

    def trusts(self, peer: str) -> bool:
        """Say whether ``peer`` may name who asks; nobody does through a Unix socket."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Access:
    """What the config says. Without tokens there is one caller: this machine.

    is_loopback: only this machine gets to where the admin API listens. is_insecure: the operator's
    word that whoever gets there may be taken for this machine.
    """

    tokens: tuple[Token, ...] = ()
    identity: Identity | None = None
    is_loopback: bool = True
    is_insecure: bool = False

    def holder(self, token: str) -> Token | None:
        """Return whose token this is.

        Every digest is compared, and each of them to its end: how long it takes says nothing.
        """
        digest = hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest().encode()
        found = None
        for known in self.tokens:
            if hmac.compare_digest(known.sha256.lower().encode(), digest):
                found = known
        return found

    def named(self, name: str) -> Token | None:
        """Return the entry of somebody by his name."""
        return next((known for known in self.tokens if known.name == name), None)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and what he may. services: None for all of them."""

    caller: Caller
    role: Role
    services: frozenset[str] | None = None

    def may_see(self, service: str) -> bool:
        return self.services is None or service in self.services

    def seen(self, services: Collection[str]) -> tuple[str, ...]:
        """Return those of the ``services`` that he may see, in their order."""
        return tuple(service for service in services if self.may_see(service))

"""Where the router may be told to send something by itself, and where never.

Whoever may write a URL into a config, or has a name's records, could otherwise make the router ask
what only this machine can reach: its own services, and the cloud's metadata with their credentials.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from router.settings.addresses import PORTS, read_authority
from router.settings.problems import NotAllowedError
from router.settings.words import read_text

METADATA: Final = frozenset(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)
"""Clouds' addresses for a machine's own credentials that are not link-local, as the others are."""

NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""Where a gateway translates (RFC 6052)."""


def read_webhook_url(value: object) -> str:
    """Read an http or https URL without a user; its path may be a secret of its own."""
    text = read_text(value)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise NotAllowedError
    try:
        parts = urlsplit(text)
    except ValueError:
        raise NotAllowedError from None
    if parts.scheme not in PORTS or parts.fragment:
        raise NotAllowedError
    read_authority(parts.netloc, PORTS[parts.scheme])
    return text


def host_of(url: str) -> str:
    """Return the host of a URL that was read, without brackets."""
    return urlsplit(url).hostname or ""


def is_inward(host: str) -> bool:
    """Say whether a host is this machine, its link, or the cloud's word about it.

    A name that leads there is found out when it is looked up, each time.
    """
    name = host.lower().removesuffix(".")
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    if isinstance(address, ipaddress.IPv6Address) and (within := _within(address)) is not None:
        address = within
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address in METADATA
    )


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that whoever carries a packet to this one would deliver it to."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour

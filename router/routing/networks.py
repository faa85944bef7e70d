"""Is an address in one of these networks?

An IPv4 address mapped into IPv6 (`::ffff:10.0.0.7`, which a dual-stack listener reports) is the
IPv4 address: otherwise `10.0.0.0/8` would not hold for half of the listeners.
"""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_MAPPED_PREFIX: Final = 96
REMEMBERED: Final = 4096
"""Verdicts kept: parsing an address costs 2 µs, looking one up 0.04. A flood of addresses costs
that time, never memory."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def parse_address(text: bytes) -> Address | None:
    """Read an address, without zone and unmapped; None where it is none."""
    try:
        address = ip_address(text.decode("ascii").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parse_network(cidr: str) -> Network:
    """Read a network or a single address, host bits forgiven; raise ValueError where it is none."""
    network = ip_network(cidr, strict=False)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX))
    return network


class Networks:
    """A fixed set of networks; `hold` tells whether one of them holds an address given as text."""

    __slots__ = ("_networks", "hold")

    def __init__(self, cidrs: tuple[str, ...]) -> None:
        self._networks = tuple(parse_network(cidr) for cidr in cidrs)
        self.hold: Callable[[bytes], bool] = lru_cache(REMEMBERED)(self._look)

    def _look(self, text: bytes) -> bool:
        address = parse_address(text)
        return address is not None and any(address in network for network in self._networks)

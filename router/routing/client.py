"""Who is the caller? The peer, or whom trusted proxies name in `X-Forwarded-For`.

Every proxy appends the address that it saw, so only the right end of the list is worth anything:
what stands left of the first untrusted address was written by that caller, and may be a lie.
"""

import re
from functools import lru_cache
from typing import Final

from router.routing.networks import REMEMBERED, Networks, parse_address

_WITH_PORT: Final = re.compile(rb"(?:\[([0-9A-Fa-f:.%]+)\]|([0-9.]+))(?::[0-9]{1,5})?")


class TrustedProxies:
    """The proxies in front of us whose word counts."""

    __slots__ = ("_networks",)

    def __init__(self, cidrs: tuple[str, ...]) -> None:
        self._networks = Networks(cidrs)

    def trusts(self, address: bytes) -> bool:
        return self._networks.hold(address)

    def client(self, peer: bytes, forwarded_for: list[bytes]) -> bytes:
        """Return the caller's address in its canonical spelling.

        `forwarded_for` holds the values of all `X-Forwarded-For` fields in order. If all are
        trusted, the leftmost is the caller. An entry that is no address ends the walk: whoever
        wrote it is the last of whom we know.
        """
        client = canonical(peer)
        if forwarded_for and self.trusts(client):
            for entry in reversed(b",".join(forwarded_for).split(b",")):
                address = _address_in(entry)
                if address is None:
                    break
                client = address
                if not self.trusts(client):
                    break
        return client


def canonical(address: bytes) -> bytes:
    """One spelling for one address; a peer without an address (a Unix socket) stays as it is.

    Sockets write IPv4 in one way only; of IPv6 they may add a zone or map an IPv4 address.
    """
    if b":" not in address:
        return address
    parsed = parse_address(address)
    return address if parsed is None else str(parsed).encode()


@lru_cache(REMEMBERED)
def _address_in(entry: bytes) -> bytes | None:
    text = entry.strip(b" \t")
    with_port = _WITH_PORT.fullmatch(text)
    if with_port is not None:
        text = with_port[1] or with_port[2]
    parsed = parse_address(text)
    return None if parsed is None else str(parsed).encode()

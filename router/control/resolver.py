"""Names to addresses, by the system's own resolver, beside the event loop."""

import socket
from collections.abc import Sequence
from typing import Any, Final

from router.control.threads import in_thread

_ANY_PORT: Final = 9


async def resolve(host: str) -> Sequence[str]:
    """Return the addresses of ``host`` in the system's order; raise OSError or UnicodeError.

    Each question has a thread of its own: one that waits for a dead name server holds up neither
    other names nor the router's end.
    """
    return await in_thread(lambda: _addresses(host), "lookup")


def _addresses(host: str) -> list[str]:
    """Leave out what this machine has no route to, IPv6 where there is none, if anything is left.

    The resolver's own way to do so, AI_ADDRCONFIG, forgets ::1 on machines without IPv6 networks.
    """
    answers = socket.getaddrinfo(host, _ANY_PORT, type=socket.SOCK_STREAM)
    reachable = [answer for answer in answers if _has_route(answer[0], answer[4])]
    return [address_text(family, at) for family, _, _, _, at in reachable or answers]


def _has_route(family: int, address: Any) -> bool:
    """Say whether the kernel knows a way; connecting a datagram socket sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect(address)
    except OSError:
        return False
    return True


def address_text(family: int, address: Any) -> str:
    """Write an address so that it can be connected to: a link-local one needs its interface."""
    if family == socket.AF_INET6 and address[3]:
        return f"{address[0]}%{socket.if_indextoname(address[3])}"
    return str(address[0])

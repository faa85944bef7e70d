"""The listening sockets: bound here once, so that they outlive any worker."""

import contextlib
import errno
import socket
from dataclasses import dataclass
from typing import Final

from router.errors import ListenError

BACKLOG: Final = 4096
"""Connections that may wait for a worker; the kernel's `net.core.somaxconn` caps it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 lets the kernel choose."""

    host: str
    port: int

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.host

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if self.is_ipv6 else f"{self.host}:{self.port}"


def listen(address: Address, setting: str) -> socket.socket:
    """Return a listening socket on ``address``, or raise and name the ``setting`` to change."""
    try:
        if address.port:
            _refuse_to_share(address)
        bound = _bound(address, share=True)
        bound.listen(BACKLOG)
    except OSError as error:
        raise ListenError(f"{setting}: cannot listen on {address}: {_why(error)}") from error
    return bound


def local_address(listener: socket.socket) -> Address:
    """Return where ``listener`` really listens."""
    host, port = listener.getsockname()[:2]
    return Address(host, port)


def _refuse_to_share(address: Address) -> None:
    """Fail if anybody listens there already.

    SO_REUSEPORT, which several workers need, would let a second router of the same user take a part
    of the first one's connections, and nobody would notice. A bind without it fails.
    """
    with contextlib.closing(_bound(address, share=False)):
        return


def _bound(address: Address, *, share: bool) -> socket.socket:
    family = socket.AF_INET6 if address.is_ipv6 else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if address.is_ipv6:
            # `0.0.0.0:8080` and `[::]:8080` can then be listed side by side.
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address.host, address.port))
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _why(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "another process listens there already"
        case errno.EACCES:
            return "this user may not; ports below 1024 need CAP_NET_BIND_SERVICE"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
        case _:
            return error.strerror or str(error)

"""One listening socket: bound here, so that it outlives any worker."""

import contextlib
import ctypes
import errno
import os
import socket
import stat
import struct
from pathlib import Path
from typing import Final

from router.errors import ListenError
from router.model import Address
from router.wire.handover import QUEUE

UNIX_MODE: Final = 0o660
"""Who may connect to a Unix socket: our user and our group."""


def listen(address: Address, setting: str, *, joins: bool = False) -> socket.socket:
    """Return a listening socket on ``address``, or raise and name the ``setting`` to change.

    joins: beside sockets of our own that listen there already. It is bound, and whoever accepts on
    it lets it listen: until then the kernel would put a part of all clients into a queue that
    nobody looks at.
    """
    try:
        if address.is_unix:
            return _listen_at_path(address)
        if address.port and not joins:
            _refuse_to_share(address)
        bound = _bound(address, share=True)
        if not joins:
            bound.listen(QUEUE)
    except OSError as error:
        raise ListenError(
            f"{setting}: cannot listen on {address.authority}: {_why(error)}"
        ) from error
    return bound


def local_address(listener: socket.socket) -> Address:
    """Return where ``listener`` really listens."""
    if listener.family == socket.AF_UNIX:
        return Address(str(listener.getsockname()), 0)
    host, port = listener.getsockname()[:2]
    return Address(host, port)


def resolved(address: Address) -> Address:
    """Return the address with its host as a number, as the kernel will report it."""
    if address.is_unix:
        return address
    try:
        found = socket.getaddrinfo(
            address.host, address.port, family=_family(address), type=socket.SOCK_STREAM
        )
    except OSError:
        return address  # whoever binds it says why
    return Address(str(found[0][4][0]), address.port)


def stop_newcomers(listener: socket.socket) -> None:
    """Let nobody new into the queue; who is in it, or halfway, can still be accepted.

    Closing a TCP listener resets whoever its queue holds at that moment, and there is always one
    more between the last look and the close. A filter that drops SYN segments ends that: those
    clients try again a second later, when the address is somebody else's, or refuses.
    """
    if listener.family == socket.AF_UNIX:
        with contextlib.suppress(FileNotFoundError):
            Path(listener.getsockname()).unlink()
        return
    program = ctypes.create_string_buffer(_NO_SYN)
    filter_of = struct.pack("HP", len(_NO_SYN) // _INSTRUCTION.size, ctypes.addressof(program))
    with contextlib.suppress(OSError):  # a sandbox without filters: then the queue is all we save
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filter_of)


_SO_ATTACH_FILTER: Final = 26  # socket(7)
_INSTRUCTION: Final = struct.Struct("HBBI")
_FLAGS_AT: Final = 13  # a filter of a TCP socket sees the segment from its header on: RFC 9293, 3.1
_SYN: Final = 2
_WHOLE: Final = 0xFFFFFFFF
_NO_SYN: Final = b"".join(
    _INSTRUCTION.pack(*fields)
    for fields in (
        (0x30, 0, 0, _FLAGS_AT),  # load the byte of flags
        (0x45, 0, 1, _SYN),  # is SYN set? If not, skip one
        (0x06, 0, 0, 0),  # keep nothing
        (0x06, 0, 0, _WHOLE),  # keep all
    )
)


def _listen_at_path(address: Address) -> socket.socket:
    path = Path(address.host)
    bound = socket.socket(socket.AF_UNIX)
    try:
        _remove_stale(path)
        bound.bind(address.host)
        path.chmod(UNIX_MODE)
        bound.listen(QUEUE)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens on: who was killed left it behind."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise OSError(errno.EEXIST, "there is a file that is no socket")
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(BlockingIOError):
            probe.setblocking(False)  # a queue that is full would keep us waiting
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def _refuse_to_share(address: Address) -> None:
    """Fail if anybody listens there already.

    SO_REUSEPORT, which several workers need, would let a second router of the same user take a part
    of the first one's connections, and nobody would notice. A bind without it fails.
    """
    with contextlib.closing(_bound(address, share=False)):
        return


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if address.is_ipv6 else socket.AF_INET


def _bound(address: Address, *, share: bool) -> socket.socket:
    bound = socket.socket(_family(address), socket.SOCK_STREAM)
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

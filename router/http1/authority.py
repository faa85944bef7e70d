"""Is this a host, and do two of them mean the same?"""

import re
from ipaddress import IPv6Address
from typing import Final

from router.errors import MalformedMessageError
from router.http1.memory import Memory

_AUTHORITY: Final = re.compile(
    rb"([A-Za-z0-9_][A-Za-z0-9._~-]{0,254}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{0,5}))?"
)
LARGEST_PORT: Final = 65_535

_hosts: Final = Memory[bytes](1024)

_MIRRORED: Final = b"-shadow"


def host_of(authority: bytes) -> bytes:
    """Return the lower-case host of a Host field or an absolute-form, without its port.

    Raises:
        MalformedMessageError: it is empty, a list, has user information, or is no host at all.
    """
    return _hosts.young.get(authority) or _hosts.recall(authority) or _read(authority)


def _read(authority: bytes) -> bytes:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise MalformedMessageError("Host is not one valid host")
    host = found.group(1).lower()
    if int(found.group(2) or b"0") > LARGEST_PORT or not _is_literal(host):
        raise MalformedMessageError("Host is not one valid host")
    _hosts.remember(authority, host)
    return host


def agrees(one: bytes, other: bytes) -> bool:
    """Tell whether two valid authorities name the same host and port; 80 is what none means."""
    return _normal(one) == _normal(other)


def _normal(authority: bytes) -> tuple[bytes, bytes]:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return authority, b""
    return found.group(1).lower(), found.group(2) or b"80"


def _is_literal(host: bytes) -> bool:
    if not host.startswith(b"["):
        return True
    try:
        IPv6Address(host[1:-1].decode())
    except ValueError:
        return False
    return True


def without_mirror_suffix(authority: bytes) -> bytes:
    """Undo what Envoy does to `Host` where it mirrors: `a-shadow:80` was `a:80`.

    An address keeps its form there.
    """
    host, colon, port = authority.partition(b":")
    return host.removesuffix(_MIRRORED) + colon + port

"""How addresses, hosts and networks are written in a config: from YAML data to what they mean.

Each reader raises `NotAllowedError` for what it cannot read, if possible with what
was probably meant.
"""

import ipaddress
import re
from typing import Final

from router.model import Address
from router.routing.snapshot import Endpoint
from router.settings.problems import NotAllowedError
from router.settings.words import read_text

LAST_PORT: Final = 65535
LONGEST_SOCKET_PATH: Final = 107
"""Bytes that fit into `sockaddr_un` of Linux beside the final zero."""

PORTS: Final = {"http": 80, "https": 443}
"""Where a URL without a port leads."""

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]*", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]/@]*)):(?P<port>[0-9]{1,5})")


def read_listen(value: object) -> Address:
    """Turn `0.0.0.0:8080`, `[::]:8080` or `unix:/run/x.sock` into an address."""
    if isinstance(value, str) and value.startswith("unix:"):
        return Address(_socket_path(value), 0)
    return _read_tcp(value)


def _read_tcp(value: object) -> Address:
    if isinstance(value, int) and not isinstance(value, bool):
        raise NotAllowedError(suggestion=f"0.0.0.0:{value}")
    text = read_text(value)
    if re.fullmatch(r"\*?:[0-9]+", text):
        raise NotAllowedError(suggestion=f"0.0.0.0:{text.rpartition(':')[2]}")
    return _address(text)


def read_endpoint(value: object) -> Endpoint:
    """Turn `https://10.0.0.5:9001` or `unix:/run/x.sock` into an endpoint.

    Without a port it is 80, with TLS 443.
    """
    text = read_text(value)
    if text.startswith("unix:"):
        return Endpoint(_socket_path(text), 0)
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise NotAllowedError(suggestion=f"http://{text}" if _ADDRESS.fullmatch(text) else None)
    if scheme not in PORTS:
        meant = scheme.lower()
        raise NotAllowedError(suggestion=f"{meant}://{rest}" if meant in PORTS else None)
    address = read_authority(rest.removesuffix("/"), PORTS[scheme])
    return Endpoint(address.host, address.port, is_tls=scheme == "https")


def read_peer_url(value: object) -> str:
    """Read where other replicas reach this one: scheme, host and port, and nothing else."""
    text = read_text(value).removesuffix("/")
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise NotAllowedError(suggestion=f"http://{text}" if _ADDRESS.fullmatch(text) else None)
    if scheme not in PORTS:
        raise NotAllowedError
    address = read_authority(rest, 0)
    if is_wildcard(address.host):
        raise NotAllowedError(detail="the address of one machine, as others reach it")
    return f"{scheme}://{address.authority}"


def read_authority(place: str, default_port: int) -> Address:
    """Read the part of a URL that names host and port."""
    if "/" in place or "?" in place or "#" in place:
        raise NotAllowedError(detail="without a path: the request's own is passed on")
    if "@" in place:
        raise NotAllowedError(detail="without user or password")
    has_port = re.search(r":[0-9]*$", place) is not None and not place.endswith("]")
    address = _address(place if has_port else f"{place}:{default_port}")
    if not address.port:
        raise NotAllowedError(detail=f"port 1 to {LAST_PORT}")
    return address


def read_cidr(value: object) -> str:
    """Turn `10.0.0.0/8` or `::1` into a network as ipaddress writes it."""
    text = read_text(value)
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        meant = str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise NotAllowedError from None
    raise NotAllowedError(suggestion=meant, detail="without bits behind the prefix length")


def read_host(value: object) -> str:
    """Read a name that clients put into `Host`: exact, or `*.` before a domain."""
    text = read_text(value).lower().removesuffix(".")
    if text == "*":
        raise NotAllowedError(detail="leave `hosts` out to accept every host")
    if "/" in text or re.search(r"[^:]:[0-9]+$", text):
        bare = re.sub(r":[0-9]+$", "", text.rpartition("//")[2].partition("/")[0])
        raise NotAllowedError(suggestion=bare, detail="without scheme, port or path")
    if _is_bracketed_v6(text) or _HOST.fullmatch(text.removeprefix("*.")):
        return text
    raise NotAllowedError


def read_server_name(value: object) -> str:
    """Read the one name or IP address that a certificate must be for."""
    text = read_text(value)
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    host = read_host(text)
    if host.startswith("*."):
        raise NotAllowedError(detail="one name: a certificate for `*.` covers it")
    return host


def is_wildcard(host: str) -> bool:
    """Say whether the address stands for all of this machine's."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _address(text: str) -> Address:
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise NotAllowedError
    port = int(found["port"])
    host = found["v6"] if found["v6"] is not None else found["name"]
    if port > LAST_PORT:
        raise NotAllowedError(detail=f"port at most {LAST_PORT}")
    if found["v6"] is not None:
        return Address(_ip_v6(host), port)
    # What looks like a number must be an address: `10.0.0.256` and `0x7f.1` are no host's name.
    if all(map(_NUMBER.fullmatch, host.split("."))):
        return Address(_ip_v4(host), port)
    if not _HOST.fullmatch(host):
        raise NotAllowedError
    return Address(host.lower(), port)


def _socket_path(text: str) -> str:
    """Return the path of `unix:/path`; a relative one would depend on who connects from where."""
    path = text.removeprefix("unix:")
    plain = f"/{path.lstrip('/')}"
    is_readable = path.isprintable() and len(plain) > 1 and not plain.endswith("/")
    if path != plain or not is_readable:
        raise NotAllowedError(suggestion=f"unix:{plain}" if is_readable else None)
    if len(path.encode()) > LONGEST_SOCKET_PATH:
        raise NotAllowedError(detail=f"a path of at most {LONGEST_SOCKET_PATH} bytes")
    return path


def _ip_v6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise NotAllowedError(detail="an IPv6 address in the brackets") from None


def _ip_v4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise NotAllowedError(detail="four numbers from 0 to 255") from None


def _is_bracketed_v6(text: str) -> bool:
    if not (text.startswith("[") and text.endswith("]")):
        return False
    try:
        ipaddress.IPv6Address(text[1:-1])
    except ValueError:
        return False
    return True

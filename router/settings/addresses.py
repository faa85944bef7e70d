"""How addresses, hosts and networks are written in a config: from YAML data to what they mean.

Each reader raises `NotAllowedError` for what it cannot read, if possible with what
was probably meant.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from router.routing.snapshot import Endpoint
from router.settings.problems import NotAllowedError
from router.settings.words import read_text

LAST_PORT: Final = 65535

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]/@]*)):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the router listens. Port 0 asks the system for a free one."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_listen(value: object) -> Address:
    """Turn `0.0.0.0:8080` or `[::]:8080` into an address."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise NotAllowedError(suggestion=f"0.0.0.0:{value}")
    if isinstance(value, str) and value.startswith("unix:"):
        raise NotAllowedError(supported_later=True)
    text = read_text(value)
    if re.fullmatch(r"\*?:[0-9]+", text):
        raise NotAllowedError(suggestion=f"0.0.0.0:{text.rpartition(':')[2]}")
    return _address(text)


def read_loopback(value: object) -> Address:
    """Read an address that other machines cannot reach."""
    address = read_listen(value)
    if not is_loopback(address.host):
        raise NotAllowedError(
            suggestion=f"127.0.0.1:{address.port}",
            detail="there are no tokens in this version, so no other machine may ask",
        )
    return address


def read_endpoint(value: object) -> Endpoint:
    """Turn `http://10.0.0.5:9001` into an endpoint; port 80 where none is written."""
    text = read_text(value)
    scheme, separator, rest = text.partition("://")
    if scheme == "https" and separator:
        raise NotAllowedError(supported_later=True)
    if not separator:
        raise NotAllowedError(suggestion=f"http://{text}" if _ADDRESS.fullmatch(text) else None)
    if scheme != "http":
        raise NotAllowedError(suggestion=f"http://{rest}" if scheme.lower() == "http" else None)
    place = rest.removesuffix("/")
    if "/" in place or "?" in place or "#" in place:
        raise NotAllowedError(detail="without a path: the request's own is passed on")
    if "@" in place:
        raise NotAllowedError(detail="without user or password")
    has_port = re.search(r":[0-9]*$", place) is not None and not place.endswith("]")
    address = _address(place if has_port else f"{place}:80")
    if not address.port:
        raise NotAllowedError(detail=f"port 1 to {LAST_PORT}")
    return Endpoint(address.host, address.port)


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


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
    # What looks like a number must be an address: `10.0.0.256` is no host's name.
    if re.fullmatch(r"[0-9.]+", host):
        return Address(_ip_v4(host), port)
    if not _HOST.fullmatch(host):
        raise NotAllowedError
    return Address(host.lower(), port)


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

"""Where admin APIs listen, as people write it: http, https, or the path of a Unix socket."""

import argparse
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from router.loopback import is_loopback

DEFAULT_ADMIN: Final = "http://127.0.0.1:9900"
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where an admin API listens; `host` of a Unix socket is its path."""

    host: str
    port: int
    scheme: str = "http"

    def __str__(self) -> str:
        if self.scheme == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether nobody between here and there can read along."""
        return self.scheme != "http" or is_loopback(self.host)


def addresses(text: str) -> tuple[Address, ...]:
    """Read `URL[,URL…]`; each counts once."""
    return tuple(dict.fromkeys(_address(part.strip()) for part in text.split(",")))


def _address(url: str) -> Address:
    scheme, _, path = url.partition(":")
    if scheme == "unix" and path.startswith("/"):
        return Address(path, 0, scheme)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{url!r} is no URL: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise argparse.ArgumentTypeError(
            "an address with a password in it is not taken: a token stands in GRAY_ROUTER_TOKEN, "
            "or in a file for --token-file"
        )
    if parts.scheme not in _PORTS or not host or parts.path.strip("/") or parts.query:
        raise argparse.ArgumentTypeError(
            f"{url!r} is not the address of an admin API; it looks like {DEFAULT_ADMIN}, "
            "https://HOST:PORT or unix:/PATH.sock"
        )
    return Address(host, port or _PORTS[parts.scheme], parts.scheme)

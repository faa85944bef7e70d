"""Who may ask: programs on this machine, and no web page that its users happen to have open.

The admin API listens on loopback, but a browser reaches loopback for any page. Two doors are
closed: DNS rebinding (a foreign name that resolves to 127.0.0.1: the `Host` gives it away) and
cross-origin requests (`Origin` and `Sec-Fetch-Site` give them away).
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from router.control.api.problems import CROSS_ORIGIN, FOREIGN_HOST, RefusedError

_FOREIGN_SITES: Final = frozenset({"cross-site", "same-site"})


@web.middleware
async def refuse_foreigners(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let requests pass that were meant for this machine by something that runs on it."""
    # A browser always sends one Host; a probe that speaks HTTP/1.0 may send none.
    hosts = request.headers.getall("Host", [])
    if not all(is_loopback_name(host) for host in hosts):
        raise RefusedError(
            FOREIGN_HOST,
            "the Host header must name this machine: localhost, 127.0.0.1 or [::1]",
        )
    if _is_cross_origin(request, hosts):
        raise RefusedError(CROSS_ORIGIN, "web pages of other origins may not use the admin API")
    return await handler(request)


def is_loopback_name(host: str) -> bool:
    """Say whether a `Host` header names this machine, with or without a port."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if name is None or parts.netloc != host or "@" in host:
        return False
    if name in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_cross_origin(request: web.Request, hosts: list[str]) -> bool:
    origins = request.headers.getall("Origin", [])
    if any(origin not in [f"http://{host}" for host in hosts] for origin in origins):
        return True
    return request.headers.get("Sec-Fetch-Site", "none") in _FOREIGN_SITES

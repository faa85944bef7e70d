"""One probe of one endpoint: a GET of its health path, over whatever it is reached by."""

import ssl
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp import (
    BaseConnector,
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    UnixConnector,
)

from router.control.events import tell
from router.control.health import Health
from router.model import Variant
from router.routing.snapshot import Endpoint, UpstreamTls
from router.tls import client_context

AGENT: Final = "gray-router-health"

LARGEST_BODY: Final = 64 * 1024
"""Bytes of an answer's body that are read; the connection is closed on what comes beyond."""

MALFORMED: Final = "malformed"

_context: Final = lru_cache(maxsize=256)(client_context)
"""The system's authorities alone take 20 ms to load."""


@dataclass(frozen=True, slots=True)
class Site:
    """One address of one endpoint of one variant: what is up or down by itself."""

    service: str
    variant: Variant
    endpoint: Endpoint
    address: str

    @property
    def name(self) -> str:
        """What people call it, in events and metrics."""
        return self.endpoint.called(self.address)


@dataclass(frozen=True, slots=True)
class Aim:
    """How a site is probed."""

    health: Health
    tls: UpstreamTls


async def probe(site: Site, aim: Aim) -> str:
    """Return why the site is not healthy, or nothing where it answered 2xx in time.

    A redirect is no health: it is followed by nobody, and says nothing about the one who sent it.
    """
    try:
        status = await _status(site, aim)
    except (OSError, ClientError, ValueError) as error:
        return why(error)
    except Exception as error:  # noqa: BLE001 - no backend's answer may end a router that serves
        tell("probe_failed", failure=error, service=site.service, endpoint=site.name)
        return MALFORMED
    is_healthy = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return "" if is_healthy else f"status {status}"


async def _status(site: Site, aim: Aim) -> int:
    endpoint = site.endpoint
    timeout = ClientTimeout(total=aim.health.timeout)
    context = _context(aim.tls) if endpoint.is_tls else False
    async with (
        ClientSession(
            connector=_connector(site),
            cookie_jar=DummyCookieJar(),
            timeout=timeout,
            auto_decompress=False,
            skip_auto_headers=("Accept-Encoding",),
        ) as session,
        session.get(
            _url(site, aim.health.path),
            allow_redirects=False,
            headers={"Host": _host(endpoint), "User-Agent": AGENT},
            ssl=context,
            server_hostname=(aim.tls.server_name or endpoint.host) if endpoint.is_tls else None,
        ) as answer,
    ):
        left = LARGEST_BODY
        async for part in answer.content.iter_chunked(LARGEST_BODY):
            left -= len(part)
            if left <= 0:
                break
        return answer.status


def _connector(site: Site) -> BaseConnector:
    if site.endpoint.is_unix:
        return UnixConnector(site.address, force_close=True)
    return TCPConnector(force_close=True, use_dns_cache=False)


def _url(site: Site, path: str) -> str:
    if site.endpoint.is_unix:
        return f"http://localhost{path}"
    scheme = "https" if site.endpoint.is_tls else "http"
    host = f"[{site.address}]" if ":" in site.address else site.address
    return f"{scheme}://{host}:{site.endpoint.port}{path}"


def _host(endpoint: Endpoint) -> str:
    return "localhost" if endpoint.is_unix else endpoint.authority


def why(error: Exception) -> str:
    """Say in a word what was wrong with an endpoint that gave no whole answer."""
    match error:
        case TimeoutError():
            return "timeout"
        case ClientSSLError() | ssl.SSLError():
            return "tls"
        case ClientConnectorError():
            is_refused = isinstance(error.os_error, ConnectionRefusedError)
            return "refused" if is_refused else "unreachable"
        case ClientConnectionError() | ClientPayloadError() | OSError():
            return "lost"
        case _:
            return MALFORMED

"""How a connection to a target comes about: over TCP or a Unix socket, plain or with TLS."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Final

from router.proxy.endpoint_state import EndpointState, Home
from router.proxy.upstream import Surroundings, UpstreamConnection
from router.routing.snapshot import Endpoint, Upstream
from router.tls import client_context

SHUTDOWN: Final = 2.0
"""Seconds that a backend has to say goodbye in TLS; until then its place in the pool is taken."""

PATIENCE: Final = 2.0
"""How many times as long as the handshake took we wait for the word that comes behind it: that is
one round trip away, and the handshake took one and the backend's work besides."""

AT_LEAST: Final = 0.05
"""Seconds of that, since a busy backend needs its time. Only one without tickets costs us these,
and only once."""

LOOKS: Final = 8
"""How often we look for it meanwhile, first soon and then ever more rarely."""


class Dialer:
    """Opens connections for one pool."""

    __slots__ = ("_around", "_context", "_loop", "_settings")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, settings: Upstream, around: Surroundings
    ) -> None:
        self._loop = loop
        self._settings = settings
        self._around = around
        self._context: ssl.SSLContext | None = None

    async def open(self, home: Home, state: EndpointState) -> UpstreamConnection:
        """Connect to this target; what fails on the way is an OSError or a UnicodeError."""

        def make() -> UpstreamConnection:
            return UpstreamConnection(home, state, self._around)

        if not state.endpoint.is_tls:
            return await self._connect(make, state)
        started = self._loop.time()
        connection = await self._connect(make, state, **self._tls(state.endpoint))
        if not state.is_proven:
            took = self._loop.time() - started
            try:
                await self._prove(connection, max(took * PATIENCE, AT_LEAST))
            except BaseException:  # whoever waited for it may have given up
                connection.close()
                raise
            state.is_proven = True
        return connection

    async def _connect(
        self, make: Callable[[], UpstreamConnection], state: EndpointState, **tls: Any
    ) -> UpstreamConnection:
        if state.endpoint.is_unix:
            _, connection = await self._loop.create_unix_connection(make, state.address, **tls)
        else:
            _, connection = await self._loop.create_connection(
                make, state.address, state.port, **tls
            )
        return connection

    def _tls(self, endpoint: Endpoint) -> dict[str, Any]:
        if self._context is None:
            self._context = client_context(self._settings.tls)
        own = "localhost" if endpoint.is_unix else endpoint.host
        return {
            "ssl": self._context,
            "server_hostname": self._settings.tls.server_name or own,
            "ssl_shutdown_timeout": SHUTDOWN,
        }

    async def _prove(self, connection: UpstreamConnection, seconds: float) -> None:
        """Wait for the backend's word on our certificate, or for so long without a word against it.

        In TLS 1.3 our side is done before the backend has looked at it (RFC 8446, 4.4.2.4), and a
        request sent meanwhile would be lost in our hands. A session ticket says yes.
        """
        for look in range(LOOKS):
            secured = connection.secured
            if secured is None or secured.version() != "TLSv1.3" or _has_ticket(secured):
                break
            await asyncio.sleep(seconds / 2 ** (LOOKS - look))
        if not connection.is_usable():
            raise ConnectionAbortedError("the backend has ended the handshake")


def _has_ticket(secured: ssl.SSLObject) -> bool:
    return secured.session is not None and secured.session.has_ticket

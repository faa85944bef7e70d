import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.reply_head import REPLY_READERS, ReplyHeads
from router.proxy.deadlines import Deadlines
from router.proxy.dialing import LOOKS, SHUTDOWN, Dialer
from router.proxy.endpoint_state import EndpointState, Pooled
from router.proxy.outbox import Outbox
from router.proxy.upstream import Surroundings, UpstreamConnection
from router.routing.snapshot import Endpoint, Upstream, UpstreamTls
from tests.support.certificates import Authority
from tests.support.transport import Clock, FakeTransport, at_once, no_loop

PLAIN = Endpoint("ai.internal", 9001)
SECURE = replace(PLAIN, is_tls=True)


class Secured:
    """A TLS session as `ssl` shows it; its ticket comes when the test says so."""

    def __init__(self, version: str = "TLSv1.3") -> None:
        self.session = self
        self.has_ticket = False
        self.looked = 0
        self._version = version

    def version(self) -> str:
        self.looked += 1
        self.on_look()
        return self._version

    def on_look(self) -> None:
        """Play the backend's part between two looks."""


class Dialed:
    """A loop that connects at once, and a pool's side of what comes about."""

    def __init__(self, secured: Secured | None = None, **settings: Any) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.tls: dict[str, Any] = {}
        self.secured = secured
        self.transport: FakeTransport | None = None
        names = Names(replies=True, prefix=b"x-", request_id=b"id")
        around = Surroundings(
            ReplyHeads(Lines(names, REPLY_READERS)),
            Deadlines(no_loop(), Clock()),
            Outbox(at_once),
            30.0,
            60.0,
        )
        loop = cast("asyncio.AbstractEventLoop", self)
        self.dialer = Dialer(loop, Upstream((SECURE,), **settings), around)

    async def dial(self, state: EndpointState) -> UpstreamConnection:
        return await self.dialer.open(self, state)

    # As a loop...

    def time(self) -> float:
        return 0.0

    async def create_connection(
        self, make: Callable[[], asyncio.Protocol], host: str, port: int, **tls: Any
    ) -> tuple[FakeTransport, asyncio.Protocol]:
        return self._connect(make, "tcp", host, port, **tls)

    async def create_unix_connection(
        self, make: Callable[[], asyncio.Protocol], path: str, **tls: Any
    ) -> tuple[FakeTransport, asyncio.Protocol]:
        return self._connect(make, "unix", path, **tls)

    def _connect(
        self, make: Callable[[], asyncio.Protocol], *where: object, **tls: Any
    ) -> tuple[FakeTransport, asyncio.Protocol]:
        self.calls.append(where)
        self.tls = tls
        self.transport = FakeTransport(make())
        self.transport.extra["ssl_object"] = self.secured
        return self.transport, self.transport.protocol

    # As a pool...

    def release(self, connection: Pooled) -> None: ...
    def lost(self, connection: Pooled) -> None: ...
    def served(self, connection: Pooled) -> None: ...
    def failed(self, connection: Pooled) -> None: ...


# Where...


async def test_a_target_is_dialed_where_it_is_and_not_by_its_name() -> None:
    dialed = Dialed()
    connection = await dialed.dial(EndpointState(PLAIN, "10.0.0.7", 9001))
    assert connection.is_usable()
    assert (dialed.calls, dialed.tls) == ([("tcp", "10.0.0.7", 9001)], {})


async def test_a_unix_socket_is_dialed_by_its_path() -> None:
    dialed = Dialed()
    endpoint = Endpoint("/run/ai.sock", 0)
    await dialed.dial(EndpointState(endpoint, endpoint.host, 0))
    assert dialed.calls == [("unix", "/run/ai.sock")]


# With TLS...


@pytest.mark.parametrize(
    ("endpoint", "server_name", "asked_for"),
    [
        (SECURE, "", "ai.internal"),
        (SECURE, "ai.example", "ai.example"),
        (Endpoint("10.0.0.7", 443, is_tls=True), "", "10.0.0.7"),
        (Endpoint("/run/ai.sock", 0, is_tls=True), "", "localhost"),
    ],
)
async def test_the_certificate_must_name_the_endpoint_or_what_the_operator_says(
    endpoint: Endpoint, server_name: str, asked_for: str
) -> None:
    dialed = Dialed(Secured("TLSv1.2"), tls=UpstreamTls(server_name=server_name))
    await dialed.dial(EndpointState(endpoint, "10.0.0.7", 443))
    assert dialed.tls["server_hostname"] == asked_for
    assert dialed.tls["ssl_shutdown_timeout"] == SHUTDOWN


async def test_certificates_are_read_once_for_all_connections(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    dialed = Dialed(Secured("TLSv1.2"), tls=UpstreamTls(ca=authority.pem))
    state = EndpointState(SECURE, "10.0.0.7", 9443)
    await dialed.dial(state)
    context = dialed.tls["ssl"]
    await dialed.dial(state)
    assert dialed.tls["ssl"] is context
    assert len(context.get_ca_certs()) == 1


async def test_a_certificate_that_cannot_be_read_leaves_the_endpoint_unreached() -> None:
    dialed = Dialed(tls=UpstreamTls(ca="no certificate"))
    with pytest.raises(ssl.SSLError):  # an OSError, as any that leaves an endpoint unreached
        await dialed.dial(EndpointState(SECURE, "10.0.0.7", 9443))
    assert dialed.calls == []


# The backend's word on our certificate...


async def test_a_backend_that_gives_a_ticket_has_taken_our_certificate() -> None:
    class Given(Secured):
        def on_look(self) -> None:
            self.has_ticket = self.looked == 3

    secured = Given()
    dialed = Dialed(secured)
    state = EndpointState(SECURE, "10.0.0.7", 9443)
    assert (await dialed.dial(state)).is_usable()
    assert (secured.looked, state.is_proven) == (3, True)


async def test_a_backend_that_says_nothing_against_it_has_taken_it() -> None:
    secured = Secured()
    state = EndpointState(SECURE, "10.0.0.7", 9443)
    assert (await Dialed(secured).dial(state)).is_usable()
    assert (secured.looked, state.is_proven) == (LOOKS, True)


async def test_a_backend_that_refuses_it_behind_the_handshake_was_not_reached() -> None:
    class Refused(Secured):
        def on_look(self) -> None:
            if self.looked == 2 and dialed.transport is not None:
                dialed.transport.lose(ssl.SSLError("certificate required"))

    dialed = Dialed(Refused())
    state = EndpointState(SECURE, "10.0.0.7", 9443)
    with pytest.raises(ConnectionAbortedError):
        await dialed.dial(state)
    assert not state.is_proven


async def test_nothing_stays_open_when_whoever_waited_for_the_word_gives_up() -> None:
    dialed = Dialed(Secured())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.0):
            await dialed.dial(EndpointState(SECURE, "10.0.0.7", 9443))
    assert dialed.transport is not None
    assert dialed.transport.is_closing()


async def test_a_backend_that_was_proven_is_not_waited_for() -> None:
    secured = Secured()
    state = EndpointState(SECURE, "10.0.0.7", 9443)
    state.is_proven = True
    await Dialed(secured).dial(state)
    assert secured.looked == 0


async def test_before_tls_1_3_the_handshake_is_the_backends_word() -> None:
    secured = Secured("TLSv1.2")
    await Dialed(secured).dial(EndpointState(SECURE, "10.0.0.7", 9443))
    assert secured.looked == 1

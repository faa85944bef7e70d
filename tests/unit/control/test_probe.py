import asyncio
import contextlib
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientOSError, InvalidURL

from router.control import probe as probe_module
from router.control.health import Health
from router.control.probe import LARGEST_BODY, Aim, Site, probe, why
from router.model import Variant
from router.routing.snapshot import Endpoint, UpstreamTls
from router.tls import load_own
from tests.support.background import events
from tests.support.certificates import Authority, Certificate
from tests.support.worker import closed_port

HEALTH = Health("/healthz?deep=1", timeout=5.0)
SHORT = Health("/healthz", timeout=0.05)
SOON = 5.0
NOT_TOLD = UpstreamTls()

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


class Backend:
    """Answers each request with the same bytes and keeps what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.asked: list[bytes] = []
        self.ends: list[asyncio.Event] = []

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """Answer, and hang up when the other side has."""
        end = asyncio.Event()
        self.ends.append(end)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.talk(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        end.set()

    async def talk(self, reader: Reader, writer: Writer) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self._answer)
        await writer.drain()
        await reader.read()

    @contextlib.asynccontextmanager
    async def listening(
        self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[int]:
        async with await asyncio.start_server(self.serve, host, 0, ssl=tls) as server:
            yield server.sockets[0].getsockname()[1]
            server.close()
            await self.ended()

    async def ended(self) -> None:
        """Return when nobody is connected any more."""
        async with asyncio.timeout(SOON):
            for end in self.ends:
                await end.wait()


def status(code: int, more: str = "") -> bytes:
    return f"HTTP/1.1 {code} So\r\n{more}content-length: 0\r\n\r\n".encode()


def site(endpoint: Endpoint, address: str = "127.0.0.1") -> Site:
    return Site("support", Variant.AI, endpoint, address)


async def asked_at(port: int, health: Health = HEALTH) -> str:
    return await probe(site(Endpoint("127.0.0.1", port)), Aim(health, NOT_TOLD))


async def test_it_gets_the_path_under_the_endpoints_own_name() -> None:
    backend = Backend(status(204))
    async with backend.listening() as port:
        endpoint = Endpoint("ai.internal", port)
        assert await probe(site(endpoint), Aim(HEALTH, NOT_TOLD)) == ""
    line, *fields = backend.asked[0].decode().lower().split("\r\n")
    assert line == "get /healthz?deep=1 http/1.1"
    assert f"host: ai.internal:{port}" in fields
    assert "user-agent: gray-router-health" in fields


@pytest.mark.parametrize(("code", "verdict"), [(200, ""), (299, ""), (503, "status 503")])
async def test_2xx_is_healthy_and_nothing_else(code: int, verdict: str) -> None:
    async with Backend(status(code)).listening() as port:
        assert await asked_at(port) == verdict


async def test_a_redirect_is_not_followed_and_no_health() -> None:
    backend = Backend(status(302, "location: /elsewhere\r\n"))
    async with backend.listening() as port:
        assert await asked_at(port) == "status 302"
    assert len(backend.asked) == 1


async def test_a_body_is_read_to_its_bound_and_no_further() -> None:
    endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    backend = Backend(endless + chunk * (4 * LARGEST_BODY // 0x10000))
    async with backend.listening() as port:
        assert await asked_at(port) == ""


async def test_a_closed_port_is_refused() -> None:
    assert await asked_at(closed_port()) == "refused"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"", "timeout"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "timeout"),
        (b"what do you want\r\n\r\n", "malformed"),
    ],
    ids=["silence", "half an answer", "no http"],
)
async def test_whoever_does_not_answer_properly_is_not_healthy(answer: bytes, verdict: str) -> None:
    async with Backend(answer).listening() as port:
        assert await asked_at(port, SHORT if verdict == "timeout" else HEALTH) == verdict


class Rude(Backend):
    """Says its word at once, whatever is asked, and hangs up."""

    async def talk(self, reader: Reader, writer: Writer) -> None:
        writer.write(self._answer)
        writer.write_eof()
        await reader.read()


async def test_whoever_hangs_up_is_lost() -> None:
    async with Rude(b"").listening() as port:
        assert await asked_at(port) == "lost"


async def test_an_ipv6_address_is_probed() -> None:
    backend = Backend(status(200))
    async with backend.listening("::1") as port:
        reached = site(Endpoint("::1", port), "::1")
        assert await probe(reached, Aim(HEALTH, NOT_TOLD)) == ""
    assert f"Host: [::1]:{port}\r\n".encode() in backend.asked[0]


async def test_a_unix_socket_is_probed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/ai.sock"
        backend = Backend(status(200))
        reached = site(Endpoint(path, 0), path)
        assert await probe(reached, Aim(HEALTH, NOT_TOLD)) == "unreachable"
        async with await asyncio.start_unix_server(backend.serve, path) as server:
            assert await probe(reached, Aim(HEALTH, NOT_TOLD)) == ""
            server.close()
            await backend.ended()
    assert b"Host: localhost\r\n" in backend.asked[0]


# TLS...


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def shown(own: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_own(context, own.certificate, own.key)
    return context


Verdict = Callable[[UpstreamTls], Awaitable[str]]


@contextlib.asynccontextmanager
async def tls_backend(context: ssl.SSLContext) -> AsyncIterator[Verdict]:
    async with Backend(status(200)).listening(tls=context) as port:
        endpoint = Endpoint("ai.internal", port, is_tls=True)
        yield lambda tls: probe(site(endpoint), Aim(HEALTH, tls))


async def test_tls_is_verified_against_the_endpoints_name(authority: Authority) -> None:
    async with tls_backend(shown(authority.issue("DNS:ai.internal"))) as verdict:
        assert await verdict(UpstreamTls(ca=authority.pem)) == ""
        assert await verdict(UpstreamTls(ca=authority.pem, server_name="other")) == "tls"
        assert await verdict(UpstreamTls()) == "tls"
        assert await verdict(UpstreamTls(verify=False)) == ""


async def test_the_server_name_that_the_operator_wrote_counts(authority: Authority) -> None:
    async with tls_backend(shown(authority.issue("DNS:other.internal"))) as verdict:
        assert await verdict(UpstreamTls(ca=authority.pem)) == "tls"
        tls = UpstreamTls(ca=authority.pem, server_name="other.internal")
        assert await verdict(tls) == ""


async def test_our_own_certificate_is_shown_to_who_asks_for_one(authority: Authority) -> None:
    context = shown(authority.issue("DNS:ai.internal"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem)
    own = authority.issue("DNS:router.internal")
    async with tls_backend(context) as verdict:
        # In TLS 1.3 the handshake is over for us when the backend finds that it lacks something.
        assert await verdict(UpstreamTls(ca=authority.pem)) in ("tls", "lost")
        tls = UpstreamTls(ca=authority.pem, certificate=own.certificate, key=own.key)
        assert await verdict(tls) == ""


async def test_a_backend_that_speaks_no_tls_is_told_apart() -> None:
    async with Rude(status(400)).listening() as port:
        endpoint = Endpoint("ai.internal", port, is_tls=True)
        assert await probe(site(endpoint), Aim(HEALTH, NOT_TOLD)) == "tls"


@pytest.mark.parametrize(
    ("error", "word"), [(ClientOSError(), "lost"), (InvalidURL("http://"), "malformed")]
)
def test_every_error_has_its_word(error: Exception, word: str) -> None:
    assert why(error) == word


async def test_what_nobody_foresaw_is_told_as_a_bug_and_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def confused(_: Site, __: Aim) -> int:
        raise AssertionError

    monkeypatch.setattr(probe_module, "_status", confused)
    with events() as told:
        assert await asked_at(9, HEALTH) == "malformed"
    [(event, fields)] = told
    assert (event, fields["endpoint"]) == ("probe_failed", "127.0.0.1:9")


def test_a_site_has_the_name_of_its_endpoint_and_address() -> None:
    assert site(Endpoint("ai.internal", 9443), "::1").name == "ai.internal:9443 (::1)"

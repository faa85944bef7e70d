"""Backends behind TLS: who is believed, what fails, and how connections end."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from router.model import Variant
from router.routing.snapshot import Endpoint, Upstream, UpstreamTls
from router.wire.messages import Locate, Target
from tests.support.certificates import Authority, Certificate
from tests.support.raw import PATIENCE, STALL, Ending
from tests.support.recording_backend import RecordingBackend, answering, plain_ok
from tests.support.stream_backend import OK, Peer, StreamBackend, server_context
from tests.support.strict import read_answer, read_any_head
from tests.support.worker import EVERYBODY, Gateway

GET: Final = b"GET /case HTTP/1.1\r\nHost: service.example\r\n\r\n"
POST: Final = b"POST /case HTTP/1.1\r\nHost: service.example\r\nContent-Length: 5\r\n\r\nhello"
HANDSHAKE: Final = (
    b"GET /chat HTTP/1.1\r\nHost: service.example\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\n\r\n"
)
SWITCHING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
)
MUCH: Final = bytes(range(256)) * 4096


class Trust:
    """An authority and what it signed; making keys takes a while, so once for all tests."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self.authority: Final = Authority(folder)
        self.stranger: Final = Authority(folder, "stranger")
        self.own: Final = self.authority.issue("IP:127.0.0.1", "DNS:ai.internal")
        self.client: Final = self.authority.issue("DNS:router.internal")
        self.tls: Final = UpstreamTls(ca=self.authority.pem)

    def showing(self, certificate: Certificate) -> UpstreamTls:
        return UpstreamTls(
            ca=self.authority.pem, certificate=certificate.certificate, key=certificate.key
        )


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return Trust(tmp_path_factory.mktemp("trust"))


async def fails_over(gateway: Gateway, ai: Upstream) -> None:
    """See that AI is not reached, that a POST is answered by legacy then, and by whom alone."""
    async with RecordingBackend(answering(plain_ok)) as legacy:
        gateway.serve(legacy, ai, share=EVERYBODY)
        async with await gateway.ask(POST) as client:
            answer = await read_answer(client)
        assert (answer.status, answer.value(b"x-gray-fallback")) == (200, b"connect")
        assert bytes(legacy.requests[0].body) == b"hello"
        gateway.serve(ai)
        async with await gateway.ask(POST) as client:
            assert (await read_answer(client)).status in {502, 504}


# Believed...


@pytest.mark.parametrize("newest", [True, False])
async def test_a_request_and_its_answer_pass_through_tls(
    gateway: Gateway, trust: Trust, newest: bool
) -> None:
    bodies = []

    async def serve(peer: Peer) -> None:
        while True:
            bodies.append((await peer.request())[1])
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(MUCH) + MUCH)

    context = server_context(trust.own, newest=newest)
    async with StreamBackend(context, script=serve) as backend:
        gateway.serve(backend.upstream(tls=trust.tls))
        head = POST.partition(b"\r\n\r\n")[0].replace(b": 5", b": %d" % len(MUCH))
        for _ in range(3):
            async with await gateway.connect() as client:
                await client.send(head + b"\r\n\r\n" + MUCH)
                assert bytes((await read_answer(client)).body) == MUCH
        assert bodies == [MUCH] * 3
        assert len(backend.peers) == 1, "the connection was not kept"
        secured = backend.peers[0].secured
        assert secured.version() == ("TLSv1.3" if newest else "TLSv1.2")
        assert secured.selected_alpn_protocol() == "http/1.1"


async def test_a_name_is_looked_up_elsewhere_and_still_what_the_certificate_must_say(
    gateway: Gateway, trust: Trust
) -> None:
    async with StreamBackend(server_context(trust.own)) as backend:
        gateway.serve(backend.upstream("ai.internal", tls=trust.tls))
        target = Target(0, "127.0.0.1", backend.port)
        gateway.worker.locate(Locate("support", Variant.LEGACY, [target]))
        async with await gateway.ask(GET) as client:
            assert (await read_answer(client)).status == 200
        assert backend.names == ["ai.internal"]


async def test_the_operator_may_say_what_the_certificate_names(
    gateway: Gateway, trust: Trust
) -> None:
    own = trust.authority.issue("DNS:legacy.internal")
    async with StreamBackend(server_context(own)) as backend:
        tls = UpstreamTls(ca=trust.authority.pem, server_name="legacy.internal")
        gateway.serve(backend.upstream(tls=tls))
        async with await gateway.ask(GET) as client:
            assert (await read_answer(client)).status == 200
        assert backend.names == ["legacy.internal"]


async def test_without_verification_anybody_is_believed_and_all_is_encrypted(
    gateway: Gateway, trust: Trust
) -> None:
    own = trust.stranger.issue("DNS:elsewhere.example")
    async with StreamBackend(server_context(own)) as backend:
        gateway.serve(backend.upstream(tls=UpstreamTls(verify=False)))
        async with await gateway.ask(GET) as client:
            assert (await read_answer(client)).status == 200
        assert backend.peers[0].secured.cipher() is not None


async def test_a_client_that_does_not_read_holds_back_a_backend_over_tls(
    gateway: Gateway, trust: Trust
) -> None:
    sent = 0

    async def say_much(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (32 * len(MUCH)))
        for _ in range(32):
            await peer.send(MUCH)
            sent += 1

    async with StreamBackend(server_context(trust.own), script=say_much) as backend:
        gateway.serve(backend.upstream(tls=trust.tls))
        client = await gateway.connect(receive_buffer=64 * 1024)
        async with client:
            await client.send(GET)
            await client.read_until(b"\r\n\r\n")
            await asyncio.sleep(STALL)
            assert sent < 24, "somebody holds what the client does not take"
            assert await client.read_exactly(32 * len(MUCH)) == MUCH * 32


# Not believed...


@pytest.mark.parametrize("flaw", ["unknown authority", "another name", "expired"])
async def test_a_bad_certificate_leaves_the_endpoint_unreached(
    gateway: Gateway, trust: Trust, flaw: str
) -> None:
    own = {
        "unknown authority": lambda: trust.stranger.issue("IP:127.0.0.1"),
        "another name": lambda: trust.authority.issue("DNS:elsewhere.example"),
        "expired": lambda: trust.authority.issue("IP:127.0.0.1", days=-1),
    }[flaw]()
    async with StreamBackend(server_context(own)) as backend:
        await fails_over(gateway, backend.upstream(tls=trust.tls))
        assert backend.heads == []


async def test_an_endpoint_that_speaks_no_tls_is_not_reached(
    gateway: Gateway, trust: Trust
) -> None:
    async with RecordingBackend() as backend:
        endpoint = Endpoint("127.0.0.1", backend.port, is_tls=True)
        await fails_over(
            gateway, Upstream((endpoint,), tls=trust.tls, connect_timeout=0.3, retry_attempts=1)
        )
        for peer in backend.connections:
            assert b"POST" not in await peer.read_to_end()


async def test_an_endpoint_that_answers_a_handshake_in_plain_text_is_not_reached(
    gateway: Gateway, trust: Trust
) -> None:
    async def answer_plainly(peer: Peer) -> None:
        await peer.reader.read(10)
        await peer.send(OK)

    async with StreamBackend(script=answer_plainly) as backend:
        endpoint = Endpoint("127.0.0.1", backend.port, is_tls=True)
        await fails_over(gateway, Upstream((endpoint,), tls=trust.tls))


# Our own certificate...


async def test_a_backend_that_asks_for_our_certificate_is_shown_it(
    gateway: Gateway, trust: Trust
) -> None:
    async with StreamBackend(server_context(trust.own, trust.authority)) as backend:
        gateway.serve(backend.upstream(tls=trust.showing(trust.client)))
        async with await gateway.ask(POST) as client:
            assert (await read_answer(client)).status == 200
        shown = backend.peers[0].secured.getpeercert()
        assert shown is not None
        assert shown["subjectAltName"] == (("DNS", "router.internal"),)


@pytest.mark.parametrize("newest", [True, False])
@pytest.mark.parametrize("flaw", ["none", "unknown authority", "expired"])
async def test_a_backend_that_does_not_take_our_certificate_is_not_reached(
    gateway: Gateway, trust: Trust, flaw: str, newest: bool
) -> None:
    shown = {
        "none": lambda: trust.tls,
        "unknown authority": lambda: trust.showing(trust.stranger.issue("DNS:router.internal")),
        "expired": lambda: trust.showing(trust.authority.issue("DNS:router.old", days=-1)),
    }[flaw]()
    context = server_context(trust.own, trust.authority, newest=newest)
    async with StreamBackend(context) as backend:
        await fails_over(gateway, backend.upstream(tls=shown))
        assert backend.heads == []


async def test_a_changed_certificate_closes_what_was_kept_and_finishes_what_is_in_use(
    gateway: Gateway, trust: Trust
) -> None:
    may_go = asyncio.Event()

    async def serve(peer: Peer) -> None:
        while True:
            head, _ = await peer.request()
            if b"/slow" in head:
                await may_go.wait()
            await peer.send(OK)

    second = trust.authority.issue("DNS:second.internal")
    context = server_context(trust.own, trust.authority)
    async with StreamBackend(context, script=serve) as backend:
        gateway.serve(backend.upstream(tls=trust.showing(trust.client)))
        slow = await gateway.ask(GET.replace(b"/case", b"/slow"))
        async with await gateway.ask(GET) as client:
            await read_answer(client)
        gateway.serve(backend.upstream(tls=trust.showing(second)))
        async with await gateway.ask(GET) as client:
            assert (await read_answer(client)).status == 200
        may_go.set()
        assert (await read_answer(slow)).status == 200
        slow.close()
        shown = [peer.secured.getpeercert() for peer in backend.peers]
        names = [each["subjectAltName"] for each in shown if each]
        assert names[-1] == (("DNS", "second.internal"),)
        for peer in backend.peers[:-1]:
            async with asyncio.timeout(PATIENCE):
                await peer.over.wait()


# Ends...


async def test_a_client_that_ends_a_tunnel_over_tls_ends_it_for_the_backend(
    gateway: Gateway, trust: Trust
) -> None:
    ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def switch(peer: Peer) -> None:
        await peer.request()
        await peer.send(SWITCHING)
        ended.set_result(await peer.reader.read())

    async with StreamBackend(server_context(trust.own), script=switch) as backend:
        gateway.serve(backend.upstream(tls=trust.tls))
        async with await gateway.ask(HANDSHAKE) as client:
            assert (await read_any_head(client)).status == 101
            await client.send(b"last words")
            client.finish()
            async with asyncio.timeout(PATIENCE):
                assert await ended == b"last words"
            assert await client.gone() is Ending.CLEAN


async def test_a_backend_that_ends_a_tunnel_over_tls_ends_it_behind_its_last_byte(
    gateway: Gateway, trust: Trust
) -> None:
    async def switch(peer: Peer) -> None:
        await peer.request()
        await peer.send(SWITCHING + MUCH)

    async with StreamBackend(server_context(trust.own), script=switch) as backend:
        gateway.serve(backend.upstream(tls=trust.tls))
        async with await gateway.ask(HANDSHAKE) as client:
            assert (await read_any_head(client)).status == 101
            assert await client.read_to_end() == MUCH
            assert client.ending is Ending.CLEAN


async def test_a_body_that_ends_with_its_connection_is_whole_when_tls_says_so(
    gateway: Gateway, trust: Trust
) -> None:
    async def say_all(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    async with StreamBackend(server_context(trust.own), script=say_all) as backend:
        gateway.serve(backend.upstream(tls=trust.tls))
        async with await gateway.ask(GET) as client:
            answer = await read_answer(client)
            assert (answer.complete, bytes(answer.body)) == (True, b"all of it")


async def test_a_body_that_is_cut_below_tls_is_never_taken_for_whole(
    gateway: Gateway, trust: Trust
) -> None:
    async def say_half(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nhalf of")
        await asyncio.sleep(0.05)  # so that it goes out before the end
        peer.vanish()

    async with StreamBackend(server_context(trust.own), script=say_half) as backend:
        gateway.serve(backend.upstream(tls=trust.tls))
        async with await gateway.ask(GET.replace(b"1.1", b"1.0")) as client:
            await client.read_until(b"half of")
            assert await client.gone() is Ending.RESET


async def test_a_client_that_leaves_ends_its_request_over_tls(
    gateway: Gateway, trust: Trust
) -> None:
    begun = asyncio.Event()

    async def hang(peer: Peer) -> None:
        await peer.request()
        begun.set()
        await peer.reader.read()

    async with StreamBackend(server_context(trust.own), script=hang) as backend:
        gateway.serve(backend.upstream(tls=trust.tls))
        async with await gateway.ask(GET), asyncio.timeout(PATIENCE):
            await begun.wait()
        async with asyncio.timeout(PATIENCE):
            await backend.peers[0].over.wait()


async def test_a_backend_that_says_close_over_tls_is_asked_afresh(
    gateway: Gateway, trust: Trust
) -> None:
    async def serve_one(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    async with StreamBackend(server_context(trust.own), script=serve_one) as backend:
        gateway.serve(backend.upstream(tls=trust.tls, max_connections=1))
        for _ in range(3):
            async with await gateway.ask(GET) as client:
                assert (await read_answer(client)).status == 200
        assert len(backend.peers) == 3


async def test_another_endpoint_answers_for_one_with_a_bad_certificate(
    gateway: Gateway, trust: Trust
) -> None:
    bad = trust.stranger.issue("IP:127.0.0.1")
    async with (
        StreamBackend(server_context(bad)) as stranger,
        StreamBackend(server_context(trust.own)) as backend,
    ):
        ports = (stranger.port, backend.port)
        gateway.serve(
            Upstream(
                tuple(Endpoint("127.0.0.1", port, is_tls=True) for port in ports), tls=trust.tls
            )
        )
        for _ in range(20):
            async with await gateway.ask(GET) as client:
                assert (await read_answer(client)).status == 200
        assert stranger.heads == []

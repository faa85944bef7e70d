import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from router.control.fleet import peer_client
from router.control.fleet.envelopes import TLS_ALONE, Seal, opened
from router.control.fleet.messages import LARGEST, WORDS, Call, Words, write_words
from router.control.fleet.peer_client import PeerClient
from router.errors import PeerError, PeerMessageError
from router.replica.membership import Presence
from router.replica.sealing import Message
from router.routing.snapshot import UpstreamTls
from router.tls import client_context
from tests.support.peers import KEY, replica, rolled_back, word
from tests.support.releases import NOON

R1 = replica("r1")
R2 = replica("r2")
CALL = Call("call-1", R1, (rolled_back(),))
SAID = write_words(Words("call-1", R2, (word("r2"),)))

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Nonces:
    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self) -> str:
        self.given.append(f"nonce-{len(self.given):016}")
        return self.given[-1]


SEAL = Seal("r1", KEY.encode(), lambda: NOON, Nonces())
THEIRS = replace(SEAL, name="r2")


@pytest.fixture(scope="module")
def trust() -> ssl.SSLContext:
    return client_context(UpstreamTls())


@pytest.fixture
async def client(trust: ssl.SSLContext) -> AsyncIterator[PeerClient]:
    client = PeerClient(SEAL, trust, is_known_by_certificate=False)
    yield client
    await client.close()


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[Presence]:
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield replace(R2, advertise=f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


async def why_not(client: PeerClient, answer: Answer) -> str:
    async with answering(answer) as peer:
        with pytest.raises(PeerError) as refused:
            await client.ask(peer, CALL)
        return str(refused.value)


async def asked(request: web.BaseRequest) -> Message:
    return opened(await request.read()).message


async def test_a_connection_is_kept(client: PeerClient) -> None:
    doors: set[object] = set()

    async def answer(request: web.BaseRequest) -> web.Response:
        doors.add(request.transport)
        return web.Response(body=THEIRS.close(THEIRS.reply(await asked(request), WORDS, SAID)))

    async with answering(answer) as peer:
        for _ in range(3):
            assert (await client.ask(peer, CALL)).words == (word("r2"),)
    assert len(doors) == 1


async def test_a_connection_that_was_closed_meanwhile_costs_one_more_attempt(
    client: PeerClient,
) -> None:
    nonces: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        message = await asked(request)
        nonces.append(message.nonce)
        if len(nonces) == 2 and request.transport is not None:
            request.transport.abort()
        return web.Response(body=THEIRS.close(THEIRS.reply(message, WORDS, SAID)))

    async with answering(answer) as peer:
        await client.ask(peer, CALL)
        assert (await client.ask(peer, CALL)).words == (word("r2"),)
    assert len(set(nonces)) == 3


async def test_a_replica_that_refuses_says_why(client: PeerClient) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.json_response({"code": "forged"}, status=403)

    assert await why_not(client, answer) == "forged"


@pytest.mark.parametrize("code", ["", "KEY KEY", "<script>", "x" * 41])
async def test_what_is_no_code_is_not_repeated(client: PeerClient, code: str) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.json_response({"code": code}, status=503)

    assert await why_not(client, answer) == "status 503"


async def test_an_answer_of_another_kind_of_server_is_none(client: PeerClient) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404, text="<html>KEY</html>")

    assert await why_not(client, answer) == "status 404, and its reason cannot be read"


async def test_a_redirect_is_not_followed(client: PeerClient) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.json_response({}, status=307, headers={"Location": "http://127.0.0.1:1/"})

    assert await why_not(client, answer) == "status 307"


async def test_an_answer_without_the_secret_is_none(client: PeerClient) -> None:
    stranger = replace(THEIRS, key=b"another key of as many characters")

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=stranger.close(stranger.reply(await asked(request), WORDS, SAID)))

    assert await why_not(client, answer) == "the answer is not sealed with our secret"


async def test_an_answer_of_yesterday_is_none(client: PeerClient) -> None:
    kept: list[bytes] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        kept.append(THEIRS.close(THEIRS.reply(await asked(request), WORDS, SAID)))
        return web.Response(body=kept[0])

    async with answering(answer) as peer:
        await client.ask(peer, CALL)
        with pytest.raises(PeerMessageError, match="another question"):
            await client.ask(peer, CALL)


async def test_a_time_that_is_not_sealed_moves_nobody(client: PeerClient) -> None:
    stranger = replace(THEIRS, key=b"another key of as many characters")
    times = 0

    async def answer(request: web.BaseRequest) -> web.Response:
        nonlocal times
        times += 1
        text = stranger.close(stranger.reply(await asked(request), "untimely"))
        body = b'{"code":"untimely","answer":%s}' % text
        return web.Response(status=409, body=body)

    assert await why_not(client, answer) == "the answer is not sealed with our secret"
    assert times == 1


async def test_who_does_not_even_take_its_own_time_is_given_up(client: PeerClient) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        text = THEIRS.close(THEIRS.reply(await asked(request), "untimely"))
        return web.Response(status=409, body=b'{"code":"untimely","answer":%s}' % text)

    assert await why_not(client, answer) == "it does not take its own time"


async def test_an_answer_is_bounded(client: PeerClient) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        endless = web.StreamResponse()
        await endless.prepare(request)
        for _ in range(2 * LARGEST // 65536):
            await endless.write(b"x" * 65536)
        return endless

    assert await why_not(client, answer) == f"an answer has more than {LARGEST} bytes"


async def test_a_replica_that_hangs_is_given_up(
    client: PeerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_client, "ANSWER_WITHIN", 0.1)

    async def answer(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    assert await why_not(client, answer) == "timeout"


async def test_an_address_that_nobody_listens_on_is_told_as_such(client: PeerClient) -> None:
    with pytest.raises(PeerError, match="refused"):
        await client.ask(replace(R2, advertise="http://127.0.0.1:1"), CALL)


def test_without_a_secret_only_certificates_of_an_authority_are_believed(
    trust: ssl.SSLContext,
) -> None:
    unsealed = replace(SEAL, key=TLS_ALONE)
    known = PeerClient(unsealed, trust, is_known_by_certificate=True)
    unknown = PeerClient(unsealed, trust, is_known_by_certificate=False)
    sealed = PeerClient(SEAL, trust, is_known_by_certificate=False)
    places = ("http://r2:9902", "https://r2:9902", "")
    reached = {
        name: [client.reaches(replace(R2, advertise=place)) for place in places]
        for name, client in (("known", known), ("unknown", unknown), ("sealed", sealed))
    }
    assert reached == {
        "known": [False, True, False],
        "unknown": [False, False, False],
        "sealed": [True, True, False],
    }

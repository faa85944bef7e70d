import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession

from router.control.failures import MOST
from router.control.fleet import peer_site
from router.control.fleet.envelopes import Seal
from router.control.fleet.messages import CALL, LARGEST, WORDS, Call, read_words, write_call
from router.control.fleet.peer_site import UNTIMELY
from router.replica.sealing import Message, retimed
from tests.support.background import Told, owner
from tests.support.peers import KEY, Clock, Peer, Town, replica, rolled_back, word
from tests.support.releases import NOON

R1 = replica("r1", "http://r1:9902")
BODY = write_call(Call("call-1", R1, (rolled_back(),)))


class Caller:
    """Somebody who sends what the test says, as r1 unless it says otherwise."""

    def __init__(self, peer: Peer, session: ClientSession) -> None:
        self.peer = peer
        self.clock = Clock()
        self.sent = 0
        self.seal = Seal("r1", KEY.encode(), self.clock, self._nonce)
        self._session = session

    def _nonce(self) -> str:
        self.sent += 1
        return f"nonce-{self.sent:016}"

    def message(self, kind: str = CALL, body: bytes = BODY) -> Message:
        return self.seal.message(kind, "r2", body)

    async def post(self, text: bytes, path: str = "/v1/rollback") -> tuple[int, bytes]:
        url = f"{self.peer.presence.advertise}{path}"
        async with self._session.post(url, data=BytesIO(text)) as answer:
            self.headers = answer.headers
            return answer.status, await answer.read()

    async def tell(self, message: Message | None = None) -> tuple[int, bytes]:
        return await self.post(self.seal.close(message or self.message()))

    async def refused(self, message: Message | None = None) -> str:
        return self.code(*await self.tell(message))

    def code(self, status: int, body: bytes) -> str:
        problem: dict[str, Any] = orjson.loads(body)
        assert self.headers["Content-Type"] == "application/problem+json"
        assert problem["status"] == status
        return str(problem["code"])


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    with owner() as tasks:
        async with Town(tasks) as town, ClientSession() as session:
            yield Caller(await town.settle("r2"), session)
        await tasks.close()


async def test_a_rollback_is_obeyed_and_answered_under_seal(caller: Caller) -> None:
    message = caller.message()
    status, body = await caller.tell(message)
    assert status == HTTPStatus.OK
    answer = caller.seal.answer_in(body, message)
    assert (answer.kind, answer.sender) == (WORDS, "r2")
    words = read_words(answer.body)
    assert (words.call, words.words) == ("call-1", (word("r2"),))
    assert caller.peer.workers.obeyed == [(rolled_back(),)]
    assert caller.peer.company.heard_of == [R1]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/rollback/", "/api/v1/rollback", "/metrics"])
async def test_there_is_one_path_and_nothing_else(caller: Caller, path: str) -> None:
    status, body = await caller.post(caller.seal.close(caller.message()), path)
    assert (status, caller.code(status, body)) == (404, "not_found")
    assert caller.headers["Server"] == "gray-router"
    assert caller.peer.workers.obeyed == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_there_is_one_method_and_no_other(caller: Caller, method: str) -> None:
    async with ClientSession() as session, session.request(method, caller.peer.url) as answer:
        assert answer.status == HTTPStatus.NOT_FOUND


async def test_a_message_counts_once(caller: Caller, told: list[Told]) -> None:
    message = caller.message()
    await caller.tell(message)
    assert await caller.refused(message) == "repeated"
    assert len(caller.peer.workers.obeyed) == 1
    assert told == [("peer_refused", {"source": "127.0.0.1", "because": "repeated"})]


async def test_what_is_sealed_with_another_secret_is_forged(caller: Caller) -> None:
    caller.seal = replace(caller.seal, key=b"another key of as many characters")
    assert await caller.refused() == "forged"
    assert caller.peer.workers.obeyed == []


async def test_what_was_changed_on_the_way_is_forged(caller: Caller) -> None:
    fields = orjson.loads(caller.seal.close(caller.message()))
    status, body = await caller.post(orjson.dumps(fields | {"sender": "r3"}))
    assert (status, caller.code(status, body)) == (403, "forged")


async def test_what_is_sealed_for_another_is_misdirected(caller: Caller) -> None:
    message = caller.seal.message(CALL, "r3", BODY)
    assert await caller.refused(message) == "misdirected"
    assert caller.peer.workers.obeyed == []


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_a_clock_that_was_stepped_is_told_the_time_and_heard(
    caller: Caller, told: list[Told], step: float
) -> None:
    caller.clock.now += step
    message = caller.message()
    status, body = await caller.tell(message)
    assert (status, caller.code(status, body)) == (409, "untimely")
    answer = caller.seal.answer_in(orjson.dumps(orjson.loads(body)["answer"]), message)
    assert (answer.kind, answer.at) == (UNTIMELY, NOON)
    assert caller.peer.workers.obeyed == []
    again = retimed(message, answer.at, caller.seal.nonce())
    assert (await caller.tell(again))[0] == HTTPStatus.OK
    await caller.tell()
    assert told == [("peer_untimely", {"replica": "r1", "off_by": step})]


async def test_time_is_told_to_nobody_who_has_no_secret(caller: Caller) -> None:
    caller.clock.now -= 3600
    caller.seal = replace(caller.seal, key=b"another key of as many characters")
    assert await caller.refused() == "forged"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("leave", BODY),
        (CALL, b""),
        (CALL, b"{}"),
        (CALL, write_call(Call("call-1", replica("r3"), (rolled_back(),)))),
    ],
)
async def test_what_is_sealed_and_is_no_rollback_is_refused(
    caller: Caller, kind: str, body: bytes
) -> None:
    assert await caller.refused(caller.message(kind, body)) == "malformed"
    assert caller.peer.workers.obeyed == []


@pytest.mark.parametrize("text", [b"", b"KEY", b"{}", b"\xff\x00", b"[" * 10_000])
async def test_what_is_no_message_is_refused_and_not_repeated(
    caller: Caller, told: list[Told], text: bytes
) -> None:
    status, body = await caller.post(text)
    assert (status, caller.code(status, body)) == (400, "malformed")
    assert b"KEY" not in body
    assert "KEY" not in str(told)


async def test_a_body_is_bounded(caller: Caller) -> None:
    status, body = await caller.post(b"x" * (LARGEST + 1))
    assert (status, caller.code(status, body)) == (413, "too_large")


async def test_a_body_that_says_it_is_compressed_is_taken_as_it_is(caller: Caller) -> None:
    async with (
        ClientSession() as session,
        session.post(
            caller.peer.url, data=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}
        ) as answer,
    ):
        assert answer.status == HTTPStatus.BAD_REQUEST


async def test_who_guesses_is_told_to_wait_and_who_knows_is_not(
    caller: Caller, told: list[Told]
) -> None:
    for _ in range(MOST):
        await caller.post(b"guess")
    status, body = await caller.post(b"guess")
    assert (status, caller.code(status, body)) == (429, "too_many_failures")
    assert 0 < int(caller.headers["Retry-After"]) <= 60
    assert len(told) == MOST
    assert (await caller.tell())[0] == HTTPStatus.OK


async def test_a_body_that_drips_is_given_up(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_site, "BODY_WITHIN", 0.05)
    host, port = caller.peer.presence.advertise.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /v1/rollback HTTP/1.1\r\nHost: r2\r\nContent-Length: 100\r\n\r\n{")
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"too_slow"' in answer
    writer.close()


async def test_a_head_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_site, "IDLE", 0.05)
    with owner() as tasks:
        async with Town(tasks) as town:
            peer = await town.settle("r2")
            host, port = peer.presence.advertise.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"POST /v1/rollback HTTP/1.1\r\nHo")
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        await tasks.close()


async def test_a_bug_in_obeying_is_an_answer_without_words(
    caller: Caller, told: list[Told]
) -> None:
    caller.peer.workers.failure = ZeroDivisionError("KEY")
    message = caller.message()
    status, body = await caller.tell(message)
    assert status == HTTPStatus.OK
    assert read_words(caller.seal.answer_in(body, message).body).words == ()
    assert [name for name, _ in told] == ["peer_failed"]


async def test_a_bug_here_is_answered_and_logged(
    caller: Caller, told: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("KEY")

    monkeypatch.setattr(caller.peer.company, "met", broken)
    status, body = await caller.tell()
    assert (status, caller.code(status, body)) == (500, "internal_error")
    assert b"KEY" not in body
    assert [name for name, _ in told] == ["peer_failed"]

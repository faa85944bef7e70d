"""Requests sent ahead are answered one by one, in order, and never mixed up."""

import asyncio
from typing import Final

from tests.support.recording_backend import OK, RecordingBackend, answering
from tests.support.strict import Request, read_answer
from tests.support.worker import Gateway

HOST: Final = b"Host: service.example\r\n"


def get(number: int) -> bytes:
    return b"GET /%d HTTP/1.1\r\n%b\r\n" % (number, HOST)


def post(number: int) -> bytes:
    body = b"body %d" % number
    return b"POST /%d HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (number, HOST, len(body), body)


def chunked(number: int) -> bytes:
    body = b"body %d" % number
    return b"PUT /%d HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
        number,
        HOST,
        len(body),
        body,
    )


def described(request: Request) -> bytes:
    text = b" ".join((request.method, request.target, request.body))
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text)


async def bodies(gateway: Gateway, raw: bytes, count: int, *, step: int = 0) -> list[bytes]:
    async with await gateway.connect() as client:
        sending = asyncio.ensure_future(client.send_in_pieces(raw, step or len(raw)))
        seen = [bytes((await read_answer(client)).body) for _ in range(count)]
        await sending
        return seen


async def test_two_hundred_requests_in_one_packet(gateway: Gateway) -> None:
    async with RecordingBackend(answering(described)) as backend:
        gateway.serve(backend)
        seen = await bodies(gateway, b"".join(get(n) for n in range(200)), 200)
        assert seen == [b"GET /%d " % n for n in range(200)]
        assert len(backend.requests) == 200


async def test_bodies_of_all_kinds_between_them(gateway: Gateway) -> None:
    async with RecordingBackend(answering(described)) as backend:
        gateway.serve(backend)
        raw = b"".join(get(n) + post(n) + chunked(n) for n in range(20))
        for step in (1, 7, 1_000, 0):
            seen = await bodies(gateway, raw, 60, step=step)
            assert seen[:3] == [b"GET /0 ", b"POST /0 body 0", b"PUT /0 body 0"]
            assert seen[-3:] == [b"GET /19 ", b"POST /19 body 19", b"PUT /19 body 19"]


async def test_the_second_request_waits_for_the_first_answer(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(get(1) + get(2)) as client:
        peer = await backend.accepted()
        await peer.request()
        assert [request.target for request in backend.requests] == [b"/1"]
        assert peer.unread() == b""
        await peer.send(OK)
        await read_answer(client)
        assert (await peer.request()).target == b"/2"


async def test_a_refusal_comes_in_its_turn(gateway: Gateway) -> None:
    async with RecordingBackend(answering(described)) as backend:
        gateway.serve(backend)
        async with await gateway.ask(
            get(1) + get(2) + b"GET / HTTP/1.1\r\n\r\n" + get(3)
        ) as client:
            statuses = [(await read_answer(client)).status for _ in range(3)]
            assert statuses == [200, 200, 400]
            assert await client.read_to_end() == b""
        assert [request.target for request in backend.requests] == [b"/1", b"/2"]


async def test_what_waits_is_bounded(gateway: Gateway, backend: RecordingBackend) -> None:
    """Requests sent ahead of an answer that does not come are not taken in for ever."""
    gateway.serve(backend)
    async with await gateway.ask(get(1)) as client:
        peer = await backend.accepted()
        await peer.request()
        before = gateway.worker.resident_bytes()
        # Refused without Host once it is their turn: no later test's backend is to get them.
        flood = asyncio.ensure_future(client.send(b"GET /2 HTTP/1.1\r\n\r\n" * 1_000_000))
        await client.stalled()
        assert not flood.done()
        assert gateway.worker.resident_bytes() - before < 4 * 1024 * 1024
        flood.cancel()


async def test_answers_of_many_clients_are_never_mixed_up(gateway: Gateway) -> None:
    async with RecordingBackend(answering(described)) as backend:
        gateway.serve(backend)

        async def one(client: int) -> None:
            raw = b"".join(get(client * 100 + n) for n in range(20))
            expected = [b"GET /%d " % (client * 100 + n) for n in range(20)]
            assert await bodies(gateway, raw, 20, step=50) == expected

        await asyncio.gather(*(one(client) for client in range(20)))

"""Backends that close, refuse or stay silent: who is asked again, and what the client is told."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.recording_backend import OK, RecordingBackend
from tests.support.strict import BrokenTransferError, read_answer
from tests.support.worker import EVERYBODY, Gateway, closed_port, upstream

HOST: Final = b"Host: service.example\r\n"
GET: Final = b"GET /case HTTP/1.1\r\n" + HOST + b"\r\n"
POST: Final = b"POST /case HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where connecting never comes to an end: its accept queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port
        for one in waiting:
            one.close()


# Stale...


async def lost_on_a_kept_connection(
    gateway: Gateway, backend: RecordingBackend, raw: bytes
) -> int | None:
    """Lose ``raw`` on a kept connection; return the status, or None if it is sent again."""
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        await read_answer(client)
        await client.send(raw)
        await peer.request()
        peer.close()
        answering_now = asyncio.ensure_future(read_answer(client, raw.split(b" ", 1)[0]))
        again = asyncio.ensure_future(backend.accepted())
        await asyncio.wait({answering_now, again}, return_when=asyncio.FIRST_COMPLETED)
        if answering_now.done():
            again.cancel()
            return answering_now.result().status
        second = again.result()
        assert (await second.request()).target == b"/case"
        await second.send(OK.removesuffix(b"ok") if raw.startswith(b"HEAD") else OK)
        assert (await answering_now).status == 200
        return None


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS"])
async def test_a_safe_request_lost_on_a_kept_connection_is_sent_again(
    gateway: Gateway, backend: RecordingBackend, method: bytes
) -> None:
    raw = GET.replace(b"GET", method)
    assert await lost_on_a_kept_connection(gateway, backend, raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        POST,
        POST.replace(b"POST", b"GET"),
        GET.replace(b"GET", b"DELETE"),
        GET.replace(b"GET", b"PATCH"),
        GET.replace(b"GET", b"FOO"),
        POST.replace(b"POST", b"PUT"),
    ],
    ids=["POST", "GET with a body", "DELETE", "PATCH", "an unknown method", "PUT"],
)
async def test_any_other_request_lost_on_a_kept_connection_is_not_sent_again(
    gateway: Gateway, backend: RecordingBackend, raw: bytes
) -> None:
    assert await lost_on_a_kept_connection(gateway, backend, raw) == 502
    assert len(backend.requests) == 2


async def test_a_request_lost_on_a_fresh_connection_is_not_sent_again(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        peer.close()
        assert (await read_answer(client)).status == 502
    assert len(backend.requests) == 1


async def test_a_request_is_sent_again_only_once(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        await read_answer(client)
        await client.send(GET)
        await peer.request()
        peer.close()
        second = await backend.accepted()
        await second.request()
        second.close()
        assert (await read_answer(client)).status == 502
    assert len(backend.requests) == 3


async def test_a_connection_closed_while_idle_is_replaced_for_every_method(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        await read_answer(client)
        peer.close()
        await asyncio.sleep(0.05)  # nobody tells when the worker has seen the end
        await client.send(POST)
        second = await backend.accepted()
        assert bytes((await second.request()).body) == b"hello"
        await second.send(OK)
        assert (await read_answer(client)).status == 200


# Refused...


@pytest.mark.parametrize("raw", [GET, POST, GET.replace(b"GET", b"DELETE")])
async def test_legacy_answers_for_an_ai_that_refuses_the_connection(
    gateway: Gateway, backend: RecordingBackend, raw: bytes
) -> None:
    gateway.serve(backend, upstream(closed_port()), share=EVERYBODY)
    async with await gateway.ask(raw) as client:
        peer = await backend.accepted()
        request = await peer.request()
        assert raw.endswith(bytes(request.body))
        assert request.value(b"x-gray-variant") == b"legacy"
        await peer.send(OK)
        answer = await read_answer(client)
    assert answer.status == 200
    assert answer.value(b"x-gray-variant") == b"legacy"
    assert answer.value(b"x-gray-fallback") == b"connect"


async def test_legacy_answers_for_an_ai_that_does_not_accept_in_time(
    gateway: Gateway, backend: RecordingBackend, silent_port: int
) -> None:
    gateway.serve(backend, upstream(silent_port, connect_timeout=0.2), share=EVERYBODY)
    async with await gateway.ask(POST) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        assert (await read_answer(client)).value(b"x-gray-fallback") == b"connect"


async def test_legacy_does_not_answer_for_an_ai_that_got_the_request(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        gateway.serve(backend, ai, share=EVERYBODY)
        async with await gateway.ask(POST) as client:
            peer = await ai.accepted()
            await peer.request()
            peer.close()
            answer = await read_answer(client)
    assert (answer.status, answer.value(b"x-gray-fallback")) == (502, None)
    assert not backend.connections


async def test_a_long_body_survives_the_fall_back(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, upstream(closed_port()), share=EVERYBODY)
    body = bytes(range(256)) * 4_000
    head = POST.replace(
        b"Content-Length: 5\r\n\r\nhello", b"Content-Length: %d\r\n\r\n" % len(body)
    )
    async with await gateway.connect() as client:
        sending = asyncio.ensure_future(client.send(head + body))
        peer = await backend.accepted()
        assert bytes((await peer.request()).body) == body
        await sending
        await peer.send(OK)
        assert (await read_answer(client)).status == 200


async def test_nobody_answers_for_a_legacy_that_refuses_the_connection(gateway: Gateway) -> None:
    gateway.serve(upstream(closed_port()))
    async with await gateway.ask(GET) as client:
        answer = await read_answer(client)
    assert (answer.status, answer.value(b"x-gray-error")) == (502, b"upstream_unreachable")


async def test_nobody_answers_for_a_legacy_that_does_not_accept_in_time(
    gateway: Gateway, silent_port: int
) -> None:
    gateway.serve(upstream(silent_port, connect_timeout=0.2))
    async with await gateway.ask(GET) as client:
        answer = await read_answer(client)
    assert (answer.status, answer.value(b"x-gray-error")) == (504, b"upstream_connect_timeout")


# Slow...


async def test_a_first_byte_that_does_not_come_is_a_504(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(upstream(backend.port, first_byte_timeout=0.2))
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        answer = await read_answer(client)
        await peer.gone()
    assert (answer.status, answer.value(b"x-gray-error")) == (504, b"upstream_timeout")


async def test_a_body_that_stops_coming_is_broken_off(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(upstream(backend.port, idle_timeout=0.2))
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart")
        with pytest.raises(BrokenTransferError):
            await read_answer(client)
        await peer.gone()


async def test_the_first_byte_is_waited_for_from_the_requests_end_on(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(upstream(backend.port, first_byte_timeout=1.0))
    async with await gateway.ask(POST[:-4]) as client:
        peer = await backend.accepted()
        request = await peer.head()
        for letter in POST[-4:]:
            await asyncio.sleep(0.3)  # together more than what the answer is given
            await client.send(bytes([letter]))
        await peer.body(request)
        await peer.send(OK)
        assert (await read_answer(client)).status == 200

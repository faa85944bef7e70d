"""Clients and backends that speak HTTP/1.0."""

from typing import Final

import pytest

from router.routing.snapshot import Match
from tests.support.raw import Ending
from tests.support.recording_backend import OK, RecordingBackend
from tests.support.strict import BrokenTransferError, read_answer
from tests.support.worker import Gateway

GET: Final = b"GET /case HTTP/1.0\r\nHost: service.example\r\n\r\n"
KEEPING: Final = GET.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")
CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_a_client_of_1_0_is_answered_and_its_connection_closed(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        answer = await read_answer(client)
        assert (answer.status, bytes(answer.body)) == (200, b"ok")
        assert await client.read_to_end() == b""


async def test_a_client_that_asks_for_it_keeps_its_connection(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(KEEPING) as client:
        peer = await backend.accepted()
        for _ in range(3):
            await peer.request()
            await peer.send(OK)
            answer = await read_answer(client)
            assert (answer.value(b"connection") or b"").lower() == b"keep-alive"
            await client.send(KEEPING)


async def test_a_chunked_answer_ends_with_the_connection(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(KEEPING) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(CHUNKED + b"2\r\nok\r\n0\r\n\r\n")
        answer = await read_answer(client)
        assert (bytes(answer.body), answer.values(b"transfer-encoding")) == (b"ok", [])
        assert client.ending is Ending.CLEAN


async def test_a_broken_chunked_answer_ends_with_a_reset(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(CHUNKED + b"2\r\nok\r\n")
        await client.read_until(b"ok")
        peer.close()
        assert await client.gone() is Ending.RESET


async def test_without_a_host_only_services_without_hosts_match(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, match=Match(hosts=("service.example",)))
    async with await gateway.ask(b"GET /case HTTP/1.0\r\n\r\n") as client:
        answer = await read_answer(client)
    assert (answer.status, answer.value(b"x-gray-error")) == (404, b"no_route")


async def test_without_a_host_the_backend_still_gets_one(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(b"GET /case HTTP/1.0\r\n\r\n") as client:
        peer = await backend.accepted()
        assert (await peer.request()).value(b"host") == b"127.0.0.1:%d" % backend.port
        await peer.send(OK)
        assert (await read_answer(client)).status == 200


async def test_a_backend_of_1_0_ends_its_body_with_the_connection(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET.replace(b"1.0", b"1.1")) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(b"HTTP/1.0 200 OK\r\n\r\nall of it")
        peer.close()
        answer = await read_answer(client)
        assert (bytes(answer.body), answer.complete) == (b"all of it", True)


async def test_a_backend_of_1_0_that_resets_has_not_ended_its_body(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET.replace(b"1.0", b"1.1")) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(b"HTTP/1.0 200 OK\r\n\r\nnot all")
        await client.read_until(b"not all")
        client.rewind()
        peer.reset()
        with pytest.raises(BrokenTransferError):
            await read_answer(client)


async def test_a_backend_of_1_0_is_not_asked_twice_on_one_connection(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET.replace(b"1.0", b"1.1")) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK.replace(b"HTTP/1.1", b"HTTP/1.0"))
        await read_answer(client)
        await client.send(GET.replace(b"1.0", b"1.1"))
        second = await backend.accepted()
        await second.request()
        await second.send(OK)
        assert (await read_answer(client)).status == 200
        assert len(peer.requests) == 1

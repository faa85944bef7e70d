"""What a client may cost, and what it is told when that is exceeded."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import pytest

from router.routing.snapshot import Limits
from tests.support.raw import RawSocket
from tests.support.recording_backend import OK, RecordingBackend, answering, plain_ok
from tests.support.strict import Answer, BrokenTransferError, read_answer, read_answer_head
from tests.support.worker import Gateway

HOST: Final = b"Host: service.example\r\n"
GET: Final = b"GET /case HTTP/1.1\r\n" + HOST + b"\r\n"


def get(fields: bytes = b"", target: bytes = b"/case") -> bytes:
    return b"GET %b HTTP/1.1\r\n%b%b\r\n" % (target, HOST, fields)


def post(length: int) -> bytes:
    return b"POST /case HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n" % (HOST, length)


async def refused(client: RawSocket) -> tuple[int, bytes | None]:
    """Return the status and code of a refusal, behind which the connection ends."""
    answer = await read_answer(client)
    assert await client.read_to_end() == b""
    assert answer.value(b"connection") == b"close"
    return answer.status, answer.value(b"x-gray-error")


async def asked(gateway: Gateway, backend: RecordingBackend, raw: bytes) -> Answer:
    """Return the backend's answer to ``raw``."""
    async with await gateway.ask(raw) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        return await read_answer(client)


# Heads...


async def test_as_many_fields_as_allowed(gateway: Gateway, backend: RecordingBackend) -> None:
    gateway.serve(backend, limits=Limits(header_count=10))
    assert (await asked(gateway, backend, get(b"A: b\r\n" * 9))).status == 200


async def test_one_field_too_many(gateway: Gateway, backend: RecordingBackend) -> None:
    gateway.serve(backend, limits=Limits(header_count=10))
    async with await gateway.ask(get(b"A: b\r\n" * 10)) as client:
        assert await refused(client) == (431, b"head_too_large")
    assert not backend.connections


async def test_a_head_as_large_as_allowed(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = get(b"A: " + b"b" * 1_000 + b"\r\n")
    gateway.serve(backend, limits=Limits(header_bytes=len(raw)))
    assert (await asked(gateway, backend, raw)).status == 200


async def test_a_head_one_byte_too_large(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = get(b"A: " + b"b" * 1_000 + b"\r\n")
    gateway.serve(backend, limits=Limits(header_bytes=len(raw) - 1))
    async with await gateway.ask(raw) as client:
        assert await refused(client) == (431, b"head_too_large")
    assert not backend.connections


async def test_a_head_too_large_is_refused_before_it_has_ended(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(header_bytes=1_000))
    async with await gateway.ask(get()[:-2] + b"A: " + b"b" * 1_000) as client:
        assert await refused(client) == (431, b"head_too_large")


async def test_a_target_too_long(gateway: Gateway, backend: RecordingBackend) -> None:
    gateway.serve(backend, limits=Limits(header_bytes=1_000))
    async with await gateway.ask(get(target=b"/" + b"a" * 1_000)) as client:
        assert await refused(client) == (414, b"target_too_long")


async def test_the_limit_of_a_head_holds_for_each_of_many(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        raw = get(b"A: " + b"b" * 500 + b"\r\n")
        gateway.serve(backend, limits=Limits(header_bytes=len(raw)))
        async with await gateway.ask(raw * 20) as client:
            assert [(await read_answer(client)).status for _ in range(20)] == [200] * 20


# Bodies...


async def test_a_body_as_large_as_allowed(gateway: Gateway, backend: RecordingBackend) -> None:
    gateway.serve(backend, limits=Limits(body=1_000))
    assert (await asked(gateway, backend, post(1_000) + b"b" * 1_000)).status == 200


async def test_a_body_announced_too_large_is_refused_at_once(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(body=1_000))
    async with await gateway.ask(post(1_001)) as client:
        assert await refused(client) == (413, b"body_too_large")
    assert not backend.connections


async def test_a_body_that_grows_too_large_is_broken_off(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(body=1_000))
    head = b"POST /case HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n" % HOST
    async with await gateway.ask(head + b"320\r\n" + b"b" * 800 + b"\r\n") as client:
        peer = await backend.accepted()
        await peer.head()
        await client.send(b"320\r\n" + b"b" * 800 + b"\r\n")
        assert await refused(client) == (413, b"body_too_large")
    await peer.gone()
    assert not peer.received.endswith(b"0\r\n\r\n")


async def test_without_a_limit_a_body_is_not_limited(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    assert (await asked(gateway, backend, post(3_000_000) + b"b" * 3_000_000)).status == 200


# Time...


async def test_a_head_that_does_not_come_is_not_waited_for(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(header_timeout=0.2))
    async with await gateway.ask(GET[:20]) as client:
        assert await refused(client) == (408, b"request_timeout")


async def test_a_head_that_drips_is_not_waited_for_either(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(header_timeout=0.4))
    async with await gateway.ask(GET[:-2] + b"A: ") as client:

        async def drip() -> None:
            for _ in range(100):
                await client.send(b"b")
                await asyncio.sleep(0.05)

        dripping = asyncio.ensure_future(drip())
        assert (await read_answer(client)).status == 408
        dripping.cancel()
    assert not backend.connections


async def test_a_body_that_does_not_come_is_not_waited_for(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(idle_timeout=0.2))
    async with await gateway.ask(post(10) + b"12345") as client:
        peer = await backend.accepted()
        request = await peer.head()
        assert await refused(client) == (408, b"request_timeout")
        await peer.gone()
    assert not request.complete


async def test_a_slow_answer_is_no_fault_of_the_clients(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(idle_timeout=0.5, header_timeout=0.5))
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await asyncio.sleep(1.0)  # twice what an idle client is given
        await peer.send(OK)
        assert (await read_answer(client)).status == 200


@pytest.mark.parametrize("before", [b"", b"\r\n"], ids=["nothing", "an empty line"])
async def test_a_connection_without_a_request_is_closed_quietly(
    gateway: Gateway, backend: RecordingBackend, before: bytes
) -> None:
    gateway.serve(backend, limits=Limits(idle_timeout=0.2, header_timeout=0.2))
    async with await gateway.ask(before) as client:
        assert await client.read_to_end() == b""


async def test_a_kept_connection_is_closed_quietly(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(idle_timeout=0.2))
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        await read_answer(client)
        assert await client.read_to_end() == b""


async def test_a_client_that_stops_reading_is_cut_off(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, limits=Limits(idle_timeout=0.3))
    async with await gateway.connect(receive_buffer=4 * 1024) as client:
        await client.send(GET)
        peer = await backend.accepted()
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        assert not await peer.send(bytes(100_000_000))
        head = await read_answer_head(client)
        assert head.status == 200
        client.rewind()
        with pytest.raises(BrokenTransferError):
            await read_answer(client)


# Connections...


async def test_one_connection_too_many(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend, AsyncExitStack() as stack:
        gateway.serve(backend, limits=Limits(connections=3))
        clients = [await stack.enter_async_context(await gateway.ask(GET)) for _ in range(3)]
        for client in clients:
            assert (await read_answer(client)).status == 200
        async with await gateway.ask(b"") as late:
            assert await refused(late) == (503, b"too_many_connections")
        clients[0].close()
        assert await eventually_served(gateway)


async def eventually_served(gateway: Gateway) -> bool:
    """Ask until there is room again; the worker learns of an end some moments after it."""
    for _ in range(100):
        async with await gateway.ask(GET) as client:
            if (await read_answer(client)).status == 200:
                return True
        await asyncio.sleep(0.01)
    return False


async def test_a_changed_limit_holds_for_the_next_request(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend)
        async with await gateway.ask(get(b"A: b\r\n" * 20)) as client:
            assert (await read_answer(client)).status == 200
            gateway.serve(backend, limits=Limits(header_count=10))
            await client.send(get(b"A: b\r\n" * 20))
            assert await refused(client) == (431, b"head_too_large")

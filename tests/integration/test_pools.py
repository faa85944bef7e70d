"""Connections to backends: kept, queued for, and spread over several endpoints."""

import asyncio
from typing import Final

from tests.support.raw import PATIENCE
from tests.support.recording_backend import (
    OK,
    BackendConnection,
    RecordingBackend,
    answering,
    plain_ok,
)
from tests.support.strict import read_answer
from tests.support.worker import Gateway, closed_port, upstream

HOST: Final = b"Host: service.example\r\n"
GET: Final = b"GET /case HTTP/1.1\r\n" + HOST + b"\r\n"
POST: Final = b"POST /case HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"


# Kept...


async def test_a_connection_is_used_again(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend)
        for _ in range(5):
            async with await gateway.ask(GET) as client:
                assert (await read_answer(client)).status == 200
        assert (len(backend.connections), len(backend.requests)) == (1, 5)


async def test_a_connection_that_says_close_is_not_used_again(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await read_answer(client)
        await peer.gone()
        await client.send(GET)
        second = await backend.accepted()
        await second.request()


async def test_a_connection_that_speaks_unasked_is_not_used_again(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        await read_answer(client)
        await peer.send(OK.replace(b"ok", b"no"))
        await peer.gone()
        await client.send(GET)
        second = await backend.accepted()
        await second.request()
        await second.send(OK)
        assert bytes((await read_answer(client)).body) == b"ok"


async def test_an_idle_connection_is_closed_in_time(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(upstream(backend.port, pool_idle=0.2))
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        await read_answer(client)
        await peer.gone()


async def test_an_early_answers_connection_is_not_used_again(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(POST.removesuffix(b"lo")):
        peer = await backend.accepted()
        await peer.head()
        await peer.send(OK)
        await peer.gone()


# Queued...


async def test_who_finds_all_connections_taken_waits_for_one(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(upstream(backend.port, max_connections=1))
    async with await gateway.ask(GET) as first, await gateway.ask(GET) as second:
        peer = await backend.accepted()
        for _ in range(2):
            await peer.request()
            await peer.send(OK)
        assert (await read_answer(first)).status == 200
        assert (await read_answer(second)).status == 200
    assert len(backend.connections) == 1


async def test_who_finds_the_queue_full_is_told_so(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(upstream(backend.port, max_connections=1, max_pending=0))
    async with await gateway.ask(GET) as first:
        peer = await backend.accepted()
        await peer.request()
        async with await gateway.ask(GET) as second:
            answer = await read_answer(second)
        assert (answer.status, answer.value(b"x-gray-error")) == (503, b"upstream_busy")
        await peer.send(OK)
        assert (await read_answer(first)).status == 200


async def test_who_waits_too_long_is_told_so(gateway: Gateway, backend: RecordingBackend) -> None:
    gateway.serve(upstream(backend.port, max_connections=1, connect_timeout=0.2))
    async with await gateway.ask(GET) as first:
        peer = await backend.accepted()
        await peer.request()
        async with await gateway.ask(GET) as second:
            assert (await read_answer(second)).status == 503
        await peer.send(OK)
        assert (await read_answer(first)).status == 200


async def test_who_leaves_the_queue_is_not_served(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(upstream(backend.port, max_connections=1))
    async with await gateway.ask(GET) as first:
        peer = await backend.accepted()
        await peer.request()
        async with await gateway.ask(GET.replace(b"/case", b"/left")):
            await asyncio.sleep(0.05)  # long enough to stand in the queue
        async with await gateway.ask(GET.replace(b"/case", b"/third")) as third:
            await asyncio.sleep(0.05)
            await peer.send(OK)
            assert (await read_answer(first)).status == 200
            assert (await peer.request()).target == b"/third"
            await peer.send(OK)
            assert (await read_answer(third)).status == 200


async def test_who_waits_is_served_although_the_table_changes(gateway: Gateway) -> None:
    first_has_come, first_may_go = asyncio.Event(), asyncio.Event()

    async def serve(peer: BackendConnection) -> None:
        while True:
            if (await peer.request()).target == b"/first":
                first_has_come.set()
                await first_may_go.wait()
            await peer.send(OK)

    async with RecordingBackend(serve) as old, RecordingBackend(answering(plain_ok)) as new:
        gateway.serve(upstream(old.port, max_connections=1))
        async with await gateway.ask(GET.replace(b"/case", b"/first")) as first:
            await first_has_come.wait()
            async with await gateway.ask(GET) as second:
                await asyncio.sleep(0.05)  # long enough to stand in the queue
                gateway.serve(new)
                first_may_go.set()
                assert (await read_answer(first)).status == 200
                assert (await read_answer(second)).status == 200
        for peer in old.connections:
            await asyncio.wait_for(peer.over.wait(), PATIENCE)


# Several endpoints...


async def test_another_endpoint_answers_for_one_that_refuses(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(upstream(closed_port(), backend.port))
        for _ in range(20):
            async with await gateway.ask(GET) as client:
                assert (await read_answer(client)).status == 200


async def test_the_less_loaded_endpoint_is_chosen(gateway: Gateway) -> None:
    async with RecordingBackend() as hanging, RecordingBackend(answering(plain_ok)) as quick:
        gateway.serve(upstream(hanging.port, quick.port))
        waiting = []
        while not hanging.connections:
            waiting.append(await gateway.ask(GET))
            await asyncio.sleep(0.01)
        served = len(quick.requests)
        # One of the two random choices is always the one with nothing to do.
        for _ in range(20):
            async with await gateway.ask(GET) as client:
                assert (await read_answer(client)).status == 200
        assert len(quick.requests) == served + 20
        for client in waiting:
            client.close()

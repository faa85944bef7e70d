"""A rollback: no request begins at AI any more, wherever it waits; others finish or are cut."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest

from router.model import BasisPoints
from router.routing.snapshot import InFlight, Place, PlaceKind
from tests.support.recording_backend import (
    OK,
    BackendConnection,
    RecordingBackend,
    answering,
    plain_ok,
)
from tests.support.strict import Answer, BrokenTransferError, read_answer, read_answer_head
from tests.support.worker import EVERYBODY, Gateway, upstream

HOST: Final = b"Host: service.example\r\n"
GET: Final = b"GET /case HTTP/1.1\r\n" + HOST + b"\r\n"
BODY: Final = b'{"user":"a"}'
POST: Final = b"POST /case HTTP/1.1\r\n" + HOST + b"Content-Length: 12\r\n\r\n"
LEGACY: Final = OK.replace(b"ok", b"l!")


@pytest.fixture
async def legacy() -> AsyncIterator[RecordingBackend]:
    async with RecordingBackend(answering(lambda _: LEGACY)) as listening:
        yield listening


@pytest.fixture
async def ai(gateway: Gateway, legacy: RecordingBackend) -> AsyncIterator[RecordingBackend]:
    """AI, which everybody is served by; the test plays its part."""
    async with RecordingBackend() as listening:
        gateway.serve(legacy, listening, share=EVERYBODY)
        yield listening


async def begun(ai: RecordingBackend) -> BackendConnection:
    """Wait until the next request has come whole to a new connection of AI."""
    peer = await ai.accepted()
    await peer.request()
    return peer


def by_legacy(answer: Answer, fallback: bytes | None = b"rolled_back") -> bool:
    told = (answer.value(b"x-gray-variant"), answer.value(b"x-gray-fallback"))
    return (answer.status, bytes(answer.body), *told) == (200, b"l!", b"legacy", fallback)


# Whoever has not begun...


async def test_on_a_kept_connection_the_next_request_is_legacys(
    gateway: Gateway, ai: RecordingBackend
) -> None:
    async with await gateway.ask(GET) as client:
        peer = await begun(ai)
        await peer.send(OK)
        assert (await read_answer(client)).value(b"x-gray-variant") == b"ai"
        gateway.roll_back()
        await client.send(GET)
        assert by_legacy(await read_answer(client), fallback=None)
    assert len(ai.requests) == 1


async def test_whoever_waits_for_a_connection_is_answered_by_legacy_at_once(
    gateway: Gateway, ai: RecordingBackend, legacy: RecordingBackend
) -> None:
    one = upstream(ai.port, max_connections=1)
    gateway.serve(legacy, one, share=EVERYBODY)
    async with await gateway.ask(GET) as first, await gateway.ask(POST + BODY[:5]) as second:
        peer = await begun(ai)
        await second.send(BODY[5:])
        await in_flight(gateway, 2)
        gateway.roll_back()
        assert by_legacy(await read_answer(second))
        assert [bytes(request.body) for request in legacy.requests] == [BODY]
        await peer.send(OK)
        assert (await read_answer(first)).value(b"x-gray-variant") == b"ai"
    assert len(ai.requests) == 1


async def in_flight(gateway: Gateway, count: int) -> None:
    """Wait until AI has so many requests, those that wait for it among them."""
    await comes_true(lambda: gateway.worker.counts().services[0].variants[1].in_flight == count)


async def comes_true(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true")


async def test_requests_behind_one_that_ai_works_on_are_legacys(
    gateway: Gateway, ai: RecordingBackend
) -> None:
    async with await gateway.ask(GET * 3) as client:
        peer = await begun(ai)
        gateway.roll_back()
        await peer.send(OK)
        assert (await read_answer(client)).value(b"x-gray-variant") == b"ai"
        for _ in range(2):
            assert by_legacy(await read_answer(client), fallback=None)
    assert len(ai.requests) == 1


async def test_whose_body_is_collected_for_its_key_is_legacys(
    gateway: Gateway, ai: RecordingBackend, legacy: RecordingBackend
) -> None:
    gateway.serve(legacy, ai, share=EVERYBODY, keys=(Place(PlaceKind.JSON, "/user"),))
    async with await gateway.ask(POST + BODY[:5]) as client:
        await client.stalled()
        gateway.roll_back()
        await client.send(BODY[5:])
        assert by_legacy(await read_answer(client))
    assert [bytes(request.body) for request in legacy.requests] == [BODY]
    assert ai.connections == []


async def test_a_second_attempt_is_made_at_legacy(gateway: Gateway, ai: RecordingBackend) -> None:
    async with await gateway.ask(GET) as client:
        peer = await begun(ai)
        await peer.send(OK)
        await read_answer(client)
        await client.send(GET)
        await peer.request()
        gateway.roll_back()
        peer.close()
        assert by_legacy(await read_answer(client))
    assert len(ai.connections) == 1


async def test_whoever_waits_while_the_lease_is_lost_is_legacys_too(
    gateway: Gateway, ai: RecordingBackend, legacy: RecordingBackend
) -> None:
    gateway.serve(legacy, upstream(ai.port, max_connections=1), share=EVERYBODY)
    async with await gateway.ask(GET) as first, await gateway.ask(GET) as second:
        peer = await begun(ai)
        await in_flight(gateway, 2)
        gateway.worker.lease(1.0)
        try:
            await peer.send(OK)
            assert (await read_answer(first)).value(b"x-gray-variant") == b"ai"
            assert by_legacy(await read_answer(second), fallback=b"lease_lost")
        finally:
            gateway.worker.lease(math.inf)
    assert len(ai.requests) == 1


async def test_under_load_ai_is_asked_nothing_more_once_the_rollback_is_acknowledged(
    gateway: Gateway, legacy: RecordingBackend
) -> None:
    async with RecordingBackend(answering(plain_ok)) as ai:
        gateway.serve(legacy, upstream(ai.port, max_connections=4), share=EVERYBODY)
        stop = asyncio.Event()
        statuses: list[int] = []

        async def ask_on() -> None:
            async with await gateway.connect() as client:
                while not stop.is_set():
                    await client.send(GET)
                    statuses.append((await read_answer(client)).status)

        asking = [asyncio.ensure_future(ask_on()) for _ in range(24)]
        await comes_true(lambda: len(ai.requests) >= 200)
        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        applied = await asyncio.to_thread(gateway.roll_back)
        now = time.clock_gettime(time.CLOCK_BOOTTIME)
        seen = applied.ai["support"]
        assert before - 1 < seen.last_begun <= now
        asked = len(ai.requests) + seen.in_flight
        legacys = len(legacy.requests)
        await comes_true(lambda: len(legacy.requests) >= legacys + 200)
        stop.set()
        await asyncio.gather(*asking)
        assert len(ai.requests) <= asked
        assert set(statuses) == {200}


# Whoever has begun...


async def test_an_answer_that_ai_works_on_finishes(gateway: Gateway, ai: RecordingBackend) -> None:
    async with await gateway.ask(POST + BODY) as client:
        peer = await begun(ai)
        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        seen = gateway.roll_back(stream_drain=0.0).ai["support"]
        assert before - 5 < seen.last_begun <= before
        assert seen.in_flight == 1
        await peer.send(OK)
        assert (await read_answer(client)).value(b"x-gray-variant") == b"ai"


async def test_a_long_answer_finishes(gateway: Gateway, ai: RecordingBackend) -> None:
    async with await gateway.ask(GET) as client:
        peer = await begun(ai)
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + bytes(100_000))
        await read_answer_head(client)
        gateway.roll_back(stream_drain=0.0)
        await asyncio.sleep(0.2)
        await peer.send(bytes(200_000))
        assert await client.read_exactly(300_000) == bytes(300_000)


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 9\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n4\r\n", b"\r\n"]
)
async def test_a_cut_answer_is_never_taken_for_whole(
    gateway: Gateway, ai: RecordingBackend, framing: bytes
) -> None:
    async with await gateway.ask(GET) as client:
        peer = await begun(ai)
        await peer.send(b"HTTP/1.1 200 OK\r\n" + framing + b"half\r\n")
        await client.read_until(b"half")
        applied = gateway.roll_back(in_flight=InFlight.CUT)
        assert applied.ai["support"].in_flight == 0
        client.rewind()
        with pytest.raises(BrokenTransferError):
            await read_answer(client)
        await peer.gone()


async def test_a_cut_has_legacy_answer_what_may_be_asked_twice(
    gateway: Gateway, ai: RecordingBackend
) -> None:
    async with await gateway.ask(GET) as client:
        peer = await begun(ai)
        assert gateway.roll_back(in_flight=InFlight.CUT).ai["support"].in_flight == 0
        assert by_legacy(await read_answer(client))
        await peer.gone()


async def test_a_cut_says_so_to_whom_nobody_else_may_be_asked_for(
    gateway: Gateway, ai: RecordingBackend
) -> None:
    async with await gateway.ask(POST + BODY + GET) as client:
        peer = await begun(ai)
        gateway.roll_back(in_flight=InFlight.CUT)
        answer = await read_answer(client)
        assert (answer.status, answer.value(b"x-gray-error")) == (502, b"rolled_back")
        await peer.gone()
        assert by_legacy(await read_answer(client), fallback=None)


async def test_who_has_nothing_to_do_with_ai_is_not_disturbed(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        gateway.serve(backend, ai, share=BasisPoints(0))
        async with await gateway.ask(POST + BODY) as client:
            peer = await begun(backend)
            applied = gateway.roll_back(in_flight=InFlight.CUT)
            assert applied.ai["support"].in_flight == 0
            await peer.send(OK)
            assert (await read_answer(client)).status == 200

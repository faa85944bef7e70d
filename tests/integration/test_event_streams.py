"""A stream's events are passed on one by one, when they come.

Each test waits for an event at the client before the backend sends the next one: a router that
collects them would never get to the second.
"""

import asyncio
from typing import Final

import pytest

from tests.support.raw import EndedError
from tests.support.recording_backend import RecordingBackend
from tests.support.strict import read_answer, read_answer_head
from tests.support.worker import Gateway

GET: Final = b"GET /events HTTP/1.1\r\nHost: service.example\r\nAccept: text/event-stream\r\n\r\n"
HEADS: Final = {
    "chunked": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n",
    "until the end": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
    "of a length": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Content-Length: 1000000\r\n\r\n",
    "of HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
}


def event(number: int, *, chunked: bool) -> bytes:
    text = b"data: %d\n\n" % number
    return b"%x\r\n%b\r\n" % (len(text), text) if chunked else text


@pytest.mark.parametrize("kind", HEADS)
async def test_each_event_arrives_before_the_next_is_sent(
    gateway: Gateway, backend: RecordingBackend, kind: str
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS[kind])
        assert (await read_answer_head(client)).value(b"content-type") == b"text/event-stream"
        for number in range(20):
            await peer.send(event(number, chunked=kind == "chunked"))
            assert b"data: %d\n\n" % number in await client.read_until(b"\n\n")


async def test_a_single_byte_is_passed_on_at_once(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS["until the end"].replace(b"1.1", b"1.0"))
        await read_answer_head(client)
        for letter in b"stream":
            await peer.send(bytes([letter]))
            await client.read_until(bytes([letter]))


async def test_an_event_cut_into_pieces_is_passed_on_in_pieces(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS["chunked"] + b"9\r\nda")
        await read_answer_head(client)
        await client.read_until(b"da")
        await peer.send(b"ta:")
        await client.read_until(b"ta:")
        await peer.send(b" 1\n\n\r\n")
        await client.read_until(b"1\n\n")


async def test_a_client_that_leaves_ends_the_stream(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS["chunked"] + event(1, chunked=True))
        await client.read_until(b"\n\n")
    await peer.gone()


async def test_a_stream_that_breaks_is_broken_for_the_client(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS["chunked"] + event(1, chunked=True))
        await client.read_until(b"\n\n")
        peer.reset()
        with pytest.raises(EndedError):
            await client.read_until(b"\r\n0\r\n\r\n")


async def test_a_hundred_streams_run_side_by_side(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    all_have_begun = asyncio.Barrier(100)

    async def one() -> None:
        async with await gateway.ask(GET) as client:
            peer = await backend.accepted()
            await peer.request()
            await all_have_begun.wait()
            await peer.send(HEADS["chunked"])
            for turn in range(5):
                await peer.send(event(turn, chunked=True))
            await peer.send(b"0\r\n\r\n")
            assert (await read_answer(client)).body.count(b"data: ") == 5

    await asyncio.gather(*(one() for _ in range(100)))


async def test_a_request_body_is_passed_on_as_it_comes(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    head = b"POST /up HTTP/1.1\r\nHost: service.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with await gateway.ask(head) as client:
        peer = await backend.accepted()
        await peer.head()
        for number in range(10):
            await client.send(event(number, chunked=True))
            await peer.read_until(b"data: %d\n\n" % number)
        await client.send(b"0\r\n\r\n")
        await peer.read_until(b"0\r\n\r\n")


async def test_answer_and_request_may_stream_at_the_same_time(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    head = b"POST /talk HTTP/1.1\r\nHost: service.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with await gateway.ask(head) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(HEADS["chunked"])
        await read_answer_head(client)
        for number in range(5):
            await client.send(event(number, chunked=True))
            await peer.read_until(b"data: %d\n\n" % number)
            await peer.send(event(number, chunked=True))
            await client.read_until(b"data: %d\n\n" % number)

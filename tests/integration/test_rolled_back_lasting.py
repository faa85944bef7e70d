"""A rollback gives what could last for ever some time, and then says why it ends."""

import asyncio
import math
from pathlib import Path
from typing import Any, Final

import pytest

from router.http1.event_stream import ROLLED_BACK_EVENT
from router.routing.snapshot import InFlight, UpstreamTls
from tests.support.certificates import Authority
from tests.support.raw import PATIENCE, Ending, RawSocket
from tests.support.recording_backend import BackendConnection, RecordingBackend
from tests.support.stream_backend import Peer, StreamBackend, server_context
from tests.support.strict import read_answer, read_any_head
from tests.support.worker import EVERYBODY, Gateway

GET: Final = b"GET /events HTTP/1.1\r\nHost: service.example\r\n\r\n"
STREAM: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
HANDSHAKE: Final = (
    b"GET /chat HTTP/1.1\r\nHost: service.example\r\nConnection: Upgrade\r\n"
    b"Upgrade: %b\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
SWITCHING: Final = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n"
TEXT: Final = b"\x81\x02hi"
CLOSE: Final = b"\x88\x02\x03\xf4"
SOON: Final = 1.0
"""Seconds. Long enough that something happens before, on a busy machine as well."""


def chunk(text: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(text), text)


async def stream(
    gateway: Gateway, ai: RecordingBackend, legacy: RecordingBackend, **table: Any
) -> tuple[RawSocket, BackendConnection]:
    """A client and AI, with an event stream between them."""
    gateway.serve(legacy, ai, share=EVERYBODY, **table)
    client = await gateway.ask(GET)
    peer = await ai.accepted()
    await peer.request()
    await peer.send(STREAM + chunk(b"data: 1\n\n"))
    await client.read_until(b"data: 1\n\n")
    return client, peer


async def tunnel(
    gateway: Gateway, ai: RecordingBackend, legacy: RecordingBackend, protocol: bytes = b"websocket"
) -> tuple[RawSocket, BackendConnection]:
    """A client and AI, with a tunnel between them in which both have spoken."""
    gateway.serve(legacy, ai, share=EVERYBODY)
    client = await gateway.ask(HANDSHAKE % protocol)
    peer = await ai.accepted()
    await peer.head()
    await peer.send(SWITCHING % protocol + TEXT)
    assert (await read_any_head(client)).value(b"x-gray-variant") == b"ai"
    assert await client.read_exactly(len(TEXT)) == TEXT
    await client.send(b"\x81\x82abcdhi")
    await peer.read_exactly(8)
    return client, peer


def unmasked(frame: bytes) -> bytes:
    """Read a client's close frame as a server does."""
    assert frame[:2] == b"\x88\x82"
    return bytes(byte ^ key for byte, key in zip(frame[6:], frame[2:], strict=False))


async def test_an_event_stream_goes_on_for_a_while_and_ends_with_an_event(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await stream(gateway, ai, backend)
        assert gateway.roll_back(stream_drain=SOON).ai["support"].in_flight == 1
        await peer.send(chunk(b"data: 2\n\n"))
        client.rewind()
        answer = await read_answer(client)
        assert bytes(answer.body) == b"data: 1\n\ndata: 2\n\n" + ROLLED_BACK_EVENT
        assert await client.gone() is Ending.CLEAN
        await peer.gone()
        client.close()


async def test_an_event_that_has_begun_is_waited_for(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await stream(gateway, ai, backend)
        await peer.send(chunk(b"data: 2"))
        await client.read_until(b"data: 2")
        gateway.roll_back(stream_drain=0.0)
        await peer.send(chunk(b"2\n\ndata: 3\n\n"))
        client.rewind()
        answer = await read_answer(client)
        assert bytes(answer.body) == b"data: 1\n\ndata: 22\n\n" + ROLLED_BACK_EVENT
        client.close()


async def test_an_event_that_does_not_come_to_its_end_is_not_made_whole(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await stream(gateway, ai, backend)
        await peer.send(chunk(b"data: 2"))
        await client.read_until(b"data: 2")
        gateway.roll_back(stream_drain=0.0)
        client.rewind()
        assert bytes((await read_answer(client)).body) == b"data: 1\n\ndata: 2"
        assert await client.gone() is Ending.CLEAN
        client.close()


async def test_a_stream_that_begins_after_the_rollback_ends_too(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        gateway.serve(backend, ai, share=EVERYBODY)
        async with await gateway.ask(GET) as client:
            peer = await ai.accepted()
            await peer.request()
            gateway.roll_back(stream_drain=0.0)
            await peer.send(STREAM + chunk(b"data: 1\n\n"))
            answer = await read_answer(client)
            assert bytes(answer.body) == b"data: 1\n\n" + ROLLED_BACK_EVENT


async def test_a_later_start_prolongs_nothing(gateway: Gateway, backend: RecordingBackend) -> None:
    async with RecordingBackend() as ai:
        client, _ = await stream(gateway, ai, backend)
        gateway.roll_back(stream_drain=SOON)
        gateway.serve(backend, ai, share=EVERYBODY)
        second, _ = await stream(gateway, ai, backend)
        await client.read_until(ROLLED_BACK_EVENT)
        await asyncio.sleep(SOON)
        assert ROLLED_BACK_EVENT not in second.received
        client.close()
        second.close()


async def test_a_lease_that_has_run_out_ends_a_stream_too(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await stream(gateway, ai, backend, stream_drain=SOON)
        gateway.worker.lease(1.0)
        try:
            await client.read_until(ROLLED_BACK_EVENT)
            await peer.gone()
        finally:
            gateway.worker.lease(math.inf)
        client.close()


@pytest.mark.parametrize("in_flight", InFlight)
async def test_a_websocket_is_closed_with_1012_towards_both_sides(
    gateway: Gateway, backend: RecordingBackend, in_flight: InFlight
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await tunnel(gateway, ai, backend)
        gateway.roll_back(stream_drain=SOON, in_flight=in_flight)
        if in_flight is InFlight.FINISH:
            await peer.send(TEXT)
            assert await client.read_exactly(len(TEXT)) == TEXT
        assert await client.read_exactly(len(CLOSE)) == CLOSE
        assert await client.gone() is Ending.CLEAN
        assert unmasked(await peer.read_exactly(8)) == (1012).to_bytes(2, "big")
        assert await peer.gone() is Ending.CLEAN
        client.close()


async def test_a_websocket_over_tls_is_closed_with_1012_too(
    gateway: Gateway, backend: RecordingBackend, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    heard: list[bytes] = []

    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.send(SWITCHING % b"websocket" + TEXT)
        heard.append(await peer.reader.read(8))
        heard.append(await peer.reader.read())

    context = server_context(authority.issue("IP:127.0.0.1"))
    async with StreamBackend(context, script=talk) as ai:
        tls = UpstreamTls(ca=authority.pem)
        gateway.serve(backend, ai.upstream(tls=tls), share=EVERYBODY)
        async with await gateway.ask(HANDSHAKE % b"websocket") as client, asyncio.timeout(PATIENCE):
            await client.read_until(TEXT)
            gateway.roll_back(stream_drain=0.0)
            assert await client.read_to_end() == CLOSE
            assert client.ending is Ending.CLEAN
            await ai.peers[0].over.wait()
    assert unmasked(heard[0]) == (1012).to_bytes(2, "big")
    assert heard[1] == b""


async def test_a_close_frame_never_stands_within_another_frame(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await tunnel(gateway, ai, backend)
        await peer.send(TEXT[:3])
        await client.read_exactly(3)
        gateway.roll_back(stream_drain=0.0)
        assert unmasked(await peer.read_exactly(8)) == (1012).to_bytes(2, "big")
        await peer.send(TEXT[3:] + TEXT)
        assert await client.read_exactly(1 + len(CLOSE)) == TEXT[3:] + CLOSE
        assert await client.gone() is Ending.CLEAN
        client.close()


async def test_a_frame_that_does_not_come_to_its_end_is_not_waited_for_for_long(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await tunnel(gateway, ai, backend)
        await peer.send(TEXT[:3])
        await client.read_exactly(3)
        gateway.roll_back(stream_drain=0.0)
        assert await client.read_to_end() == b""
        await peer.gone()
        client.close()


async def test_another_tunnel_is_closed_without_a_word(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        client, peer = await tunnel(gateway, ai, backend, b"telnet")
        gateway.roll_back(stream_drain=0.0)
        assert await client.read_to_end() == b""
        assert client.ending is Ending.CLEAN
        assert await peer.read_to_end() == b""
        client.close()

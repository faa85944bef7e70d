"""An upgraded connection is a tunnel: what goes in on one side comes out on the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from router.model import Variant
from tests.support.raw import Ending, RawSocket
from tests.support.recording_backend import OK, BackendConnection, RecordingBackend
from tests.support.strict import read_answer, read_any_head
from tests.support.worker import EVERYBODY, Gateway

HANDSHAKE: Final = (
    b"GET /chat HTTP/1.1\r\nHost: service.example\r\nConnection: keep-alive, Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
SWITCHING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
FRAME: Final = bytes(range(256)) + b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"
"""Bytes that are no HTTP, and some that look like it."""


@asynccontextmanager
async def tunnel(
    gateway: Gateway, backend: RecordingBackend
) -> AsyncIterator[tuple[RawSocket, BackendConnection]]:
    """Both ends of a tunnel that stands."""
    gateway.serve(backend)
    async with await gateway.ask(HANDSHAKE) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(SWITCHING)
        assert (await read_any_head(client)).status == 101
        yield client, peer


async def test_the_handshake_reaches_both_sides(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(HANDSHAKE) as client:
        peer = await backend.accepted()
        request = await peer.head()
        assert request.value(b"upgrade") == b"websocket"
        assert request.value(b"sec-websocket-key") == b"dGhlIHNhbXBsZSBub25jZQ=="
        assert (request.value(b"connection") or b"").lower() == b"upgrade"
        await peer.send(SWITCHING)
        answer = await read_any_head(client)
    assert answer.status == 101
    assert answer.value(b"upgrade") == b"websocket"
    assert (answer.value(b"connection") or b"").lower() == b"upgrade"
    assert answer.value(b"sec-websocket-accept") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert answer.value(b"x-gray-variant") == Variant.LEGACY.encode()


async def test_bytes_pass_in_both_directions(gateway: Gateway, backend: RecordingBackend) -> None:
    async with tunnel(gateway, backend) as (client, peer):
        for _ in range(3):
            await client.send(FRAME)
            assert await peer.read_exactly(len(FRAME)) == FRAME
            await peer.send(FRAME[::-1])
            assert await client.read_exactly(len(FRAME)) == FRAME[::-1]


async def test_a_megabyte_passes_in_both_directions_at_once(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    big = FRAME * 4_000
    async with tunnel(gateway, backend) as (client, peer):
        _, _, there, back = await asyncio.gather(
            client.send(big),
            peer.send(big),
            peer.read_exactly(len(big)),
            client.read_exactly(len(big)),
        )
    assert there == back == big


async def test_what_the_client_sends_right_behind_the_handshake_is_not_lost(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(HANDSHAKE + FRAME):
        peer = await backend.accepted()
        await peer.head()
        await peer.send(SWITCHING)
        assert await peer.read_exactly(len(FRAME)) == FRAME


async def test_what_the_backend_sends_right_behind_the_101_is_not_lost(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(HANDSHAKE) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(SWITCHING + FRAME)
        await read_any_head(client)
        assert await client.read_exactly(len(FRAME)) == FRAME


async def test_the_backends_end_reaches_the_client(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with tunnel(gateway, backend) as (client, peer):
        await peer.send(b"bye")
        peer.close()
        assert await client.read_to_end() == b"bye"
        assert client.ending is Ending.CLEAN


async def test_the_clients_end_reaches_the_backend(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with tunnel(gateway, backend) as (client, peer):
        await client.send(b"bye")
        client.close()
        assert await peer.read_to_end() == b"bye"


async def test_one_side_may_end_while_the_other_goes_on(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with tunnel(gateway, backend) as (client, peer):
        client.finish()
        assert await peer.gone() is Ending.CLEAN
        await peer.send(FRAME)
        assert await client.read_exactly(len(FRAME)) == FRAME


async def test_a_declined_upgrade_is_an_ordinary_answer_and_the_connection_is_kept(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(HANDSHAKE) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        answer = await read_answer(client)
        assert (answer.status, bytes(answer.body)) == (200, b"ok")
        await client.send(b"GET /again HTTP/1.1\r\nHost: service.example\r\n\r\n")
        assert (await peer.request()).target == b"/again"


async def test_behind_a_declined_upgrade_the_next_request_is_one(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    second = b"GET /second HTTP/1.1\r\nHost: service.example\r\n\r\n"
    async with await gateway.ask(HANDSHAKE + second) as client:
        peer = await backend.accepted()
        assert (await peer.request()).target == b"/chat"
        assert peer.unread() == b""
        await peer.send(OK)
        assert (await read_answer(client)).status == 200
        assert (await peer.request()).target == b"/second"
        await peer.send(OK)
        assert (await read_answer(client)).status == 200


async def test_an_upgrade_is_split_like_any_request(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend() as ai:
        gateway.serve(backend, ai, share=EVERYBODY)
        async with await gateway.ask(HANDSHAKE) as client:
            peer = await ai.accepted()
            await peer.head()
            await peer.send(SWITCHING)
            assert (await read_any_head(client)).value(b"x-gray-variant") == b"ai"
    assert not backend.connections


async def test_h2c_is_not_taken_up(gateway: Gateway, backend: RecordingBackend) -> None:
    gateway.serve(backend)
    raw = (
        b"GET / HTTP/1.1\r\nHost: service.example\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    )
    async with await gateway.ask(raw) as client:
        peer = await backend.accepted()
        request = await peer.request()
        assert request.values(b"upgrade") == request.values(b"http2-settings") == []
        await peer.send(OK)
        assert (await read_answer(client)).status == 200


async def test_a_used_up_tunnel_is_not_given_to_the_next_request(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with tunnel(gateway, backend) as (client, peer):
        client.close()
        await peer.gone()
        async with await gateway.ask(b"GET /next HTTP/1.1\r\nHost: service.example\r\n\r\n"):
            second = await backend.accepted()
            assert (await second.request()).target == b"/next"

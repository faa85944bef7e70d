import asyncio
import socket
import ssl
from pathlib import Path
from typing import Final, cast

import pytest

from router.proxy.tls_stream import TlsStream
from router.routing.snapshot import ListenerTls
from router.tls import server_context
from tests.support.certificates import Authority

MEGABYTE: Final = 1024 * 1024


class Client(asyncio.Protocol):
    """The server's side of one client; it is told here what the stream says."""

    def __init__(self) -> None:
        self.made = asyncio.Event()
        self.full = asyncio.Event()
        self.empty = asyncio.Event()
        self.whole = asyncio.Event()
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.stream = cast("TlsStream", transport.get_extra_info("uvloop.sslproto"))
        self.stream.watch(self.transport)
        self.made.set()

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self.received == MEGABYTE:
            self.whole.set()

    def pause_writing(self) -> None:
        self.empty.clear()
        self.full.set()

    def resume_writing(self) -> None:
        self.empty.set()


class Pair:
    """A client that speaks TLS, and our side of it."""

    async def connect(self, folder: Path) -> "Pair":
        authority = Authority(folder)
        shown = authority.issue("DNS:localhost")
        context = server_context(ListenerTls(shown.certificate, shown.key))
        trusting = ssl.create_default_context(cadata=authority.pem)
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        self.client = Client()
        shaken: asyncio.Future[None] = loop.create_future()
        stream = TlsStream(self.client, context, shaken, 5.0)
        await loop.connect_accepted_socket(lambda: stream, ours)
        self.reader, self.writer = await asyncio.open_connection(
            sock=theirs, ssl=trusting, server_hostname="localhost", limit=1024
        )
        await shaken
        await self.client.made.wait()
        return self

    def close(self) -> None:
        self.client.transport.abort()
        self.writer.transport.abort()


@pytest.mark.uvloop
async def test_what_a_client_does_not_take_is_seen_at_once_and_until_it_is_taken(
    tmp_path: Path,
) -> None:
    pair = await Pair().connect(tmp_path)
    client = pair.client
    client.transport.write(b"x" * MEGABYTE)
    assert client.full.is_set()
    assert client.stream.held_bytes() > MEGABYTE // 2
    await pair.reader.readexactly(MEGABYTE)
    await client.empty.wait()
    assert client.stream.held_bytes() == 0
    pair.close()


@pytest.mark.uvloop
async def test_what_a_client_takes_is_never_called_a_backlog(tmp_path: Path) -> None:
    pair = await Pair().connect(tmp_path)
    for _ in range(100):
        pair.client.transport.write(b"x" * 1000)
        await pair.reader.readexactly(1000)
    assert not pair.client.full.is_set()
    pair.close()


@pytest.mark.uvloop
async def test_a_paused_socket_is_not_read_and_nothing_is_lost(tmp_path: Path) -> None:
    pair = await Pair().connect(tmp_path)
    client = pair.client
    client.stream.pause_socket()
    pair.writer.write(b"x" * MEGABYTE)
    for _ in range(100):
        await asyncio.sleep(0)
    assert client.received == 0
    client.stream.resume_socket()
    await client.whole.wait()
    pair.close()

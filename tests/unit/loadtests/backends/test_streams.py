import asyncio
import contextlib
import time
import zlib
from collections.abc import AsyncIterator

import httptools
import orjson
import pytest

from loadtests.backends.streams import BLOCK, Conversation
from loadtests.ground import free_port


class Body:
    def __init__(self) -> None:
        self.bytes = b""
        self.whole = False

    def on_body(self, body: bytes) -> None:
        self.bytes += body

    def on_message_complete(self) -> None:
        self.whole = True


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[int]:
    port = free_port()
    server = await asyncio.get_running_loop().create_server(Conversation, "127.0.0.1", port)
    try:
        yield port
    finally:
        server.close()
        await server.wait_closed()


async def ask(request: bytes) -> bytes:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        body = Body()
        parser = httptools.HttpResponseParser(body)
        while not body.whole:
            parser.feed_data(await reader.read(65536))
        writer.close()
        await writer.wait_closed()
    return body.bytes


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_a_download_is_as_long_as_asked_for(framing: str) -> None:
    size = 20 * len(BLOCK) + 5
    body = await ask(f"GET /download?bytes={size}&framing={framing} HTTP/1.1\r\n\r\n".encode())
    assert body == (BLOCK * 21)[:size]


async def test_events_carry_the_time_of_their_sending() -> None:
    before = time.monotonic_ns()
    body = await ask(b"GET /events?count=3&every_ms=1 HTTP/1.1\r\n\r\n")
    events = [orjson.loads(line.removeprefix(b"data: ")) for line in body.split(b"\n\n")[:-1]]
    sent = [event["sent_ns"] for event in events]
    assert len(sent) == 3
    assert before < sent[0] < sent[1] < sent[2] < time.monotonic_ns()


async def test_an_upload_is_answered_with_its_size_and_checksum() -> None:
    body = await ask(b"PUT /upload HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello")
    assert orjson.loads(body) == {"bytes": 5, "crc32": zlib.crc32(b"hello")}

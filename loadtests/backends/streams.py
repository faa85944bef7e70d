"""A backend of long bodies: streams of events that carry the time of their sending, and bulk.

    GET /events?count=100&every_ms=50              server-sent events, {"sent_ns": ...}
    GET /download?bytes=1000&framing=length        or framing=chunked
    PUT /upload                                    answered with {"bytes": ..., "crc32": ...}

Times are CLOCK_MONOTONIC, the same for every process of a machine.
Run as a program it serves: `python -m loadtests.backends.streams PORT`.
"""

import asyncio
import gc
import sys
import time
import zlib
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

import httptools
import orjson
import uvloop
from typing_extensions import override

BLOCK: Final = bytes(range(256)) * 256
"""What a download repeats: 64 KiB."""
HEAD: Final = (
    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-accel-buffering: no\r\n{framing}\r\n\r\n"
)
CHUNKED: Final = "transfer-encoding: chunked"


class Conversation(asyncio.Protocol):
    """A connection; one request at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._received = 0
        self._crc = 0
        self._answer: Answer | None = None
        self._transport: asyncio.Transport

    # Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None:
            self._answer.stop()

    @override
    def pause_writing(self) -> None:
        if self._answer is not None:
            self._answer.pause()

    @override
    def resume_writing(self) -> None:
        if self._answer is not None:
            self._answer.resume()

    # Parser

    def on_message_begin(self) -> None:
        self._target = b""
        self._received = self._crc = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        self._crc = zlib.crc32(body, self._crc)

    def on_message_complete(self) -> None:
        target = urlsplit(self._target.decode())
        asked = {name: values[0] for name, values in parse_qs(target.query).items()}
        if target.path == "/events":
            self._answer = Events(self._transport, int(asked["count"]), int(asked["every_ms"]))
        elif target.path == "/download":
            chunked = asked["framing"] == "chunked"
            self._answer = Download(self._transport, int(asked["bytes"]), chunked=chunked)
        else:
            self._transport.write(receipt(self._received, self._crc))


class Answer:
    """A body in the making."""

    def stop(self) -> None:
        """The client is gone."""

    def pause(self) -> None:
        """The client does not read as fast as we write."""

    def resume(self) -> None:
        """It has caught up."""


class Events(Answer):
    """One event every so often; nobody reads so slowly that pausing would matter."""

    def __init__(self, transport: asyncio.Transport, count: int, every_ms: int) -> None:
        self._transport = transport
        self._left = count
        self._every = every_ms / 1000
        self._loop = asyncio.get_running_loop()
        transport.write(HEAD.format(kind="text/event-stream", framing=CHUNKED).encode())
        self._timer = self._loop.call_later(self._every, self._send)

    @override
    def stop(self) -> None:
        self._timer.cancel()

    def _send(self) -> None:
        self._left -= 1
        if self._left:
            self._timer = self._loop.call_later(self._every, self._send)
        event = b'data: {"sent_ns": %d}\n\n' % time.monotonic_ns()
        self._transport.write(chunk(event) if self._left else chunk(event) + chunk(b""))


class Download(Answer):
    """A number of bytes, as fast as they are taken."""

    def __init__(self, transport: asyncio.Transport, size: int, *, chunked: bool) -> None:
        self._transport = transport
        self._left = size
        self._chunked = chunked
        self._paused = False
        framing = CHUNKED if chunked else f"content-length: {size}"
        transport.write(HEAD.format(kind="application/octet-stream", framing=framing).encode())
        self.resume()

    @override
    def stop(self) -> None:
        self._left = 0

    @override
    def pause(self) -> None:
        self._paused = True

    @override
    def resume(self) -> None:
        self._paused = False
        while self._left and not self._paused:
            block = BLOCK[: self._left]
            self._left -= len(block)
            last = chunk(b"") if self._chunked and not self._left else b""
            self._transport.write((chunk(block) if self._chunked else block) + last)


def chunk(block: bytes) -> bytes:
    """Frame a block; an empty one ends the body."""
    return b"%x\r\n%b\r\n" % (len(block), block)


def receipt(size: int, crc: int) -> bytes:
    """Answer an upload."""
    body = orjson.dumps({"bytes": size, "crc32": crc})
    head = HEAD.format(kind="application/json", framing=f"content-length: {len(body)}")
    return head.encode() + body


async def serve(port: int) -> None:
    """Serve until cancelled."""
    gc.freeze()
    gc.disable()  # a collection would look like a proxy's delay
    await asyncio.get_running_loop().create_server(Conversation, "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))

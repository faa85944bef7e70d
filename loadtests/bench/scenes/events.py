"""Streams of events: how much later does one arrive for the proxy in between?

Each event carries the time of its sending; the reader compares it with its own clock, which is the
same (CLOCK_MONOTONIC). The streams begin one after the other, so that their events do not fall
together; what the backend, the reader and the kernel need without any proxy is measured too.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, cast

import httptools
import orjson
import uvloop
from typing_extensions import override

from loadtests.bench.machine import Cores
from loadtests.bench.results import Delays
from loadtests.bench.servers.server import Backends, Server
from loadtests.ground import Ground, free_port, python

STREAMS: Final = 50
EVERY_MS: Final = 50
DIRECT: Final = "no proxy"
GRACE: Final = 10.0
"""Seconds beyond the streams' length until the scene is given up."""
PREFIX: Final = b"data: "
END: Final = b"\n\n"


class MissingEventsError(Exception):
    """Not every event that was sent arrived."""


class Reader(asyncio.Protocol):
    """One stream's reader; `delays_ms` grows with every event."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._count = count
        self._parser = httptools.HttpResponseParser(self)
        self._pending = b""
        self._now = 0
        self.delays_ms: list[float] = []
        self.ended = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        target = f"/events?count={self._count}&every_ms={EVERY_MS}"
        head = (
            f"GET {target} HTTP/1.1\r\nhost: bench.example.com\r\nx-user-id: {self._name}\r\n\r\n"
        )
        cast(asyncio.Transport, transport).write(head.encode())

    @override
    def data_received(self, data: bytes) -> None:
        self._now = time.monotonic_ns()
        self._parser.feed_data(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def on_body(self, body: bytes) -> None:
        *events, self._pending = (self._pending + body).split(END)
        for event in events:
            sent = orjson.loads(event.removeprefix(PREFIX))["sent_ns"]
            self.delays_ms.append((self._now - sent) / 1e6)

    def on_message_complete(self) -> None:
        self._end()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def run(
    ground: Ground, cores: Cores, servers: Sequence[Server], seconds: int
) -> Iterator[tuple[str, Delays]]:
    """Read through nobody and through each proxy in turn."""
    port = free_port()
    ground.start(
        "streams", python("loadtests.backends.streams", str(port)), port=port, core=cores.load
    )
    yield DIRECT, _listen(port, seconds)
    for server in servers:
        running = server.start(ground, Backends(port, port), cores.proxy)
        yield server.name, _listen(running.port, seconds)


def summary(delays_ms: Sequence[float]) -> Delays:
    """Return the median, the 99th percentile and the longest of the delays."""
    return Delays(
        events=len(delays_ms),
        median_ms=statistics.median(delays_ms),
        p99_ms=statistics.quantiles(delays_ms, n=100)[98],
        max_ms=max(delays_ms),
    )


def _listen(port: int, seconds: int) -> Delays:
    count = seconds * 1000 // EVERY_MS
    gc.collect()
    gc.disable()  # a collection would look like the proxy's delay
    try:
        delays_ms = uvloop.run(_read_all(port, count, seconds + GRACE))
    finally:
        gc.enable()
    if len(delays_ms) != STREAMS * count:
        raise MissingEventsError(f"{len(delays_ms)} of {STREAMS * count} events arrived")
    return summary(delays_ms)


def _same(reader: Reader) -> Reader:
    return reader


async def _read_all(port: int, count: int, limit: float) -> list[float]:
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    for number in range(STREAMS):
        reader = Reader(f"user-{number:06d}", count)
        await loop.create_connection(partial(_same, reader), "127.0.0.1", port)
        readers.append(reader)
        await asyncio.sleep(EVERY_MS / STREAMS / 1000)
    async with asyncio.timeout(limit):
        await asyncio.gather(*(reader.ended for reader in readers))
    return [delay for reader in readers for delay in reader.delays_ms]

"""Readers of event streams, and how much later an event reaches them.

Each event carries the time of its sending; the reader compares it with its own clock, which is the
same (CLOCK_MONOTONIC). The streams begin one after the other, so that their events do not fall
together; what the backend, the reader and the kernel need without any proxy is measured too.
"""

import asyncio
import gc
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

import httptools
import msgspec
import orjson
import uvloop
from typing_extensions import override

from loadtests.bench.measure import Meter
from loadtests.bench.servers.server import Backends, Running, Server, Setup
from loadtests.bench.stage import Stage
from loadtests.bench.turns import rotated
from loadtests.ground import free_port, python

DIRECT: Final = "no proxy"
SECONDS: Final = 2
"""Of a turn."""
GRACE: Final = 10.0
"""Seconds beyond the streams' length until the scene is given up."""
PREFIX: Final = b"data: "
END: Final = b"\n\n"


class MissingEventsError(Exception):
    """Not every event that was sent arrived."""


class Delays(msgspec.Struct, frozen=True):
    """How long events were under way, from the backend's write to the reader's wake-up.

    cpu_us: what the proxy spent on each, the streams' beginning and end included.
    """

    events: int
    median_ms: float
    p99_ms: float
    max_ms: float
    cpu_us: float = 0.0


@dataclass(frozen=True, slots=True)
class Streams:
    """How many at once, and how often each has an event."""

    count: int
    every_ms: int

    @property
    def events(self) -> int:
        """Return how many each has in a turn."""
        return SECONDS * 1000 // self.every_ms


class Reader(asyncio.Protocol):
    """One stream's reader; `delays_ms` grows with every event."""

    def __init__(self, name: str, target: str) -> None:
        self._name = name
        self._target = target
        self._parser = httptools.HttpResponseParser(self)
        self._pending = b""
        self._now = 0
        self.delays_ms: list[float] = []
        self.ended = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        head = f"GET {self._target} HTTP/1.1\r\nhost: bench.example.com\r\n"
        head += f"x-user-id: {self._name}\r\n\r\n"
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


def through_each(
    stage: Stage, servers: Sequence[Server], streams: Streams
) -> dict[str, list[Delays]]:
    """Listen through nobody and through each proxy, in turns."""
    ground, cores = stage.ground, stage.cores
    port = free_port()
    backend = python("loadtests.backends.streams", str(port))
    ground.start("streams", backend, port=port, core=cores.load)
    setup = Setup(cores.proxy, at_once=streams.count)
    backends = Backends(port, port)
    running = {DIRECT: Running(port, os.getpid())}
    running |= {server.name: server.start(ground, backends, setup) for server in servers}
    found: dict[str, list[Delays]] = {name: [] for name in running}
    for number in range(stage.pace.listening_rounds):
        for name in rotated(list(running), number):
            found[name].append(turn := _turn(running[name], streams))
            stage.tell(f"{name} {turn.median_ms:.3f} ms, at most {turn.max_ms:.3f} ms")
    return found


def middle(turns: Sequence[Delays]) -> Delays:
    """Return the median of each column; a disturbed turn is forgiven."""
    return Delays(
        events=sum(turn.events for turn in turns),
        median_ms=statistics.median(turn.median_ms for turn in turns),
        p99_ms=statistics.median(turn.p99_ms for turn in turns),
        max_ms=statistics.median(turn.max_ms for turn in turns),
        cpu_us=statistics.median(turn.cpu_us for turn in turns),
    )


def summary(delays_ms: Sequence[float], cpu_seconds: float) -> Delays:
    """Return the median, the 99th percentile and the longest of the delays."""
    return Delays(
        events=len(delays_ms),
        median_ms=statistics.median(delays_ms),
        p99_ms=statistics.quantiles(delays_ms, n=100)[98],
        max_ms=max(delays_ms),
        cpu_us=cpu_seconds / len(delays_ms) * 1e6,
    )


def _turn(running: Running, streams: Streams) -> Delays:
    with Meter(running.pid) as meter:
        delays_ms = _listen(running.port, streams)
    return summary(delays_ms, meter.cpu_seconds)


def _listen(port: int, streams: Streams) -> list[float]:
    gc.collect()
    gc.disable()  # a collection would look like the proxy's delay
    try:
        delays_ms = uvloop.run(_read_all(port, streams))
    finally:
        gc.enable()
    expected = streams.count * streams.events
    if len(delays_ms) != expected:
        raise MissingEventsError(f"{len(delays_ms)} of {expected} events arrived")
    return delays_ms


def _same(reader: Reader) -> Reader:
    return reader


async def _read_all(port: int, streams: Streams) -> list[float]:
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    target = f"/events?count={streams.events}&every_ms={streams.every_ms}"
    for number in range(streams.count):
        reader = Reader(f"user-{number:06d}", target)
        await loop.create_connection(partial(_same, reader), "127.0.0.1", port)
        readers.append(reader)
        await asyncio.sleep(streams.every_ms / streams.count / 1000)
    async with asyncio.timeout(SECONDS + GRACE):
        await asyncio.gather(*(reader.ended for reader in readers))
    return [delay for reader in readers for delay in reader.delays_ms]

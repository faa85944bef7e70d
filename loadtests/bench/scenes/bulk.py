"""One large body, down and up, by length and in chunks: how far does the proxy's memory rise?

A download's reader stops for a while after its first bytes: a proxy without backpressure would
take the whole body into its memory then.
"""

import http.client
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import orjson

from loadtests.backends.streams import BLOCK
from loadtests.bench.machine import Cores
from loadtests.bench.measure import MIB, Watermark
from loadtests.bench.results import Transfer
from loadtests.bench.servers.server import Backends, Running, Server
from loadtests.ground import Ground, free_port, python

STALL: Final = 1.0
"""Seconds that a reader stops for."""
TIMEOUT: Final = 60.0

Exchange = Callable[[http.client.HTTPConnection, int], int]
"""Moves so many bytes, and returns the checksum of what arrived."""


class DamagedBodyError(Exception):
    """What arrived is not what was sent."""


def run(
    ground: Ground, cores: Cores, servers: Sequence[Server], mib: int
) -> Iterator[tuple[str, Transfer]]:
    """Send the body through each proxy, in each of the four ways."""
    port = free_port()
    ground.start(
        "bulk", python("loadtests.backends.streams", str(port)), port=port, core=cores.load
    )
    for server in servers:
        running = server.start(ground, Backends(port, port), cores.proxy)
        for what, exchange in WAYS.items():
            yield server.name, _transfer(running, what, exchange, mib)


def _transfer(running: Running, what: str, exchange: Exchange, mib: int) -> Transfer:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=TIMEOUT)
    exchange(connection, len(BLOCK))  # so that what a first body needs is there
    with Watermark(running.pid) as watermark:
        began = time.monotonic()
        checksum = exchange(connection, mib * MIB)
        seconds = time.monotonic() - began
    connection.close()
    if checksum != expected(mib * MIB):
        raise DamagedBodyError(f"{what}: the body of {mib} MiB was damaged")
    return Transfer(what, mib, seconds, watermark.rise_bytes / MIB)


def blocks(size: int) -> Iterator[bytes]:
    """Yield a body of ``size`` bytes, block by block."""
    for begin in range(0, size, len(BLOCK)):
        yield BLOCK[: size - begin]


def expected(size: int) -> int:
    """Return the checksum of a body of ``size`` bytes."""
    checksum = 0
    for block in blocks(size):
        checksum = zlib.crc32(block, checksum)
    return checksum


def _download(framing: str) -> Exchange:
    def exchange(connection: http.client.HTTPConnection, size: int) -> int:
        connection.request("GET", f"/download?bytes={size}&framing={framing}")
        answer = connection.getresponse()
        block = answer.read(len(BLOCK))
        checksum = zlib.crc32(block)
        time.sleep(STALL)
        while block := answer.read(len(BLOCK)):
            checksum = zlib.crc32(block, checksum)
        return checksum

    return exchange


def _upload(*, chunked: bool) -> Exchange:
    def exchange(connection: http.client.HTTPConnection, size: int) -> int:
        headers = {} if chunked else {"content-length": str(size)}
        connection.request("PUT", "/upload", blocks(size), headers, encode_chunked=chunked)
        counted = orjson.loads(connection.getresponse().read())
        return int(counted["crc32"]) if counted["bytes"] == size else -1

    return exchange


WAYS: Final[dict[str, Exchange]] = {
    "download by length": _download("length"),
    "download in chunks": _download("chunked"),
    "upload by length": _upload(chunked=False),
    "upload in chunks": _upload(chunked=True),
}

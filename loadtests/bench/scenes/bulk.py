"""One large body, down and up, by length and in chunks: how far does the proxy's memory rise?

A download's reader stops for a while after its first bytes: a proxy without backpressure would
take the whole body into its memory then.
"""

import http.client
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
import orjson

from loadtests.backends.streams import BLOCK
from loadtests.bench.figures import Figure
from loadtests.bench.measure import MIB, Watermark
from loadtests.bench.results import OURS, Section
from loadtests.bench.servers.server import Backends, Running, Setup
from loadtests.bench.stage import Stage
from loadtests.ground import free_port, python

STALL: Final = 1.0
"""Seconds that a reader stops for."""
TIMEOUT: Final = 60.0
RISE_MIB: Final = 16.0

Exchange = Callable[[http.client.HTTPConnection, int], int]
"""Moves so many bytes, and returns the checksum of what arrived."""


class DamagedBodyError(Exception):
    """What arrived is not what was sent."""


class Transfer(msgspec.Struct, frozen=True):
    """One large body's way through a proxy."""

    what: str
    mib: int
    seconds: float
    rise_mib: float


def play(stage: Stage) -> Section:
    """Send the body through each proxy, in each of the four ways."""
    ground, cores = stage.ground, stage.cores
    port = free_port()
    backend = python("loadtests.backends.streams", str(port))
    ground.start("bulk", backend, port=port, core=cores.load)
    found: dict[str, list[Transfer]] = {}
    for server in stage.streaming:
        running = server.start(ground, Backends(port, port), Setup(cores.proxy))
        found[server.name] = []
        for what, exchange in WAYS.items():
            transfer = _transfer(running, what, exchange, stage.pace.mib)
            found[server.name].append(transfer)
            stage.tell(f"{server.name}, {what}: memory rose {transfer.rise_mib:.1f} MiB")
    return section(found)


def section(found: Mapping[str, Sequence[Transfer]]) -> Section:
    """Tell what was found."""
    rows = [
        [f"{name}, {each.what}", f"{each.mib}", f"{each.seconds:.1f}", f"{each.rise_mib:.1f}"]
        for name, transfers in found.items()
        for each in transfers
    ]
    return Section(
        title="Bulk",
        measured="One body, and how far the resident memory rose above what it was before.",
        head=["through", "MiB", "seconds", "rise MiB"],
        rows=rows,
        figures=list(_figures(found.get(OURS, []))),
        meaning="A body of any size passes through at its reader's speed: it is never held whole.",
        found=dict(found),
    )


def _figures(transfers: Sequence[Transfer]) -> Iterator[Figure]:
    for transfer in transfers:
        name = f"the memory's rise in MiB, {transfer.what} of {transfer.mib} MiB,"
        yield Figure(name, transfer.rise_mib, RISE_MIB)


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

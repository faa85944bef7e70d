"""Bodies of 100 MiB, up and down, and peers that stop reading: how far does memory rise?

Every request is copied, as far as it may be: beyond `max_body` of either answer the hash is enough.
"""

import asyncio
import contextlib
import http.client
import socket
from typing import Final

from loadtests.bench.measure import MIB, Watermark
from loadtests.bench.scenes.bulk import TIMEOUT, WAYS, Exchange, expected
from loadtests.faults.promise import Promise, at_most, holds
from loadtests.faults.serving import Router, Settings
from loadtests.faults.stage import Stage
from loadtests.ground import free_port, python

BODY_MIB: Final = 100
RISE_MIB: Final = 16.0
STALLED: Final = 20
COPIED: Final[Settings] = {
    "send": "both",
    "methods": ["GET", "POST", "PUT"],
    "side_effects": "none",
}
BLOCK: Final = bytes(64 * 1024)


async def play(stage: Stage) -> list[Promise]:
    """Move one body in each way, then let many peers stall at once."""
    bodies, deaf = free_port(), await stage.origin("deaf-legacy")
    deaf.reads = False
    stage.helper("bodies", python("loadtests.backends.streams", str(bodies)), port=bodies)
    router = await stage.router(
        [_service("bodies", bodies, "/*"), _service("deaf", deaf.port, "/deaf")]
    )
    mib = 16 if stage.is_quick else BODY_MIB
    promises: list[Promise] = []
    for what, exchange in WAYS.items():
        rise, is_whole = await asyncio.to_thread(_move, router, exchange, mib)
        promises.append(at_most(f"{what}, {mib} MiB: memory rises", rise, RISE_MIB, "MiB"))
        if not is_whole:
            promises.append(holds(f"{what}: the body arrives whole", False, "it is damaged"))
    reading = f"GET /download?bytes={BODY_MIB * MIB}&framing=length HTTP/1.1\r\nhost: a\r\n\r\n"
    rise = await _stall(router, reading.encode(), stage.seconds(8))
    promises.append(at_most(f"{STALLED} clients stop reading: it rises", rise, RISE_MIB, "MiB"))
    writing = f"PUT /deaf HTTP/1.1\r\nhost: a\r\ncontent-length: {BODY_MIB * MIB}\r\n\r\n"
    rise = await _stall(router, writing.encode(), stage.seconds(8), BLOCK)
    promises.append(at_most(f"backends stop reading {STALLED}: it rises", rise, RISE_MIB, "MiB"))
    deaf.close()  # otherwise the router would wait for it when it is told to stop
    return promises


def _service(name: str, port: int, path: str) -> Settings:
    variant = {"endpoints": [f"http://127.0.0.1:{port}"]}
    match = {"paths": [path]}
    return {"name": name, "match": match, "legacy": variant, "ai": variant, "shadow": COPIED}


def _move(router: Router, exchange: Exchange, mib: int) -> tuple[float, bool]:
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=TIMEOUT)
    with contextlib.closing(connection):
        exchange(connection, len(BLOCK))  # what a first body needs is there then
        with Watermark(router.supervisor.pid) as watermark:
            checksum = exchange(connection, mib * MIB)
    return watermark.rise_bytes / MIB, checksum == expected(mib * MIB)


async def _stall(router: Router, head: bytes, seconds: float, more: bytes = b"") -> float:
    """Let clients send a head, and as much more as is taken; none of them ever reads."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as open_until_the_end, Watermark(router.supervisor.pid) as mark:
        for _ in range(STALLED):
            client = open_until_the_end.enter_context(socket.socket())
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", router.port))
            await loop.sock_sendall(client, head)
            if more:
                loop.add_writer(client, _pour, loop, client, more)
                open_until_the_end.callback(loop.remove_writer, client)
        await asyncio.sleep(seconds)
    return mark.rise_bytes / MIB


def _pour(loop: asyncio.AbstractEventLoop, client: socket.socket, block: bytes) -> None:
    try:
        client.send(block)
    except BlockingIOError:
        return
    except OSError:
        loop.remove_writer(client)
        raise

"""A worker's first word, and with it its descriptors: SCM_RIGHTS over the control socket.

The frame is that of any `Hello`; its descriptors come along with its first byte. The kernel takes
253 at once, so each further batch comes along with one byte more.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Sequence
from typing import Final

from router.errors import WireError
from router.wire.codec import Decoder, encode
from router.wire.frames import LENGTH
from router.wire.messages import Hello

BATCH: Final = 240
"""Descriptors that are sent at once."""

QUEUE: Final = 4096
"""Connections that may wait in a listening socket; the kernel's `net.core.somaxconn` caps it.

Whoever listens says it anew: the supervisor that binds, and the worker that begins to accept.
"""

_ANCILLARY: Final = socket.CMSG_SPACE(BATCH * struct.calcsize("i"))

LONGEST_HELLO: Final = 64 * 1024
"""Bytes."""


def send_hello(control: socket.socket, hello: Hello, descriptors: Sequence[int]) -> None:
    """Say hello on a socket that was just connected: its empty buffer takes all of this."""
    socket.send_fds(control, [encode(hello)], descriptors[:BATCH])
    for start in range(BATCH, len(descriptors), BATCH):
        socket.send_fds(control, [b"\0"], descriptors[start : start + BATCH])


async def receive_hello(control: socket.socket) -> tuple[Hello, list[int]]:
    """Return who is there and what they brought: their counters, then a socket for each slot named.

    Reads no byte too many: what follows belongs to the channel. Raises `WireError` for anything
    else, and closes what was received.
    """
    descriptors: list[int] = []
    try:
        return await _received(control, descriptors), descriptors
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise


async def _received(control: socket.socket, descriptors: list[int]) -> Hello:
    header = await _exactly(control, LENGTH, descriptors)
    length = int.from_bytes(header, "big")
    if length > LONGEST_HELLO:
        raise WireError(f"a hello of {length} bytes is announced, at most {LONGEST_HELLO} fit")
    body = await _exactly(control, length, descriptors)
    hello = next(Decoder().feed(header + body))
    if not isinstance(hello, Hello):
        raise WireError(f"the first word was {type(hello).__name__} and not Hello")
    brought = 1 + len(hello.slots)
    for _ in range(BATCH, brought, BATCH):
        await _exactly(control, 1, descriptors)
    if len(descriptors) != brought:
        raise WireError(f"{brought} descriptors were announced, {len(descriptors)} came")
    return hello


async def _exactly(control: socket.socket, length: int, descriptors: list[int]) -> bytes:
    taken = b""
    while len(taken) < length:
        try:
            chunk, ancillary, _, _ = control.recvmsg(
                length - len(taken), _ANCILLARY, socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            await _readable(control)
            continue
        except ConnectionError as error:
            raise WireError(f"whoever said hello is gone: {error}") from error
        for _, _, came in ancillary:  # SCM_RIGHTS is all that a Unix socket brings unasked
            descriptors += memoryview(came).cast("i")
        if not chunk:
            raise WireError("whoever said hello hung up")
        taken += chunk
    return taken


async def _readable(control: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    there = loop.create_future()
    loop.add_reader(control, _settle, there)
    try:
        await there
    finally:
        loop.remove_reader(control)


def _settle(there: asyncio.Future[None]) -> None:
    if not there.done():
        there.set_result(None)

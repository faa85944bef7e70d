"""A supervisor's side of a worker that runs in the test's own process."""

import asyncio
import os
import socket

from router.wire.channel import Channel
from router.wire.handover import receive_hello
from router.wire.messages import Hello


async def greeted(control: socket.socket) -> tuple[Hello, Channel]:
    """Wait for a worker at the control socket; let go of what it brings."""
    connected, _ = await asyncio.get_running_loop().sock_accept(control)
    connected.setblocking(False)
    hello, descriptors = await receive_hello(connected)
    for descriptor in descriptors:
        os.close(descriptor)
    return hello, await Channel.over(connected)


async def welcomed(control: socket.socket) -> Channel:
    """Wait for a worker at the control socket; return the line to it."""
    _, channel = await greeted(control)
    return channel

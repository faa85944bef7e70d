import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvloop

from router.errors import WireError
from router.routing.snapshot import Snapshot
from router.wire.channel import Channel
from router.wire.codec import encode
from router.wire.messages import Applied, Apply, Lease


@pytest.fixture
async def ends() -> AsyncIterator[tuple[Channel, Channel]]:
    left, right = socket.socketpair()
    channels = await Channel.over(left), await Channel.over(right)
    yield channels
    for channel in channels:
        channel.close()
        await channel.wait_closed()


async def test_messages_go_both_ways_in_order(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    left.send(Apply(Snapshot(1, ())))
    left.send(Lease(2))
    right.send(Applied(1))
    assert await right.receive() == Apply(Snapshot(1, ()))
    assert await right.receive() == Lease(2)
    assert await left.receive() == Applied(1)


async def test_what_was_sent_before_closing_still_arrives(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    left.send(Applied(3))
    left.close()
    assert await right.receive() == Applied(3)
    assert await right.receive() is None
    assert await right.receive() is None


async def test_a_receiver_that_waits_learns_of_the_end(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    waiting = asyncio.ensure_future(right.receive())
    await asyncio.sleep(0)
    left.close()
    assert await waiting is None


async def test_sending_after_the_end_is_no_error(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    left.close()
    assert await right.receive() is None
    right.send(Lease(1))
    left.send(Lease(1))


async def test_a_peer_that_speaks_another_language_is_hung_up_on() -> None:
    ours, theirs = socket.socketpair()
    channel = await Channel.over(ours)
    with theirs:
        theirs.sendall(encode(Applied(1)))
        assert await channel.receive() == Applied(1)
        theirs.sendall(b"\x00\x00\x00\x01\xc1" + encode(Applied(2)))
        with pytest.raises(WireError):
            await channel.receive()
        theirs.settimeout(5)
        assert await asyncio.to_thread(theirs.recv, 1) == b""
    await channel.wait_closed()


async def test_what_the_other_side_does_not_read_is_visible() -> None:
    ours, theirs = socket.socketpair()
    channel = await Channel.over(ours)
    with theirs:
        while not channel.unsent:
            channel.send(Apply(Snapshot(1, ())))
    channel.close()
    await channel.wait_closed()


def test_it_also_runs_on_the_workers_event_loop() -> None:
    async def exchange() -> object:
        left, right = socket.socketpair()
        sender, receiver = await Channel.over(left), await Channel.over(right)
        sender.send(Lease(5))
        sender.close()
        first = await receiver.receive()
        assert await receiver.receive() is None
        receiver.close()
        await receiver.wait_closed()
        return first

    assert uvloop.run(exchange()) == Lease(5)

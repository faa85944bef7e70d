import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from loadtests.faults.patience import expect
from loadtests.faults.relay import HOST, Relay

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SILENCE = 0.05
"""Seconds in which nothing comes."""


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that says everything again, louder."""
    while data := await reader.read(100):
        writer.write(data.upper())
    writer.close()


@pytest.fixture
async def server() -> AsyncIterator[asyncio.Server]:
    listening = await asyncio.start_server(shout, HOST, 0)
    yield listening
    listening.close()


@pytest.fixture
async def relay(server: asyncio.Server) -> AsyncIterator[Relay]:
    made = Relay(server.sockets[0].getsockname()[1])
    await made.open()
    yield made
    await made.close()


async def connected(relay: Relay) -> Streams:
    return await asyncio.open_connection(HOST, relay.port)


async def said(streams: Streams, word: bytes) -> bytes:
    reader, writer = streams
    writer.write(word)
    return await asyncio.wait_for(reader.readexactly(len(word)), 5)


async def nothing_comes(streams: Streams) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(streams[0].read(1), SILENCE)


async def test_what_is_said_comes_to_the_server_and_its_answer_back(relay: Relay) -> None:
    streams = await connected(relay)
    assert await said(streams, b"one") == b"ONE"
    assert await said(streams, b"two") == b"TWO"
    streams[1].close()


async def test_who_ends_a_connection_ends_it_for_the_other(relay: Relay) -> None:
    streams = await connected(relay)
    await said(streams, b"one")
    streams[1].close()
    await expect("its end", lambda: not relay.links)


async def test_a_connection_that_is_cut_is_silent_and_is_not_closed(relay: Relay) -> None:
    streams = await connected(relay)
    await said(streams, b"one")
    (link,) = relay.links
    link.cut()
    streams[1].write(b"two")
    await nothing_comes(streams)
    link.heal()
    assert await asyncio.wait_for(streams[0].readexactly(3), 5) == b"TWO"
    streams[1].close()


async def test_an_end_is_not_heard_of_through_a_cut(relay: Relay) -> None:
    streams = await connected(relay)
    await said(streams, b"one")
    (link,) = relay.links
    link.cut()
    streams[1].close()
    await asyncio.sleep(SILENCE)
    assert relay.links == {link}
    link.heal()
    await expect("its end", lambda: not relay.links)


async def test_whoever_connects_while_he_is_cut_off_waits(server: asyncio.Server) -> None:
    relay = Relay(server.sockets[0].getsockname()[1], lambda _: True)
    await relay.open()
    streams = await connected(relay)
    streams[1].write(b"one")
    await nothing_comes(streams)
    (link,) = relay.links
    link.heal()
    assert await asyncio.wait_for(streams[0].readexactly(3), 5) == b"ONE"
    streams[1].close()
    await relay.close()


async def test_nobody_is_told_of_a_server_that_is_gone_but_by_the_end(relay: Relay) -> None:
    gone = Relay(relay.port)
    await relay.close()
    await gone.open()
    reader, writer = await connected(gone)
    assert await asyncio.wait_for(reader.read(1), 5) == b""
    writer.close()
    await gone.close()


async def test_what_is_delayed_comes_late_and_in_its_order(relay: Relay) -> None:
    streams = await connected(relay)
    await said(streams, b"one")
    relay.delay = 0.1
    began = time.monotonic()
    streams[1].write(b"two")
    await asyncio.sleep(0.02)
    relay.delay = 0.0
    streams[1].write(b"six")
    assert await asyncio.wait_for(streams[0].readexactly(6), 5) == b"TWOSIX"
    assert time.monotonic() - began >= 0.09
    streams[1].close()

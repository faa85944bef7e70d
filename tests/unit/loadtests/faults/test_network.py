import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from loadtests.faults.network import Network
from loadtests.faults.patience import expect
from loadtests.faults.relay import HOST
from tests.unit.loadtests.faults.test_relay import SILENCE, connected, nothing_comes, said, shout

ASK = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as wire:
    for line in sys.stdin:
        wire.sendall(line.strip().encode())
        print(wire.recv(100).decode(), flush=True)
"""


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    server = await asyncio.start_server(shout, HOST, 0)
    async with Network() as made:
        await made.serve("server", server.sockets[0].getsockname()[1])
        made.join("us", lambda: [os.getpid()])
        yield made
    server.close()


class Other:
    """A caller with a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self._to, self._from = process, process.stdin, process.stdout

    async def said(self, word: bytes) -> bytes:
        self._to.write(word + b"\n")
        return (await asyncio.wait_for(self._from.readline(), 5)).strip()


@pytest.fixture
async def other(network: Network) -> AsyncIterator[Other]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ASK, str(network.relays["server"].port)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    network.join("other", lambda: [process.pid])
    yield Other(process)
    process.kill()
    await process.wait()


async def test_one_is_cut_off_while_another_goes_on(network: Network, other: Other) -> None:
    ours = await connected(network.relays["server"])
    assert await said(ours, b"one") == b"ONE"
    assert await other.said(b"one") == b"ONE"
    await network.part(["server"], ["us"])
    ours[1].write(b"two")
    await nothing_comes(ours)
    assert await other.said(b"two") == b"TWO"
    network.heal()
    assert await ours[0].readexactly(3) == b"TWO"
    ours[1].close()


async def test_who_is_cut_off_cannot_connect_anew_either(network: Network, other: Other) -> None:
    await network.part(["us"], ["server"])
    ours = await connected(network.relays["server"])
    ours[1].write(b"one")
    await nothing_comes(ours)
    assert await other.said(b"one") == b"ONE"
    network.heal()
    assert await ours[0].readexactly(3) == b"ONE"
    ours[1].close()


async def test_what_was_sent_through_a_cut_is_held_back_also_when_its_sender_hangs_up(
    network: Network,
) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    async with await asyncio.start_server(listen, HOST, 0) as server:
        relay = await network.serve("listener", server.sockets[0].getsockname()[1])
        await network.part(["listener"], ["us"])
        ours = await connected(relay)
        ours[1].write(b"one")
        await expect("who calls is known", lambda: [link.who for link in relay.links] == ["us"])
        ours[1].close()
        await network.part(["listener"], ["nobody"])
        await asyncio.sleep(SILENCE)
        assert heard == []
        network.heal()
        await expect("what was sent", lambda: b"one" in heard)


async def test_two_partitions_may_be_there_at_once(network: Network, other: Other) -> None:
    await network.part(["us"], ["server"])
    await network.part(["other"], ["nobody"])
    ours = await connected(network.relays["server"])
    ours[1].write(b"one")
    await nothing_comes(ours)
    assert await other.said(b"one") == b"ONE"
    ours[1].close()


async def test_healing_takes_delays_away_too(network: Network) -> None:
    network.relays["server"].delay = 1.0
    network.heal()
    assert network.relays["server"].delay == 0.0

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.proxy.listener import Listener
from router.routing.snapshot import ListenerTls
from router.tasks import TaskOwner
from router.tls import server_context
from tests.support.certificates import Authority


class Accepted(asyncio.Protocol):
    """Says hello and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


class Doors:
    """A listener with two slots of one port each."""

    def __init__(self) -> None:
        self.deaths: list[str] = []
        loop = asyncio.get_running_loop()
        tasks = TaskOwner(lambda name, _: self.deaths.append(name))
        self.listener = Listener(loop, tasks, Accepted, loop.time)
        self.sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        for each in self.sockets:
            each.setblocking(False)
        self.listener.hold({slot: [each] for slot, each in enumerate(self.sockets)})

    async def knock(self, slot: int, tls: ssl.SSLContext | None = None) -> bytes:
        port = self.sockets[slot].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
        try:
            return await reader.read()
        finally:
            writer.close()


async def shaking(doors: Doors, number: int) -> None:
    """Return as soon as so many clients shake hands."""
    for _ in range(100_000):
        if doors.listener.handshaking == number:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{doors.listener.handshaking} shake hands, and not {number}")


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    made = Doors()
    yield made
    await made.listener.finish()
    assert made.deaths == []


async def test_clients_are_accepted_on_the_slots_that_were_told_and_wait_on_others(
    doors: Doors,
) -> None:
    await doors.listener.accept([1])
    waiting = asyncio.ensure_future(doors.knock(0))
    assert await doors.knock(1) == b"hello"
    assert not waiting.done()
    await doors.listener.accept([0])
    assert await waiting == b"hello"
    assert doors.listener.slots == {0}


async def test_who_waits_while_nobody_is_accepted_is_served_afterwards(doors: Doors) -> None:
    await doors.listener.accept([0, 1])
    doors.listener.pause()
    waiting = asyncio.ensure_future(doors.knock(0))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.05)
    doors.listener.resume()
    assert await waiting == b"hello"


async def test_whoever_waits_already_is_accepted_before_the_end(doors: Doors) -> None:
    await doors.listener.accept([0, 1])
    doors.listener.pause()
    waiting = [asyncio.ensure_future(doors.knock(slot)) for slot in (0, 1, 0, 1)]
    await asyncio.sleep(0.05)
    doors.listener.resume()
    await doors.listener.accept([0, 1])
    await doors.listener.finish()
    assert await asyncio.gather(*waiting) == [b"hello"] * 4
    assert all(each.fileno() == -1 for each in doors.sockets)


async def test_who_speaks_no_tls_is_hung_up_on_and_others_are_served(
    doors: Doors, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    shown = authority.issue("DNS:localhost", "IP:127.0.0.1")
    context = server_context(ListenerTls(shown.certificate, shown.key))
    doors.listener.speak_tls(context, handshake_timeout=5.0)
    await doors.listener.accept([0])
    port = doors.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"hello" not in await reader.read()
    writer.close()
    trusting = ssl.create_default_context(cadata=authority.pem)
    assert await doors.knock(0, trusting) == b"hello"
    assert doors.listener.handshaking == 0


async def test_who_has_not_finished_its_handshake_is_counted_and_cut_off_in_time(
    doors: Doors, tmp_path: Path
) -> None:
    shown = Authority(tmp_path).issue("DNS:localhost")
    context = server_context(ListenerTls(shown.certificate, shown.key))
    doors.listener.speak_tls(context, handshake_timeout=0.2)
    await doors.listener.accept([0])
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.sockets[0].getsockname()[1])
    await shaking(doors, 1)
    assert await reader.read() == b""
    writer.close()
    await shaking(doors, 0)

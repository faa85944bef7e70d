import asyncio
import errno
import os
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
        self.room = 100
        loop = asyncio.get_running_loop()
        tasks = TaskOwner(lambda name, _: self.deaths.append(name))
        self.listener = Listener(
            loop, tasks, Accepted, loop.time, lambda: self.listener.handshaking < self.room
        )
        self.sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        for each in self.sockets:
            each.setblocking(False)
        self.listener.hold({slot: [each] for slot, each in enumerate(self.sockets)})

    def speak_tls(self, authority: Authority, handshake_timeout: float = 5.0) -> None:
        shown = authority.issue("DNS:localhost", "IP:127.0.0.1")
        context = server_context(ListenerTls(shown.certificate, shown.key))
        self.listener.handshake_timeout = handshake_timeout
        self.listener.speak_tls(context)

    async def connect(self, slot: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Come as a client that says nothing yet."""
        port = self.sockets[slot].getsockname()[1]
        return await asyncio.open_connection("127.0.0.1", port)

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


async def no_descriptor(*_: object, **__: object) -> asyncio.Server:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


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


@pytest.mark.parametrize("over_tls", [False, True])
async def test_a_socket_that_is_only_bound_listens_once_we_accept_on_it(
    doors: Doors, authority: Authority, over_tls: bool
) -> None:
    if over_tls:
        doors.speak_tls(authority)
    bound = socket.socket()
    bound.setblocking(False)
    bound.bind(("127.0.0.1", 0))
    doors.sockets.append(bound)
    doors.listener.hold({2: [bound]})
    with pytest.raises(ConnectionRefusedError):
        await doors.knock(2)
    await doors.listener.accept([2])
    trusting = ssl.create_default_context(cadata=authority.pem) if over_tls else None
    assert await doors.knock(2, trusting) == b"hello"


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


async def test_once_it_is_finished_nobody_is_accepted_any_more(doors: Doors) -> None:
    await doors.listener.finish()
    await doors.listener.accept([0, 1])
    assert doors.listener.slots == frozenset()


async def test_without_a_descriptor_for_a_queue_it_is_looked_at_later(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(asyncio.get_running_loop(), "create_server", no_descriptor)
        await doors.listener.accept([0])
    assert doors.listener.is_paused
    doors.listener.resume()
    assert await doors.knock(0) == b"hello"


# With TLS...


async def test_who_speaks_no_tls_is_hung_up_on_and_others_are_served(
    doors: Doors, authority: Authority
) -> None:
    doors.speak_tls(authority)
    await doors.listener.accept([0])
    reader, writer = await doors.connect(0)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"hello" not in await reader.read()
    writer.close()
    trusting = ssl.create_default_context(cadata=authority.pem)
    assert await doors.knock(0, trusting) == b"hello"
    assert doors.listener.handshaking == 0


async def test_who_has_not_finished_its_handshake_is_counted_and_cut_off_in_time(
    doors: Doors, authority: Authority
) -> None:
    doors.speak_tls(authority, handshake_timeout=0.2)
    await doors.listener.accept([0])
    reader, writer = await doors.connect(0)
    await shaking(doors, 1)
    assert await reader.read() == b""
    writer.close()
    await shaking(doors, 0)


async def test_no_more_shake_hands_than_there_is_room_for(
    doors: Doors, authority: Authority
) -> None:
    doors.room = 2
    doors.speak_tls(authority)
    await doors.listener.accept([0])
    writers = [(await doors.connect(0))[1] for _ in range(4)]
    await shaking(doors, 2)
    assert doors.listener.is_paused
    for writer in writers:
        writer.close()
    await doors.listener.settled()


async def test_it_has_settled_once_everybody_who_was_accepted_has_shaken_hands(
    doors: Doors, authority: Authority
) -> None:
    doors.speak_tls(authority)
    await doors.listener.accept([0])
    _, writer = await doors.connect(0)
    await shaking(doors, 1)
    await doors.listener.finish()
    settled = asyncio.ensure_future(doors.listener.settled())
    await asyncio.sleep(0)
    assert not settled.done()
    writer.close()
    await settled

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.control import door as door_module
from router.wire.codec import encode
from router.wire.control_socket import bind_control, connect_control
from router.wire.handover import send_hello
from router.wire.messages import Hello, Telemetry
from tests.support.house import SOON, House

WE = os.getpid()
HELLO = Hello("worker-1", 4711, [0], 3)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House.standing() as standing:
        yield standing


async def hung_up(control: socket.socket) -> None:
    """Return when the other side has closed."""
    async with asyncio.timeout(SOON):
        with contextlib.suppress(ConnectionResetError):  # what was sent was not read
            assert await asyncio.get_running_loop().sock_recv(control, 1) == b""


async def test_who_is_expected_is_taken_in_with_what_they_bring(house: House) -> None:
    coming = house.door.expect(WE)
    with connect_control(house.state_dir) as control, socket.socket() as counters:
        send_hello(control, HELLO, [counters.fileno(), house.listener.fileno()])
        control.send(encode(Telemetry(is_full=True)))
        guest = await asyncio.wait_for(coming, SOON)
        # The process is known by the kernel's word: what they say of themselves is not asked.
        assert (guest.pid, guest.hello) == (WE, HELLO)
        assert guest.listeners[0].getsockname() == house.listener.getsockname()
        assert os.fstat(guest.counters).st_ino == os.fstat(counters.fileno()).st_ino
        assert await guest.channel.receive() == Telemetry(is_full=True)
        guest.dismiss()
        await hung_up(control)


async def test_a_stranger_is_hung_up_on(house: House) -> None:
    with connect_control(house.state_dir) as control:
        await hung_up(control)


async def test_who_is_waited_for_no_longer_is_a_stranger(house: House) -> None:
    house.door.expect(WE).cancel()
    await asyncio.sleep(0)
    with connect_control(house.state_dir) as control:
        await hung_up(control)


async def test_who_was_given_up_while_it_spoke_is_let_go_with_all_it_brought(house: House) -> None:
    coming = house.door.expect(WE)
    with connect_control(house.state_dir) as control:
        control.send(encode(HELLO)[:4])
        await asyncio.sleep(0.01)
        coming.cancel()
        socket.send_fds(control, [encode(HELLO)[4:]], [control.fileno(), control.fileno()])
        await hung_up(control)


async def test_who_speaks_another_language_is_hung_up_on_and_may_try_again(house: House) -> None:
    coming = house.door.expect(WE)
    with connect_control(house.state_dir) as control:
        control.send(b"GET / HTTP/1.1\r\n\r\n")
        await hung_up(control)
    with connect_control(house.state_dir) as control:
        send_hello(control, HELLO, [control.fileno(), control.fileno()])
        (await asyncio.wait_for(coming, SOON)).dismiss()


async def test_who_says_nothing_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "HELLO_WITHIN", 0.01)
    house.door.expect(WE)
    with connect_control(house.state_dir) as control:
        await hung_up(control)


async def test_another_users_process_is_nobody_that_we_expect(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.door.expect(WE)
    monkeypatch.setattr(os, "getuid", lambda: -2)
    with connect_control(house.state_dir) as control:
        await hung_up(control)


async def test_want_of_descriptors_passes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, [OSError(24, "Too many open files")]

    async def sock_accept(listener: socket.socket) -> object:
        if failures:
            raise failures.pop()
        return await accept(listener)

    monkeypatch.setattr(door_module, "REST", 0.0)
    monkeypatch.setattr(loop, "sock_accept", sock_accept)
    for _ in range(2):  # the first is met by the call that waits already
        with connect_control(house.state_dir) as control:
            await hung_up(control)
    assert failures == []


async def test_who_is_expected_may_come_to_another_place_after_a_move(
    house: House, tmp_path: Path
) -> None:
    coming = house.door.expect(WE)
    await house.door.move(bind_control(tmp_path))
    with pytest.raises(ConnectionRefusedError):
        connect_control(house.state_dir)
    with connect_control(tmp_path) as control:
        send_hello(control, HELLO, [control.fileno(), control.fileno()])
        (await asyncio.wait_for(coming, SOON)).dismiss()

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from router.control.child import WORKER, Child, Start
from router.routing.snapshot import Snapshot
from router.wire.messages import Applied, Apply, Drain
from tests.support.house import SEAT, SOON, House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House.standing() as standing:
        yield standing


async def test_a_killed_worker_is_noticed_and_its_status_known(house: House) -> None:
    child = house.start("--shy")
    child.kill()
    assert await asyncio.wait_for(child.wait(), SOON) == -signal.SIGKILL
    child.kill()  # killing it again does no harm


async def test_a_worker_that_drains_exits_0(house: House) -> None:
    child = house.start()
    guest = await asyncio.wait_for(house.door.expect(child.pid), SOON)
    guest.channel.send(Drain(1.0))
    assert await asyncio.wait_for(child.wait(), SOON) == 0
    guest.dismiss()


async def test_ctrl_c_in_a_terminal_does_not_reach_the_worker(house: House) -> None:
    assert os.getpgid(house.start("--shy").pid) != os.getpgid(0)


async def test_a_worker_inherits_its_sockets_and_nothing_else(house: House) -> None:
    child = house.start()
    guest = await asyncio.wait_for(house.door.expect(child.pid), SOON)
    guest.channel.send(Apply(Snapshot(1, ())))
    assert await guest.channel.receive() == Applied(1)
    sockets = psutil.Process(child.pid).net_connections("all")
    # The control socket, the listening socket, and the pair by which its event loop wakes itself.
    assert len(sockets) == 4
    guest.dismiss()


async def test_a_worker_is_told_its_name_its_folder_and_its_descriptors(tmp_path: Path) -> None:
    start = Start(tmp_path, [(0, 7), (1, 8)], 9, ("worker",))
    assert start.arguments("worker-3") == [
        "worker",
        f"--state-dir={tmp_path}",
        "--name=worker-3",
        "--rates-fd=9",
        "--listen-fd=0:7",
        "--listen-fd=1:8",
    ]


async def environment(house: House) -> dict[str, str]:
    """Start a worker and read its environment, which the kernel shows only once it runs."""
    child = house.start()
    guest = await asyncio.wait_for(house.door.expect(child.pid), SOON)
    told = psutil.Process(child.pid).environ()
    guest.dismiss()
    return told


async def test_a_worker_keeps_memory_for_the_next_body(house: House) -> None:
    told = await environment(house)
    # A read of the event loop (256,000 bytes) comes out of what is kept, not from the kernel.
    assert 256_000 < int(told["MALLOC_MMAP_THRESHOLD_"]) < int(told["MALLOC_TRIM_THRESHOLD_"])


async def test_how_much_memory_a_worker_keeps_is_the_operator_s_choice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "131072")
    told = await environment(house)
    assert told["MALLOC_TRIM_THRESHOLD_"] == "131072"


async def test_a_folder_called_router_where_the_operator_stands_is_not_imported(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "router").mkdir()
    (tmp_path / "router" / "__init__.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(tmp_path)
    passed = [(0, house.listener.fileno())]
    child = Child.start(Start(house.state_dir, passed, house.rates, WORKER), SEAT)
    house.children.append(child)
    guest = await asyncio.wait_for(house.door.expect(child.pid), SOON)
    guest.channel.send(Drain(0.0))
    assert await asyncio.wait_for(child.wait(), SOON) == 0
    guest.dismiss()


async def test_a_worker_that_cannot_be_started_is_an_os_error(tmp_path: Path) -> None:
    with socket.socket() as listener, pytest.raises(OSError, match="No such file"):
        Child.start(Start(tmp_path, [(0, 7)], listener.fileno(), ("/no/such/program",)), SEAT)

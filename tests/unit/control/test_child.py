import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from router.control.child import WORKER, Child
from router.routing.snapshot import Snapshot
from router.wire.messages import Applied, Apply, Drain
from tests.support import fake_worker

FAKE = (sys.executable, fake_worker.__file__)


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        started = await Child.start([listener], FAKE)
        yield started
        started.kill()
        await started.wait()
        started.channel.close()
        await started.channel.wait_closed()


async def test_a_worker_hears_and_answers_over_its_channel(child: Child) -> None:
    child.channel.send(Apply(Snapshot(3, ())))
    assert await child.channel.receive() == Applied(3)


async def test_a_worker_that_drains_hangs_up_and_exits_0(child: Child) -> None:
    child.channel.send(Drain(1.0))
    assert await child.channel.receive() is None
    assert await child.wait() == 0


async def test_a_worker_ends_when_nobody_is_left_to_tell_it_anything(child: Child) -> None:
    child.channel.close()
    assert await child.wait() == 0


async def test_a_killed_worker_is_noticed(child: Child) -> None:
    child.kill()
    assert await child.channel.receive() is None
    assert await child.wait() == -signal.SIGKILL
    child.kill()  # killing it again does no harm


async def test_ctrl_c_in_a_terminal_does_not_reach_the_worker(child: Child) -> None:
    assert os.getpgid(child.pid) != os.getpgid(0)


async def test_a_worker_inherits_its_sockets_and_nothing_else(child: Child) -> None:
    child.channel.send(Apply(Snapshot(1, ())))
    await child.channel.receive()
    sockets = psutil.Process(child.pid).net_connections("all")
    # The control socket, the listening socket, and the pair by which its event loop wakes itself.
    assert len(sockets) == 4


async def test_a_folder_called_router_where_the_operator_stands_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "router").mkdir()
    (tmp_path / "router" / "__init__.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = await Child.start([listener], WORKER)
    child.channel.send(Apply(Snapshot(1, ())))
    assert await child.channel.receive() == Applied(1)
    child.channel.send(Drain(0.0))
    assert await child.wait() == 0
    child.channel.close()
    await child.channel.wait_closed()

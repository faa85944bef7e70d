import argparse
import asyncio
import gc
import mmap
import os
import signal
import socket
from pathlib import Path

import pytest

from router.processes import worker
from router.processes.supervised import Post
from router.routing.snapshot import Snapshot
from router.routing.spending import SHARED_BYTES
from router.wire.control_socket import bind_control
from router.wire.counting import make_memory
from router.wire.messages import Accepting, Applied, Apply, Drain, Leaving
from tests.support.supervision import welcomed


@pytest.fixture(autouse=True)
def _nothing_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freezing is for a process of its own; here it would keep other tests' garbage."""
    monkeypatch.setattr(gc, "freeze", lambda: None)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    counters = make_memory("test")
    return Post("worker-1", tmp_path, counters, {})


@pytest.fixture
def rates() -> mmap.mmap:
    return mmap.mmap(-1, SHARED_BYTES)


async def test_a_worker_serves_until_it_is_told_to_drain_and_says_that_it_leaves(
    post: Post, rates: mmap.mmap
) -> None:
    with bind_control(post.state_dir) as control:
        serving = asyncio.ensure_future(worker.serve(post, rates))
        channel = await welcomed(control)
        channel.send(Apply(Snapshot(3, ())))
        assert await channel.receive() == Applied(3)
        channel.send(Drain(0.0))
        assert await channel.receive() == Leaving()
        assert await channel.receive() == Accepting([])
        assert await channel.receive() is None
        await serving
        channel.close()
        await channel.wait_closed()


async def test_sigterm_lets_a_worker_drain(post: Post, rates: mmap.mmap) -> None:
    with bind_control(post.state_dir) as control:
        serving = asyncio.ensure_future(worker.serve(post, rates))
        channel = await welcomed(control)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await channel.receive() == Leaving()
        await serving
        channel.close()
        await channel.wait_closed()


def test_sockets_are_held_by_slot() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket() as second:
        given = [(1, os.dup(first.fileno())), (0, os.dup(second.fileno()))]
        arguments = argparse.Namespace(name="worker-1", state_dir=Path("/x"), listen_fd=given)
        posted = worker._posted(arguments)
        assert posted.sockets[1][0].getsockname() == first.getsockname()
        assert [each.getblocking() for each in posted.sockets[0]] == [False]
    for sockets in posted.sockets.values():
        sockets[0].close()
    os.close(posted.counters)

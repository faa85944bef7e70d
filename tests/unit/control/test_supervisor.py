import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from router.control.keeper import Keeper
from router.control.listening import Address
from router.control.supervisor import Plan, Supervisor
from router.errors import ListenError
from router.model import BasisPoints
from router.release.state import Release
from tests.support import fake_worker
from tests.support.releases import compiled

SOON = 10.0
ANYWHERE = Address("127.0.0.1", 0)


class Events(logging.Handler):
    """What the supervisor says of itself, to be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._said = asyncio.Queue[logging.LogRecord]()

    def emit(self, record: logging.LogRecord) -> None:
        self._said.put_nowait(record)

    async def next(self, name: str) -> dict[str, Any]:
        """Return the fields of the next event of this name."""
        async with asyncio.timeout(SOON):
            while (record := await self._said.get()).getMessage() != name:
                pass
        return dict(vars(record)["fields"])


@pytest.fixture
def events() -> Iterator[Events]:
    handler = Events()
    logger = logging.getLogger("gray_router")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def plan(*worker_options: str, admin: Address = ANYWHERE) -> Plan:
    return Plan(
        listen=[Address("127.0.0.1", 0)],
        admin=admin,
        releases=[Release("support")],
        stages={"support": (BasisPoints(500),)},
        sticky=frozenset({"support"}),
        compile=compiled,
        drain_timeout=1.0,
        clock=time.time,
        stopwatch=time.monotonic,
        worker=(sys.executable, fake_worker.__file__, *worker_options),
    )


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SOON)) as session:
        yield session


async def test_it_serves_until_a_signal_and_ends_in_order(
    client: aiohttp.ClientSession, events: Events
) -> None:
    running = asyncio.ensure_future(Supervisor(plan()).run())
    ready = await events.next("ready")
    assert ready["pid"] == os.getpid()
    assert len(ready["listen"]) == 1
    url = f"http://{ready['admin']}/api/v1/services/support/percent"
    async with client.put(url, json={"percent": 5}) as answer:
        assert (await answer.json())["acknowledged"] is True
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, SOON) is True


async def test_it_is_alive_but_not_ready_while_its_worker_keeps_dying(
    client: aiohttp.ClientSession, events: Events
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        admin = Address(*free.getsockname())
    running = asyncio.ensure_future(Supervisor(plan("--crash", admin=admin)).run())
    deaths = [await events.next("worker_died") for _ in range(3)]
    assert [death["deaths_in_a_row"] for death in deaths] == [1, 2, 3]
    assert {death["status"] for death in deaths} == {fake_worker.CRASH_STATUS}
    for path, status in (("livez", 200), ("readyz", 503)):
        async with client.get(f"http://{admin}/{path}") as answer:
            assert answer.status == status
    os.kill(os.getpid(), signal.SIGINT)
    assert await asyncio.wait_for(running, SOON) is True


async def test_a_bug_ends_it_and_is_no_orderly_end(
    monkeypatch: pytest.MonkeyPatch, events: Events
) -> None:
    async def broken(_: Keeper) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Keeper, "keep", broken)
    assert await asyncio.wait_for(Supervisor(plan()).run(), SOON) is False
    assert (await events.next("task_died"))["task"] == "keeper"


async def test_nothing_is_started_when_an_address_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address(*taken.getsockname())
        with pytest.raises(ListenError, match=f"admin.listen: cannot listen on {address}"):
            await Supervisor(plan(admin=address)).run()

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from router.control import supervisor
from router.control.api.access import Access, Role
from router.control.broadcast import Broadcast
from router.control.comparing import Comparing
from router.control.directory import Watched
from router.control.fleet import alone
from router.control.keeper import Keeper
from router.control.plan import Plan
from router.control.reload_report import Cause
from router.control.shadow_key import NAME
from router.control.state_dir import Claim
from router.control.supervisor import Supervisor
from router.errors import ListenError
from router.model import Address, BasisPoints, Variant
from router.release.plan import ReleasePlan
from router.routing.snapshot import Endpoint, Upstream
from router.wire.comparing import CompareBy
from tests.support import fake_worker
from tests.support.background import Names
from tests.support.ledgers import Machine
from tests.support.plans import Reloads, planned
from tests.support.tokens import bearer, entry

SOON = 10.0


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


@pytest.fixture
def told() -> list[str]:
    """What the service manager was told."""
    return []


Planned = Callable[..., Plan]


@pytest.fixture
def plan(tmp_path: Path, told: list[str]) -> Planned:
    return partial(planned, tmp_path, told)


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SOON)) as session:
        yield session


async def test_it_serves_until_a_signal_and_ends_in_order(
    client: aiohttp.ClientSession, events: Events, plan: Planned, told: list[str]
) -> None:
    running = asyncio.ensure_future(Supervisor(plan()).run())
    ready = await events.next("ready")
    assert ready["pid"] == os.getpid()
    assert len(ready["listen"]) == 1
    url = f"http://{ready['admin']}/api/v1/services/support/percent"
    async with client.put(url, json={"percent": 5}) as answer:
        assert (await answer.json())["acknowledged"] is True
    assert told == ["READY=1"]
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, SOON) is True
    assert told == ["READY=1", "STOPPING=1"]


async def test_it_is_alive_but_not_ready_while_its_worker_keeps_dying(
    client: aiohttp.ClientSession, events: Events, plan: Planned
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        admin = Address(*free.getsockname())
    running = asyncio.ensure_future(Supervisor(plan("--crash", admin=admin)).run())
    deaths = [await events.next("worker_died") for _ in range(6)]
    for seat in ("worker-1", "worker-2"):
        assert [it["deaths_in_a_row"] for it in deaths if it["worker"] == seat] == [1, 2, 3]
    assert {death["status"] for death in deaths} == {fake_worker.CRASH_STATUS}
    for path, status in (("livez", 200), ("readyz", 503)):
        async with client.get(f"http://{admin}/{path}") as answer:
            assert answer.status == status
    os.kill(os.getpid(), signal.SIGINT)
    assert await asyncio.wait_for(running, SOON) is True


async def test_a_bug_ends_it_and_is_no_orderly_end(
    monkeypatch: pytest.MonkeyPatch, events: Events, plan: Planned
) -> None:
    async def broken(_: Keeper) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Keeper, "keep", broken)
    assert await asyncio.wait_for(Supervisor(plan()).run(), SOON) is False
    assert (await events.next("task_died"))["task"] == "keeper"


async def test_nothing_is_started_when_an_address_is_taken(plan: Planned, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address(*taken.getsockname())
        with pytest.raises(ListenError, match=f"admin.listen: cannot listen on {address}"):
            await Supervisor(plan(admin=address)).run()
    with Claim(tmp_path):
        pass  # and it is free again


async def test_a_router_that_stops_takes_no_change_and_says_so(
    client: aiohttp.ClientSession, events: Events, plan: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LAST_CALL", 1.0)
    running = asyncio.ensure_future(Supervisor(plan()).run())
    ready = await events.next("ready")
    os.kill(os.getpid(), signal.SIGTERM)
    await events.next("draining")
    url = f"http://{ready['admin']}/api/v1/services/support/percent"
    async with client.put(url, json={"percent": 5}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (503, "draining")
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, SOON) is True


async def test_workers_are_told_each_second_that_ai_may_be_asked(
    events: Events, plan: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "RENEW_EVERY", 0.01)
    leases = asyncio.Queue[float]()
    monkeypatch.setattr(Broadcast, "lease", lambda _, until: leases.put_nowait(until))
    running = asyncio.ensure_future(Supervisor(plan()).run())
    first = await asyncio.wait_for(leases.get(), SOON)
    second = await asyncio.wait_for(leases.get(), SOON)
    assert time.monotonic() < first < second < time.monotonic() + 15
    await events.next("ready")
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, SOON) is True


async def test_the_comparer_names_callers_as_all_who_share_the_store_do(
    events: Events, plan: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = asyncio.Queue[CompareBy]()
    monkeypatch.setattr(Comparing, "serve_by", lambda _, by: told.put_nowait(by))
    machine, theirs = Machine(), bytes(range(32))
    machine.shelf.secrets[NAME] = theirs
    compared = replace(plan(), compare=CompareBy({}), ledger=lambda: machine.ledger)
    ours = compared.shadow_key.value
    running = asyncio.ensure_future(Supervisor(compared).run())
    secrets = [(await asyncio.wait_for(told.get(), SOON)).secret for _ in range(2)]
    assert secrets == [ours, theirs]
    await events.next("ready")
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, SOON) is True


async def test_a_hangup_has_the_config_read_again(events: Events, plan: Planned) -> None:
    reloads: list[Reloads] = []

    def reloader(*given: Any) -> Reloads:
        reloads.append(Reloads(*given))
        return reloads[-1]

    running = asyncio.ensure_future(Supervisor(replace(plan(), reloader=reloader)).run())
    await events.next("ready")
    os.kill(os.getpid(), signal.SIGHUP)
    assert (await events.next("signal"))["signal"] == "SIGHUP"
    assert await asyncio.wait_for(reloads[0].causes.get(), SOON) is Cause.SIGNAL
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, SOON) is True


async def test_another_plan_is_served_with_its_services_stages_and_endpoints(
    client: aiohttp.ClientSession, events: Events, plan: Planned
) -> None:
    names = Names(backend=["10.0.0.7"])
    orders = [
        Watched("orders", variant, Upstream((Endpoint("backend", 80),))) for variant in Variant
    ]
    first = plan()
    second = replace(
        first,
        release_plans={"orders": ReleasePlan((BasisPoints(700),))},
        sticky=frozenset[str](),
        watched=orders,
    )

    def reloader(*given: Any) -> Reloads:
        reloads = Reloads(*given)
        reloads.wanted = second
        return reloads

    access = Access((entry("admin", Role.ADMIN),))
    ours = replace(first, reloader=reloader, resolve=names.resolve, access=access)
    running = asyncio.ensure_future(Supervisor(ours).run())
    admin = (await events.next("ready"))["admin"]
    reload = f"http://{admin}/api/v1/reload"
    async with client.post(reload, json={}, headers=bearer("admin")) as answer:
        assert (await answer.json())["added"] == ["orders"]
    assert names.asked == ["backend"]
    async with client.get(f"http://{admin}/api/v1/services/orders") as answer:
        shown = await answer.json()
    assert (shown["stages"], shown["sticky"], shown["percent"]) == ([7.0], False, 0.0)
    assert [each["endpoint"] for each in shown["endpoints"]["ai"]] == ["backend:80 (10.0.0.7)"]
    async with client.get(f"http://{admin}/api/v1/services/support") as answer:
        assert answer.status == 404
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, SOON) is True

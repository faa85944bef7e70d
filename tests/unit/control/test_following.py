import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from router.control import following
from router.control.following import Following
from router.control.reach import Reach
from router.errors import StoreUnavailableError
from router.model import BasisPoints
from router.release.state import Release, Standing, Status
from router.store.memory import MemoryStore
from tests.support.background import events
from tests.support.releases import HeardWorkers, begun, router_of
from tests.support.stored import entry_of

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)
BACK = Release("support", Status.ROLLED_BACK, epoch=1, revision=4, phase=3)


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.002)
    raise AssertionError


async def test_what_another_program_writes_is_served_and_what_it_takes_away_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "RETRY_EVERY", 0.001)
    router = begun(router_of(HeardWorkers(), ROLLING))
    reach, machine = Reach(), router.machine
    reach.begun()
    it = Following(machine.store, router.conductor.keeping, reach)
    with events() as told:
        running = asyncio.ensure_future(it.run())
        await MemoryStore(machine.shelf).put_newer(BACK, entry=entry_of(BACK))
        await until(lambda: router.served.release("support") == BACK)
        machine.store.error = StoreUnavailableError("store: another program has it")
        other = replace(BACK, service="orders")
        await MemoryStore(machine.shelf).put_newer(other, entry=entry_of(other))
        await until(lambda: not reach.answers)
        machine.shelf.releases["support"] = ROLLING
        machine.store.error = None
        await until(lambda: router.served.release("support").standing is Standing.LOST)
        await until(lambda: reach.answers)
        running.cancel()
    names = [name for name, _ in told]
    assert names[:3] == ["release_followed", "store_lost", "store_found"]
    assert "state_lost" in names

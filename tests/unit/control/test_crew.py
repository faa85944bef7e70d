import asyncio
import sys
import time
from collections.abc import AsyncIterator

import pytest

from router.compare.rules import CompareRules
from router.control.acceptors import Acceptors
from router.control.broadcast import Broadcast
from router.control.census import Census
from router.control.child import Start
from router.control.comparing import Comparing
from router.control.crew import Crew
from router.control.life import Offices
from router.control.orphans import Orphans
from router.control.recording import Recording
from router.control.telemetry import Tallies
from router.routing.snapshot import Snapshot
from router.store.memory_records import MemoryRecords
from router.store.records import Limits
from router.wire.comparing import CompareBy
from router.wire.roster import entry_of, write_roster
from tests.support import fake_comparer, fake_worker
from tests.support.house import SOON, House

FAKE_COMPARER = (sys.executable, fake_comparer.__file__)
SEATS = ("worker-1", "worker-2")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House.standing() as standing:
        yield standing


def crew_of(house: House, *faults: str) -> tuple[Crew, Broadcast, Start]:
    broadcast = Broadcast(SEATS, Acceptors([0]))
    broadcast.publish(Snapshot(1, ()))
    offices = Offices(broadcast, Tallies(lambda _: None), Census(house.state_dir))
    command = (sys.executable, fake_worker.__file__, *faults)
    how = Start(house.state_dir, [(0, house.listener.fileno())], house.rates, command)
    recording = Recording(MemoryRecords(), Limits)
    comparing = Comparing(house.state_dir, recording, "i1", time.monotonic, FAKE_COMPARER)
    comparing.serve_by(CompareBy({"support": CompareRules()}))
    crew = Crew(SEATS, house.door, offices, house.tasks, time.monotonic, comparing=comparing)
    return crew, broadcast, how


async def test_all_seats_are_filled_and_all_drain(house: House) -> None:
    crew, broadcast, how = crew_of(house)
    crew.start(how, Orphans(()))
    await asyncio.wait_for(broadcast.ready(), SOON)
    crew.drain(1.0)
    await asyncio.wait_for(crew.ended(), SOON)
    assert broadcast.states()["ready"] == 0


async def test_orphans_end_with_the_others(house: House) -> None:
    entry = entry_of(house.start("--silent").pid)
    assert entry is not None
    write_roster(house.state_dir, [entry])
    orphans = await Orphans.found(house.state_dir, house.door)
    for listener in orphans.listeners:
        listener.close()
    crew, broadcast, how = crew_of(house)
    crew.start(how, orphans)
    await asyncio.wait_for(broadcast.ready(), SOON)
    assert broadcast.states()["leaving"] == 1
    ended = asyncio.ensure_future(crew.ended())
    crew.drain(1.0)
    await asyncio.sleep(0)
    assert not ended.done()
    crew.kill()
    await asyncio.wait_for(ended, SOON)
    assert await house.children[0].wait() == -9


async def test_one_of_them_is_replaced_by_its_name(house: House) -> None:
    crew, broadcast, how = crew_of(house)
    crew.start(how, Orphans(()))
    await asyncio.wait_for(broadcast.ready(), SOON)
    before = {worker.name: worker.pid for worker in broadcast.workers()}
    assert crew.replace(SEATS[0]) is True
    assert crew.replace("orphan-7") is False
    for _ in range(1000):
        if broadcast.states()["ready"] < len(SEATS):
            break
        await asyncio.sleep(0.01)
    await asyncio.wait_for(broadcast.ready(), SOON)
    after = {worker.name: worker.pid for worker in broadcast.workers()}
    assert [after[seat] == before[seat] for seat in SEATS] == [False, True]
    crew.kill()
    await asyncio.wait_for(crew.ended(), SOON)

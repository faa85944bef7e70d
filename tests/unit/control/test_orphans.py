import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from router.control import orphans as orphans_module
from router.control.orphans import Orphans
from router.wire.roster import Entry, entry_of, write_roster
from tests.support.house import SOON, House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House.standing() as standing:
        yield standing


@pytest.fixture
def unburied() -> Iterator[Entry]:
    """A process that has ended, and whose exit nobody has asked for."""
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
        entry = entry_of(dead.pid)
        assert entry is not None
        yield entry


def leave_behind(house: House, *faults: str) -> int:
    """Start a worker that nobody attends to, and put it on the roster; return its process id."""
    child = house.start(*faults)
    entry = entry_of(child.pid)
    assert entry is not None
    write_roster(house.state_dir, [entry])
    return child.pid


async def found(house: House) -> Orphans:
    return await asyncio.wait_for(Orphans.found(house.state_dir, house.door), SOON)


async def test_without_a_roster_nobody_is_waited_for(house: House) -> None:
    orphans = await found(house)
    assert (orphans.version, orphans.listeners) == (0, [])
    await orphans.ended()


@pytest.mark.parametrize("damaged", [b"\xff\xfe", b"-5 7\n0 0\n", None])
async def test_a_damaged_roster_is_said_and_stops_no_start(
    house: House, damaged: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    roster = house.state_dir / "workers"
    if damaged is None:
        roster.mkdir()
    else:
        roster.write_bytes(damaged)
    with caplog.at_level(logging.WARNING, "gray_router"):
        assert (await found(house)).listeners == []
    assert [record.getMessage() for record in caplog.records] == ["roster_unreadable"]


async def test_an_orphan_brings_its_sockets_and_is_told_everything_until_it_drains(
    house: House,
) -> None:
    pid = leave_behind(house)
    orphans = await found(house)
    [listener] = orphans.listeners
    assert listener.getsockname() == house.listener.getsockname()
    listener.close()
    orphans.join(house.offices, house.tasks)
    assert orphans.listeners == []
    broadcast = house.offices.broadcast
    missing = await broadcast.acknowledged(1, 0.5)
    assert f"orphan-{pid}" not in missing
    assert house.offices.tallies.totals().refused["no_route"] == 1
    orphans.drain(1.0)
    await asyncio.wait_for(broadcast.relieved(), SOON)
    await asyncio.wait_for(orphans.ended(), SOON)
    assert house.offices.tallies.totals().refused["no_route"] == 1


async def test_the_highest_that_any_of_them_serves_by_is_known(house: House) -> None:
    leave_behind(house, "--stand=support:1:4")
    orphans = await found(house)
    assert orphans.stands == {"support": (1, 4)}
    for listener in orphans.listeners:
        listener.close()
    orphans.close()


async def test_one_of_them_can_be_killed(house: House) -> None:
    pid = leave_behind(house)
    orphans = await found(house)
    for listener in orphans.listeners:
        listener.close()
    orphans.join(house.offices, house.tasks)
    assert orphans.kill_one("orphan-1") is False
    assert orphans.kill_one(f"orphan-{pid}") is True
    await asyncio.wait_for(orphans.ended(), SOON)
    assert await house.children[0].wait() == -9


async def test_who_says_nothing_is_killed(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(orphans_module, "FOUND_WITHIN", 0.05)
    leave_behind(house, "--shy")
    with caplog.at_level(logging.WARNING, "gray_router"):
        assert (await found(house)).listeners == []
    assert [record.getMessage() for record in caplog.records] == ["orphan_killed"]
    assert await house.children[0].wait() == -9


async def test_nobody_waits_for_who_died_although_its_id_still_stands(
    house: House, unburied: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    write_roster(house.state_dir, [unburied])
    assert (await found(house)).listeners == []
    assert caplog.records == []


async def test_who_has_ended_or_has_another_process_of_its_id_is_not_waited_for(
    house: House,
) -> None:
    child = house.start("--crash")
    ended = entry_of(child.pid)
    assert ended is not None
    await child.wait()
    write_roster(house.state_dir, [ended, Entry(os.getpid(), started=1)])
    assert (await found(house)).listeners == []


async def test_a_roster_that_somebody_has_edited_names_nobody(house: House) -> None:
    write_roster(house.state_dir, [Entry(0, 1), Entry(-1, 1), Entry(10**30, 1)])
    assert (await found(house)).listeners == []


async def test_who_was_never_joined_is_let_go_alive(house: House) -> None:
    leave_behind(house, "--silent")
    orphans = await found(house)
    for listener in orphans.listeners:
        listener.close()
    orphans.close()
    orphans.kill()  # they are nobody's any more
    assert entry_of(house.children[0].pid) is not None


async def test_an_orphan_is_killed_with_the_others_when_time_is_up(house: House) -> None:
    leave_behind(house, "--silent")
    orphans = await found(house)
    for listener in orphans.listeners:
        listener.close()
    orphans.join(house.offices, house.tasks)
    orphans.kill()
    await asyncio.wait_for(orphans.ended(), SOON)
    assert await house.children[0].wait() == -9

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from router.control import life as life_module
from router.control.child import Child
from router.control.life import Life, ended
from router.wire.roster import entry_of, read_roster, remove_roster
from tests.support.house import SEAT, SOON, House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House.standing() as standing:
        yield standing


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life_module, "DRAIN_SLACK", 0.5)


async def born(house: House, *faults: str, name: str = SEAT) -> tuple[Child, Life]:
    child = house.start(*faults)
    guest = await asyncio.wait_for(house.door.expect(child.pid), SOON)
    guest.close_listeners()
    return child, Life(name, child, guest, house.offices, is_ours=name == SEAT)


async def test_a_worker_is_listened_to_counted_and_may_live_on(house: House) -> None:
    house.offices.census.open()
    child, life = await born(house)
    attending = asyncio.ensure_future(life.attend())
    await house.ready()
    assert house.offices.tallies.totals().refused["no_route"] == 1
    assert read_roster(house.state_dir) == {entry_of(child.pid)}
    child.kill()
    assert await asyncio.wait_for(attending, SOON) == -9
    assert not house.offices.broadcast.is_ready
    assert not life.has_left
    assert house.offices.tallies.totals().refused["no_route"] == 1
    assert read_roster(house.state_dir) == frozenset()


async def test_who_drains_has_left(house: House) -> None:
    _, life = await born(house)
    attending = asyncio.ensure_future(life.attend())
    await house.ready()
    life.drain(1.0)
    assert await asyncio.wait_for(attending, SOON) == 0
    assert life.has_left


async def test_an_orphan_is_not_to_live_on_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(house.offices.census, "add", lambda name, _: counted.append(name))
    for name in (SEAT, "orphan-1"):
        _, life = await born(house, name=name)
        attending = asyncio.ensure_future(life.attend())
        await asyncio.sleep(0)
        life.drain(1.0)  # it has applied a snapshot before it hears this
        assert await asyncio.wait_for(attending, SOON) == 0
        assert house.offices.tallies.totals().refused["no_route"] > 0
    assert counted == [SEAT]


@pytest.mark.parametrize("fault", ["--garble", "--deaf"])
async def test_who_is_not_understood_or_hangs_up_is_ended(house: House, fault: str) -> None:
    _, life = await born(house, fault)
    assert await asyncio.wait_for(life.attend(), SOON) == -9


async def test_who_is_silent_for_too_long_is_ended(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(life_module, "SILENCE", 0.01)
    monkeypatch.setattr(life_module, "BENEFIT", 0.01)
    _, life = await born(house, "--silent")
    with caplog.at_level(logging.ERROR, "gray_router"):
        assert await asyncio.wait_for(life.attend(), SOON) == -9
    assert [record.getMessage() for record in caplog.records] == ["worker_silent"]


async def test_what_came_while_we_were_stopped_ourselves_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life_module, "SILENCE", 0.0)  # always too late, with a word in the queue
    _, life = await born(house)
    attending = asyncio.ensure_future(life.attend())
    await house.ready()
    life.drain(1.0)
    assert await asyncio.wait_for(attending, SOON) == 0


async def test_who_does_not_end_when_it_has_nothing_left_to_do_is_killed(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    child = house.start("--shy")
    with caplog.at_level(logging.WARNING, "gray_router"):
        assert await asyncio.wait_for(ended(SEAT, child), SOON) == -9
    assert [record.getMessage() for record in caplog.records] == ["worker_killed"]


async def test_what_lay_in_a_folder_that_was_made_again_is_written_again(house: House) -> None:
    house.offices.census.open()
    child, life = await born(house)
    attending = asyncio.ensure_future(life.attend())
    await house.ready()
    remove_roster(house.state_dir)
    house.offices.write_again()
    assert read_roster(house.state_dir) == {entry_of(child.pid)}
    child.kill()
    await attending

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.control import residence as residence_module
from router.control.census import Census
from router.control.door import Door
from router.control.residence import Residence
from router.control.state_dir import Claim, open_control
from router.tasks import TaskOwner
from router.wire.control_socket import connect_control
from router.wire.handover import send_hello
from router.wire.messages import Hello
from router.wire.roster import entry_of, read_roster

WE = os.getpid()
SOON = 10.0


class Home:
    """A router's folder, as `run` of a supervisor keeps it."""

    def __init__(self, claim: Claim, tasks: TaskOwner) -> None:
        self.claim = claim
        self.state_dir = claim.state_dir
        self.door = Door(open_control(claim.state_dir), tasks)
        self.door.open()
        self.census = Census(claim.state_dir, lambda: claim.is_held)
        self.census.add("worker-1", WE)
        self.census.open()
        self.residence = Residence(claim, self.door, self.census.repeat)

    async def is_attended(self) -> bool:
        """Whether a worker that is expected is taken in."""
        coming = self.door.expect(WE)
        with connect_control(self.state_dir) as control:
            send_hello(control, Hello("worker-1", WE, [0], 0), [control.fileno()] * 2)
            (await asyncio.wait_for(coming, SOON)).dismiss()
        return True


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    tasks = TaskOwner(lambda _, error: pytest.fail(repr(error)))
    with Claim(tmp_path / "data") as claim:
        home = Home(claim, tasks)
        yield home
        await tasks.close()
        home.door.close()


@pytest.fixture(autouse=True)
def _all_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gray_router")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_what_is_there_and_ours_is_left_as_it_is(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    before = {each.name: each.stat().st_ino for each in home.state_dir.iterdir()}
    await home.residence.look()
    assert {each.name: each.stat().st_ino for each in home.state_dir.iterdir()} == before
    assert told(caplog) == []


async def test_a_folder_that_was_removed_is_made_again_and_workers_can_come(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        shutil.rmtree(home.state_dir)
        await home.residence.look()
        assert await home.is_attended()
        assert read_roster(home.state_dir) == {entry_of(WE)}
    assert told(caplog) == ["state_dir_restored"] * 2


async def test_a_control_socket_that_was_removed_is_made_again(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    (home.state_dir / "control.sock").unlink()
    await home.residence.look()
    assert await home.is_attended()
    assert told(caplog) == ["state_dir_restored"]


async def test_what_another_router_has_there_is_left_alone_until_it_ends(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(home.state_dir)
    with Claim(home.state_dir), open_control(home.state_dir):
        before = {each.name: each.stat().st_ino for each in home.state_dir.iterdir()}
        await home.residence.look()
        await home.residence.look()
        assert {each.name: each.stat().st_ino for each in home.state_dir.iterdir()} == before
    assert told(caplog) == ["state_dir_lost"]
    assert "belongs to a router that runs already" in str(
        vars(caplog.records[0])["fields"]["error"]
    )
    await home.residence.look()
    assert await home.is_attended()
    assert told(caplog)[-1] == "state_dir_restored"


async def test_what_was_kept_and_is_gone_is_kept_again_while_the_folder_is_ours(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[bool] = []

    def keep_displaced() -> bool:
        asked.append(len(asked) == 0)
        return asked[-1]

    residence = Residence(home.claim, home.door, home.census.repeat, keep_displaced)
    await residence.look()
    await residence.look()
    assert asked == [True, False]
    assert told(caplog) == ["store_displaced"]


async def test_a_folder_that_cannot_be_made_is_said_once_for_each_reason(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(home.state_dir)
    home.state_dir.touch()
    await home.residence.look()
    await home.residence.look()
    assert told(caplog) == ["state_dir_lost"]


async def test_it_looks_again_and_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = asyncio.Semaphore(0)

    async def look(_: Residence) -> None:
        looked.release()

    monkeypatch.setattr(residence_module, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(Residence, "look", look)
    keeping = asyncio.ensure_future(home.residence.keep())
    async with asyncio.timeout(SOON):
        await looked.acquire()
        await looked.acquire()
    keeping.cancel()

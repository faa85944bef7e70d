import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from router.control import keeper as keeper_module, life as life_module
from router.control.child import Child
from router.control.keeper import Keeper, pause
from tests.support import fake_worker
from tests.support.house import SEAT, SOON, House

SOUND: tuple[str, ...] = ()


class Seat:
    """One kept seat, and what became of it."""

    def __init__(self, house: House, faults: Sequence[Sequence[str] | OSError]) -> None:
        self.house = house
        self.started = asyncio.Queue[Child]()
        self._faults = list(faults)
        self.keeper = Keeper(SEAT, self._start, house.door, house.offices, lambda: 0.0)
        self.keeping = asyncio.ensure_future(self.keeper.keep())

    def _start(self) -> Child:
        fault = self._faults.pop(0) if len(self._faults) > 1 else self._faults[0]
        if isinstance(fault, OSError):
            raise fault
        child = self.house.start(*fault)
        self.started.put_nowait(child)
        return child

    async def end(self) -> None:
        await asyncio.wait_for(self.keeping, SOON)


Keep = Callable[..., Seat]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House.standing() as standing:
        yield standing


@pytest.fixture
async def keep(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Keep]:
    monkeypatch.setattr(life_module, "DRAIN_SLACK", 0.5)
    seats: list[Seat] = []

    def start(*faults: Sequence[str] | OSError) -> Seat:
        seats.append(Seat(house, faults or [SOUND]))
        return seats[-1]

    yield start
    for seat in seats:
        seat.keeper.kill()
        await seat.end()


async def test_a_seat_is_occupied_by_a_worker_that_serves(keep: Keep, house: House) -> None:
    keep()
    await house.ready()
    assert len(house.children) == 1


async def test_a_dead_worker_is_replaced_and_what_it_counted_is_kept(
    keep: Keep, house: House
) -> None:
    seat = keep()
    await house.ready()
    (await seat.started.get()).kill()
    await seat.started.get()
    await house.ready()
    assert house.offices.tallies.totals().refused["no_route"] == 2


async def test_who_is_to_be_replaced_is_killed_and_that_counts_as_no_death(
    keep: Keep, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    seat = keep()
    assert seat.keeper.replace() is False  # nobody serves there yet
    await house.ready()
    first = await seat.started.get()
    with caplog.at_level(logging.INFO, "gray_router"):
        assert seat.keeper.replace() is True
        second = await seat.started.get()
        await house.ready()
    assert await first.wait() == -9
    assert not second.has_ended
    assert "worker_died" not in [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("fault", [("--garble",), ("--deaf",), OSError(11, "no process is left")])
async def test_who_is_of_no_use_is_replaced(
    keep: Keep, house: House, fault: tuple[str, ...] | OSError
) -> None:
    keep(fault, SOUND)
    await house.ready()


async def test_who_never_says_hello_is_replaced(
    keep: Keep, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "ARRIVAL", 0.05)
    seat = keep(("--shy",), SOUND)
    assert await (await seat.started.get()).wait() == -9
    monkeypatch.setattr(keeper_module, "ARRIVAL", SOON)
    await house.ready()


async def test_who_leaves_in_order_has_not_died_and_is_replaced_at_once(
    keep: Keep, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    seat = keep()
    await house.ready()
    with caplog.at_level(logging.INFO, "gray_router"):
        assert seat.keeper._life is not None
        seat.keeper._life.drain(1.0)
        await seat.started.get()
        await seat.started.get()
    events = [record.getMessage() for record in caplog.records]
    assert "worker_left" in events
    assert "worker_died" not in events


async def test_draining_ends_the_seat_with_its_worker(keep: Keep, house: House) -> None:
    seat = keep()
    await house.ready()
    seat.keeper.drain(1.0)
    await seat.end()
    assert [await child.wait() for child in house.children] == [0]


async def test_a_worker_that_was_still_starting_when_all_drain_is_ended(
    keep: Keep, house: House
) -> None:
    seat = keep()
    await seat.started.get()
    seat.keeper.drain(1.0)
    await seat.end()
    assert [await child.wait() for child in house.children] == [-9]


async def test_draining_ends_the_pause_before_the_next_worker(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(keeper_module, "LONGEST_PAUSE", 3600.0)
    seat = keep(("--crash",))
    for _ in range(2):
        crashing = await seat.started.get()
        assert await crashing.wait() == fake_worker.CRASH_STATUS
    seat.keeper.drain(1.0)
    await seat.end()


def test_only_workers_that_keep_dying_are_waited_with() -> None:
    assert pause(0) == pause(1) == 0
    assert [pause(deaths) for deaths in (2, 3, 4)] == [0.1, 0.2, 0.4]
    assert pause(100) == keeper_module.LONGEST_PAUSE

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from router.control import keeper as keeper_module
from router.control.broadcast import Broadcast
from router.control.child import Child
from router.control.keeper import Keeper, pause
from router.control.telemetry import Ledger
from router.routing.snapshot import Snapshot
from tests.support import fake_worker

FAKE = (sys.executable, fake_worker.__file__)
GARBLING = (sys.executable, fake_worker.__file__, "--garble")
DEAF = (sys.executable, fake_worker.__file__, "--deaf")
SOON = 10.0


class Seat:
    """One kept seat, and what became of it."""

    def __init__(
        self, listener: socket.socket, commands: Sequence[Sequence[str] | OSError]
    ) -> None:
        self.ledger = Ledger()
        self.broadcast = Broadcast(["worker-1"], self.ledger)
        self.broadcast.publish(Snapshot(1, ()))
        self.children: list[Child] = []
        self.started = asyncio.Queue[Child]()
        self._listener = listener
        self._commands = list(commands)
        self.keeper = Keeper("worker-1", self.broadcast, self._start, lambda: 0.0)
        self.keeping = asyncio.ensure_future(self.keeper.keep())

    async def _start(self) -> Child:
        command = self._commands.pop(0) if len(self._commands) > 1 else self._commands[0]
        if isinstance(command, OSError):
            raise command
        self.children.append(await Child.start([self._listener], command))
        self.started.put_nowait(self.children[-1])
        return self.children[-1]

    async def ready(self) -> None:
        await asyncio.wait_for(self.broadcast.ready(), SOON)

    async def end(self) -> None:
        await asyncio.wait_for(self.keeping, SOON)


Keep = Callable[..., Seat]


@pytest.fixture
async def keep() -> AsyncIterator[Keep]:
    seats: list[Seat] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def start(*commands: Sequence[str] | OSError) -> Seat:
            seats.append(Seat(listener, commands or [FAKE]))
            return seats[-1]

        yield start
        for seat in seats:
            seat.keeper.kill()
            await seat.end()
            for child in seat.children:
                await child.channel.wait_closed()


async def test_a_seat_is_occupied_by_a_worker_that_serves(keep: Keep) -> None:
    seat = keep()
    await seat.ready()
    assert len(seat.children) == 1


async def test_a_dead_worker_is_replaced_and_what_it_counted_is_kept(keep: Keep) -> None:
    seat = keep()
    await seat.ready()
    await seat.broadcast.refresh(SOON)
    counted = seat.ledger.totals().refused["no_route"]
    assert counted == 1
    (await seat.started.get()).kill()
    await seat.started.get()
    await seat.ready()
    assert seat.ledger.totals().refused["no_route"] == counted


async def test_a_worker_that_cannot_be_understood_is_replaced(keep: Keep) -> None:
    seat = keep(GARBLING, FAKE)
    await seat.ready()
    assert len(seat.children) == 2


async def test_a_worker_that_cannot_be_started_is_tried_again(keep: Keep) -> None:
    seat = keep(OSError(11, "Resource temporarily unavailable"), FAKE)
    await seat.ready()
    assert len(seat.children) == 1


async def test_draining_ends_the_seat_with_its_worker(keep: Keep) -> None:
    seat = keep()
    await seat.ready()
    seat.keeper.drain(1.0)
    await seat.end()
    assert await seat.children[0].wait() == 0
    assert len(seat.children) == 1


async def test_a_worker_that_was_still_starting_is_drained_as_well(keep: Keep) -> None:
    seat = keep()
    await asyncio.sleep(0)
    seat.keeper.drain(1.0)
    await seat.end()
    assert all([await child.wait() == 0 for child in seat.children])


async def test_draining_ends_the_pause_before_the_next_worker(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(keeper_module, "LONGEST_PAUSE", 3600.0)
    seat = keep((*FAKE, "--crash"))
    for _ in range(2):
        crashing = await seat.started.get()
        assert await crashing.wait() == fake_worker.CRASH_STATUS
    seat.keeper.drain(1.0)
    await seat.end()


async def test_a_worker_that_hangs_up_but_does_not_end_is_killed(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "DRAIN_SLACK", 0.05)
    seat = keep(DEAF, FAKE)
    await seat.ready()
    assert await seat.children[0].wait() == -9


def test_only_workers_that_keep_dying_are_waited_with() -> None:
    assert pause(0) == pause(1) == 0
    assert [pause(deaths) for deaths in (2, 3, 4)] == [0.1, 0.2, 0.4]
    assert pause(100) == keeper_module.LONGEST_PAUSE

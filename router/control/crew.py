"""All processes of this router: workers on their seats, those of a predecessor, the comparer."""

import asyncio
from collections.abc import Callable, Sequence

from router.control.child import Child, Start
from router.control.comparing import Comparing
from router.control.door import Door
from router.control.keeper import Keeper
from router.control.life import Offices
from router.control.orphans import Orphans
from router.control.process import Process
from router.tasks import TaskOwner


class Crew:
    """Starts them all, ends them all."""

    def __init__(
        self,
        seats: Sequence[str],
        door: Door,
        offices: Offices,
        tasks: TaskOwner,
        stopwatch: Callable[[], float],
        *,
        comparing: Comparing,
    ) -> None:
        self._seats = seats
        self._door = door
        self._offices = offices
        self._comparing = comparing
        self._tasks = tasks
        self._stopwatch = stopwatch
        self._keepers: dict[str, Keeper] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self._comparison: asyncio.Task[None] | None = None
        self._orphans = Orphans(())

    def start(self, how: Start, orphans: Orphans) -> None:
        """Tell orphans what everybody is told, fill the seats, and compare where that is wanted."""
        self._orphans = orphans
        orphans.join(self._offices, self._tasks)
        for seat in self._seats:

            def start(seat: str = seat) -> Process:
                return Child.start(how, seat)

            keeper = Keeper(seat, start, self._door, self._offices, self._stopwatch)
            self._keepers[seat] = keeper
            self._keeping.append(self._tasks.spawn(keeper.keep(), "keeper"))
        self._comparison = self._tasks.spawn(self._comparing.keep(), "comparing")

    def drain(self, timeout: float) -> None:
        """Have everybody finish; nobody follows."""
        self._orphans.drain(timeout)
        for keeper in self._keepers.values():
            keeper.drain(timeout)

    def replace(self, worker: str) -> bool:
        """Kill this worker, whom another one follows if it has a seat; False: nobody is there."""
        keeper = self._keepers.get(worker)
        return self._orphans.kill_one(worker) if keeper is None else keeper.replace()

    def kill(self) -> None:
        """End everybody now."""
        self._orphans.kill()
        for keeper in self._keepers.values():
            keeper.kill()
        self._comparing.kill()

    async def ended(self) -> None:
        """Return when nobody is left."""
        await self._orphans.ended()
        if self._keeping:
            await asyncio.wait(self._keeping)
        self._comparing.drain()  # nobody brings pairs any more
        if self._comparison is not None:
            await asyncio.wait([self._comparison])

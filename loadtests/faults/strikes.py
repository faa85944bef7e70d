"""What may go wrong just when somebody rolls back: one way a method."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from loadtests.faults import manager
from loadtests.faults.disk import Disk
from loadtests.faults.killing import Kill, busiest, freeze, kill
from loadtests.faults.manager import Rollback, roll_back
from loadtests.faults.patience import expect
from loadtests.faults.serving import Router, is_alive

WOKEN_AFTER: Final = 0.4
"""Seconds after which a worker that was stopped goes on: before it is given up."""


@dataclass(slots=True)
class Struck:
    """A rollback and what happened meanwhile. durable: what its report has to say."""

    rollback: Rollback
    kills: list[Kill] = field(default_factory=list[Kill])
    durable: str = "store"
    lies: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Striker:
    """Whoever does it, to a router and its disk."""

    router: Router
    disk: Disk

    async def nothing(self) -> Struck:
        """Let it be."""
        return Struck(await roll_back(self.router))

    async def kill_a_worker_first(self) -> Struck:
        """Nobody may have noticed it when the call comes."""
        death = await kill(self.router, await busiest(self.router))
        return Struck(await roll_back(self.router), [death])

    async def kill_a_worker_meanwhile(self) -> Struck:
        """Look whom to kill, and call at the same time."""
        seat = await busiest(self.router)
        calling = roll_back(self.router)
        rollback, death = await asyncio.gather(calling, kill(self.router, seat))
        return Struck(rollback, [death])

    async def stop_a_worker(self) -> Struck:
        """It has to be given up and replaced, so that nothing is left to be woken."""
        stopped = await freeze(self.router, await busiest(self.router))
        rollback = await roll_back(self.router)
        struck = Struck(rollback, [stopped])
        if is_alive(stopped.pid):
            os.kill(stopped.pid, signal.SIGCONT)
            struck.lies.append("a worker that knows nothing of it lives")
        return struck

    async def stop_a_worker_and_wake_it(self) -> Struck:
        """It wakes with requests and the new order in its sockets at once."""
        stopped = await freeze(self.router, await busiest(self.router))
        loop = asyncio.get_running_loop()
        loop.call_later(WOKEN_AFTER, os.kill, stopped.pid, signal.SIGCONT)
        rollback = await roll_back(self.router)
        await asyncio.sleep(WOKEN_AFTER)
        return Struck(rollback)

    async def fill_the_disk(self) -> Struck:
        """Leave no byte, until the report is there."""
        await self.disk.fill()
        rollback = await roll_back(self.router)
        self.disk.free()
        return Struck(rollback, durable="journal")

    async def kill_the_supervisor(self) -> Struck:
        """Kill it as soon as it has answered, and have another one come back."""
        rollback = await roll_back(self.router)
        struck = Struck(rollback)
        await killed_and_back(self.router)
        found = await manager.release(self.router)
        if (found["status"], manager.stand_of(found)) != ("rolled_back", rollback.stand):
            struck.lies.append(f"after a restart it is {found['status']} at {found['percent']} %")
        return struck


async def killed_and_back(router: Router) -> None:
    """Kill the supervisor, and start the next one over its workers."""
    router.signal(signal.SIGKILL)
    await router.exit_code(1.0)
    router.launch()
    await router.ready()


async def all_killed_and_back(router: Router) -> None:
    """Kill the supervisor and then every worker, so that nobody is left who knows anything."""
    workers = list(router.workers().values())
    router.signal(signal.SIGKILL)
    await router.exit_code(1.0)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    await expect("the death of all", lambda: not any(map(is_alive, workers)))
    router.launch()
    await router.ready()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way, and how often it is gone in a full run."""

    name: str
    times: int
    strike: Callable[[Striker], Awaitable[Struck]]


FAULTS: Final = (
    Fault("undisturbed", 25, Striker.nothing),
    Fault("just after a worker was killed", 4, Striker.kill_a_worker_first),
    Fault("while a worker is killed", 4, Striker.kill_a_worker_meanwhile),
    Fault("with a worker stopped for good", 4, Striker.stop_a_worker),
    Fault("with a worker stopped and woken", 4, Striker.stop_a_worker_and_wake_it),
    Fault("on a full disk", 5, Striker.fill_the_disk),
    Fault("with the supervisor killed after the answer", 4, Striker.kill_the_supervisor),
)

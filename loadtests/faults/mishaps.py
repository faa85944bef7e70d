"""What may happen to replicas and their store, and how it is over: one way a function.

Each is a context: it begins, lasts for as long as the scene wants, and is healed. What it cuts
itself, and nothing else, is excused.
"""

import asyncio
import contextlib
import enum
import os
import random
import signal
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final

from loadtests import family
from loadtests.faults.book import Ask
from loadtests.faults.clocks import Clocks
from loadtests.faults.fleet import Fleet, Load, Replica
from loadtests.faults.killing import NOTICED, Kill, busiest, freeze, kill
from loadtests.faults.patience import expect
from loadtests.faults.serving import is_alive
from loadtests.faults.strikes import killed_and_back

HOUR: Final = 3600.0
PAUSE: Final = 0.6
"""Seconds for which Redis keeps all waiting: before its sentinels take it for gone."""
DELAY: Final = 0.15
"""Seconds that everything takes to Redis, and as many back."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time, of the monotonic clock, in which nobody was there."""

    began: float
    ended: float

    def excuses(self, ask: Ask) -> bool:
        """Tell whether a request was in flight when it began, or asked while it lasted."""
        return ask.ended >= self.began and ask.began <= self.ended + NOTICED


@dataclass(slots=True)
class World:
    """Everybody to whom it may happen. excuses: by replica, what may have cut its requests."""

    load: Load
    drawn: random.Random
    clocks: Mapping[str, Clocks]
    excuses: list[tuple[str, Kill | Outage]] = field(
        default_factory=list[tuple[str, Kill | Outage]]
    )

    @property
    def fleet(self) -> Fleet:
        return self.load.fleet

    def unexcused(self, failed: Iterable[Ask]) -> list[Ask]:
        """Return the requests that no mishap has cut."""
        via = {ask.number: name for name, steady in self.load.steady.items() for ask in steady.asks}
        return [ask for ask in failed if not self._is_excused(ask, via[ask.number])]

    def _is_excused(self, ask: Ask, name: str) -> bool:
        return any(each.excuses(ask) for victim, each in self.excuses if victim == name)


Happening = AsyncGenerator[None]


@contextlib.asynccontextmanager
async def nothing(_world: World, _victim: Replica) -> Happening:
    """Let all be."""
    yield


@contextlib.asynccontextmanager
async def worker_killed(world: World, victim: Replica) -> Happening:
    """Kill a worker; another one follows it by itself."""
    death = await kill(victim.router, await busiest(victim.router))
    world.excuses.append((victim.name, death))
    yield


@contextlib.asynccontextmanager
async def worker_stopped(world: World, victim: Replica) -> Happening:
    """Let a worker hang; if it is not replaced meanwhile it goes on."""
    stopped = await freeze(victim.router, await busiest(victim.router))
    world.excuses.append((victim.name, stopped))
    yield
    _signal([stopped.pid], signal.SIGCONT)


@contextlib.asynccontextmanager
async def supervisor_killed(_world: World, victim: Replica) -> Happening:
    """Leave its workers alone for a while."""
    victim.router.signal(signal.SIGKILL)
    await victim.router.exit_code(1.0)
    yield
    victim.router.launch()
    await victim.router.ready()


@contextlib.asynccontextmanager
async def supervisor_replaced(_world: World, victim: Replica) -> Happening:
    """Kill it, and start the next one at once."""
    await killed_and_back(victim.router)
    yield


@contextlib.asynccontextmanager
async def supervisor_stopped(_world: World, victim: Replica) -> Happening:
    """Let it hang."""
    victim.router.signal(signal.SIGSTOP)
    yield
    victim.router.signal(signal.SIGCONT)


@contextlib.asynccontextmanager
async def replica_stopped(_world: World, victim: Replica) -> Happening:
    """Stop all its processes: whoever asks there waits."""
    pids = _processes(victim)
    _signal(pids, signal.SIGSTOP)
    yield
    _signal(pids, signal.SIGCONT)


@contextlib.asynccontextmanager
async def replica_killed(world: World, victim: Replica) -> Happening:
    """Kill all its processes."""
    pids = _processes(victim)
    began = time.monotonic()
    _signal(pids, signal.SIGKILL)
    await expect("the death of all", lambda: not any(map(is_alive, pids)))
    yield
    victim.router.launch()
    await victim.router.ready()
    world.excuses.append((victim.name, Outage(began, time.monotonic())))


@contextlib.asynccontextmanager
async def clock_stepped(world: World, victim: Replica) -> Happening:
    """Set its time of day an hour off."""
    world.clocks[victim.name].set(world.drawn.choice((HOUR, -HOUR)))
    yield
    world.clocks[victim.name].set(0.0)


@contextlib.asynccontextmanager
async def cut_from_store(world: World, victim: Replica) -> Happening:
    """Let it reach its peers alone."""
    await world.fleet.cut_off(victim, peers=False)
    yield
    world.fleet.network.heal()


@contextlib.asynccontextmanager
async def cut_from_peers(world: World, victim: Replica) -> Happening:
    """Let it reach the store alone."""
    await world.fleet.cut_off(victim, store=False)
    yield
    world.fleet.network.heal()


@contextlib.asynccontextmanager
async def cut_off(world: World, victim: Replica) -> Happening:
    """Let it reach nobody."""
    await world.fleet.cut_off(victim)
    yield
    world.fleet.network.heal()


@contextlib.asynccontextmanager
async def redis_killed(world: World, _victim: Replica) -> Happening:
    """Kill the master, and have it follow who has taken over."""
    master = await world.fleet.watched.master()
    await asyncio.to_thread(master.kill)
    yield
    await world.fleet.watched.replaced(master)
    await master.start()


@contextlib.asynccontextmanager
async def redis_hangs(world: World, _victim: Replica) -> Happening:
    """Let the master stand still until another one has taken over."""
    master = await world.fleet.watched.master()
    master.freeze()
    yield
    await world.fleet.watched.replaced(master)
    master.thaw()


@contextlib.asynccontextmanager
async def redis_paused(world: World, _victim: Replica) -> Happening:
    """Have the master keep everybody waiting, for less than its sentinels would stand."""
    await (await world.fleet.watched.master()).pause(PAUSE)
    yield


@contextlib.asynccontextmanager
async def redis_slow(world: World, _victim: Replica) -> Happening:
    """Have everything take its time on its way to any server of the store."""
    for name in world.fleet.store.names:
        world.fleet.network.relays[name].delay = DELAY
    yield
    world.fleet.network.heal()


@contextlib.asynccontextmanager
async def redis_emptied(world: World, _victim: Replica) -> Happening:
    """Have all servers forget everything."""
    await (await world.fleet.watched.master()).empty()
    yield


@contextlib.asynccontextmanager
async def redis_failed_over(world: World, _victim: Replica) -> Happening:
    """Have another server take over."""
    master = await world.fleet.watched.master()
    await world.fleet.watched.fail_over()
    yield
    await world.fleet.watched.replaced(master)


@contextlib.asynccontextmanager
async def master_cut_off(world: World, _victim: Replica) -> Happening:
    """Let the master reach nobody until another one has taken over."""
    fleet = world.fleet
    master = await fleet.watched.master()
    names = (*fleet.names, *fleet.store.names)
    await fleet.network.part([master.name], [name for name in names if name != master.name])
    yield
    await fleet.watched.replaced(master)
    fleet.network.heal()


def _processes(victim: Replica) -> Sequence[int]:
    sessions = {started.pid for started in victim.router.supervisors}
    return [member.pid for member in family.living(sessions)]


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class Reach(enum.Enum):
    """Who is left to tell whom of a rollback while it lasts."""

    ALL = "all"
    PEERS = "peers"
    LEASE = "lease"


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way, as the table names it, and who can be told of a rollback while it lasts."""

    name: str
    reach: Reach
    happens: Callable[[World, Replica], AbstractAsyncContextManager[None]]


MISHAPS: Final = (
    Mishap("undisturbed", Reach.ALL, nothing),
    Mishap("with a worker killed", Reach.PEERS, worker_killed),
    Mishap("with a worker stopped", Reach.PEERS, worker_stopped),
    Mishap("with a supervisor killed", Reach.LEASE, supervisor_killed),
    Mishap("with a supervisor killed and replaced", Reach.LEASE, supervisor_replaced),
    Mishap("with a supervisor stopped", Reach.LEASE, supervisor_stopped),
    Mishap("with a replica stopped", Reach.LEASE, replica_stopped),
    Mishap("with a replica killed", Reach.LEASE, replica_killed),
    Mishap("with a clock an hour off", Reach.PEERS, clock_stepped),
    Mishap("with a replica cut off from Redis", Reach.PEERS, cut_from_store),
    Mishap("with a replica cut off from its peers", Reach.PEERS, cut_from_peers),
    Mishap("with a replica cut off from both", Reach.LEASE, cut_off),
    Mishap("with Redis killed", Reach.PEERS, redis_killed),
    Mishap("with Redis hung", Reach.PEERS, redis_hangs),
    Mishap("with Redis paused", Reach.PEERS, redis_paused),
    Mishap("with Redis slow", Reach.PEERS, redis_slow),
    Mishap("with Redis emptied", Reach.PEERS, redis_emptied),
    Mishap("with Redis failed over", Reach.PEERS, redis_failed_over),
    Mishap("with Redis' master cut off", Reach.PEERS, master_cut_off),
)

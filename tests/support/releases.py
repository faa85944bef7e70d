"""A conductor whose workers are a list of what they heard, and whose store is in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from router.control.broadcast import Heard, Stand, Stands
from router.control.caller import Caller
from router.control.clocks import Clocks
from router.control.company import Company
from router.control.conductor import Conductor
from router.control.drills import Drills
from router.control.fleet.fleet import About, Fleet, Identity
from router.control.orders import Order
from router.control.rollbacks import Means
from router.control.served import Compile, Served
from router.control.telemetry import Totals
from router.control.workers import WorkerState
from router.model import BasisPoints
from router.release.commands import Set
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle
from router.release.state import Release
from router.routing.snapshot import Endpoint, Match, Service, Snapshot, Split, Upstream
from router.tasks import TaskOwner
from router.wire.messages import AiSeen
from tests.support.counts import counted, totals_of
from tests.support.ledgers import Machine

NOON = 1_790_000_000.0
"""Unix seconds."""

BOOTED = 500.0
"""Seconds since the machine was started."""

PLAN = ReleasePlan(stages=(BasisPoints(500), BasisPoints(5000), BasisPoints(10_000)))
"""By which every service of a conductor in tests grows."""


class HeardWorkers:
    """Workers as the conductor sees them; they acknowledge unless `missing` names them."""

    def __init__(self) -> None:
        self.heard: list[Snapshot] = []
        self.missing: tuple[str, ...] = ()
        self.may_acknowledge = asyncio.Event()
        self.may_acknowledge.set()
        self.totals = Totals()
        self.added_up = 0
        self.names: tuple[str, ...] = ("worker-1",)
        self.behind: tuple[str, ...] = ()
        """Who serves by an earlier change still."""
        self.replaced: list[str] = []
        self.seen = AiSeen()
        """What AI has had of each of them."""
        self.has_heard = asyncio.Event()

    def publish(self, snapshot: Snapshot) -> None:
        self.heard.append(snapshot)
        self.has_heard.set()

    async def acknowledged(self, version: int, within: float) -> tuple[str, ...]:
        await self.may_acknowledge.wait()
        return self.missing

    async def serving(self, service: str, stand: Stand, within: float) -> tuple[str, ...]:
        await self.may_acknowledge.wait()
        return self.missing

    async def caught_up(self, service: str, stand: Stand, within: float) -> tuple[str, ...]:
        return self.behind

    async def follow(self, stands: Stands, heard: Heard) -> None:
        await self.may_acknowledge.wait()
        for service in stands:
            for name in self.names:
                if name not in self.missing:
                    heard(name, service, self.seen)
        if self.missing:
            await asyncio.Event().wait()

    def silent(self, stands: Stands) -> tuple[str, ...]:
        return self.missing if self.may_acknowledge.is_set() else self.names

    def workers(self) -> tuple[WorkerState, ...]:
        latest = self.heard[-1].services if self.heard else ()
        stands = {each.name: (each.epoch, each.revision) for each in latest}
        return tuple(
            WorkerState(name, 41, "ready", (0,), {} if name in self.missing else stands)
            for name in self.names
        )

    def replace(self, worker: str) -> bool:
        """Kill a worker; who follows it acknowledges."""
        self.replaced.append(worker)
        self.missing = tuple(name for name in self.missing if name != worker)
        return True

    def add_up(self) -> Totals:
        self.added_up += 1
        return self.totals

    def answered(self, *, legacy: int, ai: int) -> None:
        """Let the workers have given so many answers since they started."""
        self.totals = totals_of(counted(legacy=legacy, ai=ai))

    def shares(self, service: str = "support") -> list[int]:
        """Return the shares of a service in the order in which they were published."""
        return [s.share for snapshot in self.heard for s in snapshot.services if s.name == service]


def compiled(releases: Mapping[str, Release], version: int) -> Snapshot:
    """Compile a snapshot of the least that a service can be."""
    nowhere = Upstream((Endpoint("127.0.0.1", 9),))
    services = tuple(
        Service(
            name=release.service,
            match=Match(),
            legacy=nowhere,
            ai=nowhere,
            split=Split("salt"),
            share=release.share,
            epoch=release.epoch,
            revision=release.revision,
            rolled_back=release.is_barred,
        )
        for release in releases.values()
    )
    return Snapshot(version, services)


def planned(*services: str) -> dict[str, ReleasePlan]:
    """Say of these services by what rules they grow."""
    return dict.fromkeys(services, PLAN)


@dataclass
class Router:
    """A conductor, and everything around it that a test may want to break."""

    conductor: Conductor
    served: Served
    workers: HeardWorkers
    machine: Machine
    clocks: Clocks
    obstacles: list[Obstacle]
    drills: Drills = field(init=False)

    def __post_init__(self) -> None:
        self.drills = Drills(self.conductor, TaskOwner(_died), stay=0.01)


def router_of(
    workers: HeardWorkers,
    *releases: Release,
    plans: Mapping[str, ReleasePlan] | None = None,
    compile_snapshot: Compile | None = None,
    clock: Callable[[], float] = lambda: NOON + 60,
    stopwatch: Callable[[], float] | None = None,
    boottime: Callable[[], float] = lambda: BOOTED,
    machine: Machine | None = None,
    fleet: Fleet | None = None,
    company: Company | None = None,
    birth: Callable[[], Awaitable[str | None]] | None = None,
) -> Router:
    """A router that has not begun; its store has these releases."""
    ticks = iter(range(1_000_000))
    machine = machine or Machine()
    machine.shelf.releases.update((release.service, release) for release in releases)
    clocks = Clocks(clock, stopwatch or (lambda: next(ticks) / 1000), boottime)
    plans = planned(*(release.service for release in releases)) if plans is None else plans
    served = Served(plans, compile_snapshot or compiled, workers, workers.add_up, boottime)
    means = Means(
        ledger=machine.ledger,
        workers=workers,
        replace=workers.replace,
        clocks=clocks,
        tasks=TaskOwner(_died),
        company=company or Company(fleet or fleet_of(boottime)),
        replica="r1",
        lease=15.0,
    )
    obstacles: list[Obstacle] = []
    conductor = Conductor(
        served,
        workers,
        means,
        obstacles=lambda _: obstacles,
        totals=workers.add_up,
        birth=birth or _of_ours_alone,
    )
    return Router(conductor, served, workers, machine, clocks, obstacles)


async def _of_ours_alone() -> None:
    return None


def fleet_of(boottime: Callable[[], float], *, is_shared: bool = False) -> Fleet:
    """A replica of two workers, among others if there are any."""
    return Fleet(
        Identity("r1", "i1"),
        lambda: About(2, "abc", {}),
        lambda: 25.0,
        boottime,
        is_shared=is_shared,
    )


def begun(router: Router) -> Router:
    """Have it know what its store has, and publish version 0, which nobody hears."""
    known = dict(router.machine.shelf.releases)
    router.served.restore(known, is_read=True, hold=None)
    router.served.remember(*known)
    router.served.begin(above=-1)
    router.workers.heard.clear()
    router.workers.has_heard.clear()
    return router


def conductor_of(workers: HeardWorkers, *services: str) -> Conductor:
    """A conductor of these services, all at 0 since noon."""
    names = services or ("support",)
    return conductor_with(workers, *(Release(name, updated_at=NOON, by="start") for name in names))


def conductor_with(workers: HeardWorkers, *releases: Release) -> Conductor:
    """A conductor that begins with these releases."""
    return begun(router_of(workers, *releases)).conductor


def _died(task: str, error: BaseException) -> None:
    raise AssertionError(task) from error


def unheralded() -> None:
    """Announce nothing before a snapshot."""


SOMEBODY = Caller("somebody", "127.0.0.1", "api")


def to(
    percent: int, *, based_on: int | None = None, service: str = "support", epoch: int = 0
) -> Order:
    """Order a share."""
    command = Set(
        by=SOMEBODY.name,
        at=NOON + 60,
        reason="because",
        epoch=epoch,
        revision=based_on,
        share=BasisPoints(percent * 100),
    )
    return Order(service, command, SOMEBODY)

"""A conductor whose workers are a list of what they heard."""

import asyncio
from collections.abc import Mapping

from router.control.conductor import Command, Conductor
from router.control.telemetry import Totals
from router.model import BasisPoints
from router.release.plan import ReleasePlan
from router.release.state import Release
from router.routing.snapshot import Endpoint, Match, Service, Snapshot, Split, Upstream
from tests.support.counts import counted, totals_of

NOON = 1_790_000_000.0
"""Unix seconds."""

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
        self.has_heard = asyncio.Event()

    def publish(self, snapshot: Snapshot) -> None:
        self.heard.append(snapshot)
        self.has_heard.set()

    async def acknowledged(self, version: int, within: float) -> tuple[str, ...]:
        await self.may_acknowledge.wait()
        return self.missing

    async def serving(self, service: str, stand: tuple[int, int], within: float) -> tuple[str, ...]:
        await self.may_acknowledge.wait()
        return self.missing

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
            revision=release.revision,
        )
        for release in releases.values()
    )
    return Snapshot(version, services)


def planned(*services: str) -> dict[str, ReleasePlan]:
    """Say of these services by what rules they grow."""
    return dict.fromkeys(services, PLAN)


def conductor_of(workers: HeardWorkers, *services: str) -> Conductor:
    """A conductor of these services, all at 0 since noon."""
    names = services or ("support",)
    return conductor_with(workers, *(Release(name, updated_at=NOON, by="start") for name in names))


def conductor_with(workers: HeardWorkers, *releases: Release) -> Conductor:
    """A conductor that begins with these releases."""
    ticks = iter(range(1_000_000))
    return Conductor(
        releases=releases,
        plans=planned(*(release.service for release in releases)),
        compile_snapshot=compiled,
        workers=workers,
        totals=workers.add_up,
        clock=lambda: NOON + 60,
        stopwatch=lambda: next(ticks) / 1000,
    )


def unheralded() -> None:
    """Announce nothing before a snapshot."""


def to(percent: int, *, based_on: int | None = None, service: str = "support") -> Command:
    """Order a share."""
    return Command(service, BasisPoints(percent * 100), "somebody", "because", based_on)

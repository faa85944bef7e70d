"""What a router knows of the others, and does with them beside serving: put together once.

It looks at them (`watching`), leads or knows who does (`leading`), has people told what is wrong
(`alerting`), and adds up what all of them count (`counting`).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from router.control.clocks import Clocks
from router.control.effect import Answers
from router.control.fleet.alerting import Alerting, Post
from router.control.fleet.counting import Counting, Ours
from router.control.fleet.fleet import Fleet
from router.control.fleet.leading import Leading
from router.control.fleet.watching import Member, Watching
from router.control.obstacles import differing_configs
from router.control.served import Served
from router.control.telemetry import InShort
from router.control.workers import WorkerState, unconfirmed
from router.release.refusals import Obstacle
from router.release.state import Release
from router.replica.membership import Presence
from router.store.leading import Leads
from router.store.port import Store
from router.store.tallying import Tallying
from router.tasks import TaskOwner

SETTLE_EVERY: Final = 0.5
"""Seconds between two looks whether a share that was set elsewhere is served by all by now."""


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes. lease: seconds. gists: what our workers have counted lately, by service.

    post: sends an alert in the background. trouble: why the store cannot be read now, or empty.
    """

    fleet: Fleet
    store: Store
    served: Served
    clocks: Clocks
    lease: float
    gists: Callable[[], Mapping[str, Sequence[int]]]
    workers: Callable[[], Sequence[WorkerState]]
    post: Post
    trouble: Callable[[], str] = str


class Fellowship:
    """`start` once, `close` before the store is closed."""

    def __init__(self, means: Means) -> None:
        fleet, store, clocks = means.fleet, means.store, means.clocks
        leads = store if isinstance(store, Leads) else None
        self._fleet = fleet
        self._served = means.served
        self._gists = means.gists
        self._workers = means.workers
        self._trouble = means.trouble
        self._boottime = clocks.boottime
        self.watching: Final = Watching(fleet, means.lease, clocks.boottime, lambda: store.notes)
        self.leading: Final = Leading(leads, fleet.me, clocks.boottime)
        self.counting: Final = Counting(
            store if isinstance(store, Tallying) else None,
            fleet.me,
            Ours(means.gists, lambda: means.served.releases, self._answers),
            fleet.fellows,
            clock=clocks.boottime,
            keep=lambda: fleet.horizon,
        )
        self._alerting = (
            None
            if leads is None
            else Alerting(leads, self.leading, self.watching, means.post, clocks.wall)
        )

    def start(self, tasks: TaskOwner) -> None:
        """Begin to look at the others."""
        tasks.spawn(self.watching.run(), "watching")
        tasks.spawn(self._settle(), "settling")
        if self._alerting is not None:
            tasks.spawn(self.leading.run(), "leading")
            tasks.spawn(self._alerting.run(), "alerting")
        tasks.spawn(self.counting.run(), "counting")

    async def close(self) -> None:
        """Leave to others what only one may do."""
        await self.leading.close()

    # Asking...

    @property
    def leader(self) -> str | None:
        """The instance that leads, as far as we know."""
        return self.leading.leader

    def presence(self) -> Presence:
        """Return what we say of ourselves."""
        return self._fleet.presence()

    def others(self) -> tuple[Member, ...]:
        """Return the other members."""
        return self.watching.others()

    def warnings(self) -> tuple[str, ...]:
        """Say what is not as it should be."""
        return (*self._cut_off(), *(alarm.text for alarm in self.watching.alarms()))

    def obstacles(self) -> tuple[Obstacle, ...]:
        """Return what holds raises of all services back."""
        return differing_configs(self.watching.present())

    def leads(self) -> bool:
        """Say whether we do now what only one may do."""
        return self.leading.leads()

    def heard_and_silent(self) -> dict[str, int]:
        """Count the members, ourselves among those that are heard."""
        silent = sum(member.is_silent for member in self.others())
        return {"heard": 1 + len(self.others()) - silent, "silent": silent}

    @property
    def replicas_counted(self) -> int:
        """How many replicas' figures are up to date in what is added up, ours among them."""
        return self.counting.replicas_counted

    def added(self) -> Mapping[str, Sequence[int]]:
        """Return the gists of what others have counted since we know of them."""
        return self.counting.added

    def answers(self, release: Release) -> Answers:
        """Return what others have answered since the share took effect there."""
        return self.counting.answers(release)

    # Own...

    def _cut_off(self) -> Iterator[str]:
        """Say what is not told to webhooks: the store, which knows who was told, is away."""
        trouble = self._trouble()
        if trouble:
            yield f"the store is away, rollbacks are possible and other changes are not: {trouble}"
        if self._fleet.is_shared and self._fleet.lease_until <= self._boottime():
            yield (
                "this router has no lease: legacy answers here in AI's place, but for a service "
                "that holds on"
            )

    def _answers(self, service: str) -> Answers | None:
        return self._served.effect.since(service, InShort(self._gists().get))

    async def _settle(self) -> None:
        """A share that was set elsewhere takes effect here once all workers serve by it."""
        while True:
            workers, effect = self._workers(), self._served.effect
            self._served.took_effect(
                *(
                    release
                    for release in self._served.releases
                    if effect.is_awaited(release.service) and not unconfirmed(release, workers)
                )
            )
            await asyncio.sleep(SETTLE_EVERY)

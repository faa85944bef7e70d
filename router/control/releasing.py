"""Everything that decides, serves and remembers releases, put together once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from router import __version__
from router.control.broadcast import Broadcast, Stands
from router.control.clocks import Clocks
from router.control.company import Company
from router.control.conductor import Conductor, Obstacles
from router.control.custody import Custody
from router.control.drills import Drills
from router.control.effect import Counted
from router.control.fleet.address_book import AddressBook
from router.control.fleet.alone import Alone
from router.control.fleet.fleet import About, Fleet, Identity
from router.control.fleet.peers import Peers
from router.control.fleet.renewing import Renewing, Shared
from router.control.fleet.words import Word
from router.control.following import Following
from router.control.obstacles import unsettled
from router.control.plan import Plan
from router.control.reach import Reach
from router.control.rollbacks import Means
from router.control.served import Served
from router.release.refusals import Obstacle
from router.release.state import Release
from router.replica.membership import Presence
from router.store.meeting import meeting_of
from router.store.port import stand_of
from router.tasks import TaskOwner

KNOWN_WITHIN: Final = 1.0
"""Seconds that a start waits for what is remembered; without it everything begins at 0."""

LEASED_WITHIN: Final = 2.0
"""Seconds that a start waits until AI may be asked; three renewals take half a second."""

APPLIED_WITHIN: Final = 1.0
"""Seconds after which others are told by the next renewal, whoever does not serve by it yet."""

CONFIRMED_WITHIN: Final = 2.0
"""Seconds that a change waits until a shared store is known to have what is served."""


class Releasing:
    """`start` as early as possible, `begin` when the endpoints are known, `close` at the end."""

    def __init__(
        self,
        plan: Plan,
        broadcast: Broadcast,
        totals: Callable[[], Counted],
        tasks: TaskOwner,
        *,
        replace: Callable[[str], bool],
        obstacles: Obstacles,
        config_hash: Callable[[], str],
        is_ours: Callable[[], bool],
    ) -> None:
        self._plan = plan
        self._broadcast = broadcast
        self._clocks = clocks = Clocks(plan.clock, plan.stopwatch, plan.boottime)
        self._tasks = tasks
        self._beside = obstacles
        self._config_hash = config_hash
        self._is_ours = is_ours
        self._ledger = plan.ledger()
        self.store: Final = self._ledger.store
        self._meeting = meeting_of(self.store)
        self._has_begun = False
        self._served = Served(plan.release_plans, plan.compile, broadcast, totals, plan.boottime)
        self.fleet: Final = self._fleet()
        self._book = AddressBook(plan.state_dir, plan.instance, is_ours)
        self.peers: Final = self._peers()
        self.conductor: Final = Conductor(
            self._served,
            broadcast,
            self._means(replace),
            obstacles=self._obstacles,
            totals=totals,
            birth=self._birth,
        )
        self.drills: Final = Drills(self.conductor, tasks)
        keeping = self.conductor.keeping
        self._renewing = self._renewed_with_the_store()
        follower = self._renewing or Following(self.store, keeping, Reach())
        self.custody: Final = Custody(self._served, keeping, self._ledger, clocks, follower)

    def _obstacles(self, service: str) -> Iterable[Obstacle]:
        release, since = self._served.release(service), self._served.since(service)
        lease = self._plan.lease if self.fleet.is_shared else 0.0
        now = self._clocks.boottime()
        return (*self._beside(service), *unsettled(release, since, lease, now))

    def start(self, seen: Stands) -> None:
        """Find out how everything stood; ``seen``: by what a predecessor's workers serve."""
        if self.peers is not None:
            self.fleet.membership = self._book.found(self._plan.boottime())
            self._tasks.spawn(self._book.follow(lambda: self.fleet.membership), "address book")
            self._tasks.spawn(self._outlive(self._book.predecessor), "predecessor")
            self._tasks.spawn(self.peers.outreach.run(), "outreach")
        self._plan.shadow_key.recall(self._plan.state_dir)
        self._tasks.spawn(self._keep_shadow_key(), "shadow key")
        self._tasks.spawn(self.custody.run(seen), "custody")

    async def begin(self, above: int = 0) -> None:
        """Publish the first snapshot, as a later one than version ``above``."""
        await self.custody.known(KNOWN_WITHIN)
        if self._renewing is not None and self._served.hold is None:
            # Else AI's callers were on legacy for a moment, whenever a replica is restarted.
            await self._renewing.held(LEASED_WITHIN)
        self._served.begin(above)
        self._has_begun = True
        if self.fleet.lease_until:
            self._broadcast.lease(self.fleet.lease_until)
        if self._renewing is None:
            plan = self._plan
            alone = Alone(self.fleet, plan.lease, self._broadcast.lease, plan.boottime)
            self._tasks.spawn(alone.run(), "lease")

    async def close(self) -> None:
        """Keep what is owed, and let go of store and journal; no worker is left."""
        if self.peers is not None:
            await self.peers.close()
        if self._renewing is not None:
            await self._renewing.leave()
            self._leave()
        await self._ledger.close()

    # Own...

    async def _keep_shadow_key(self) -> None:
        key, folder = self._plan.shadow_key, self._plan.state_dir
        key.observers.append(self._served.compile_again)
        await key.keep(self.store, folder, is_ours=self._is_ours)

    def _leave(self) -> None:
        """At the next start nobody waits for who we were, whether the store remembers or not."""
        if self.peers is not None and self.fleet.me in self.fleet.membership.known:
            self.fleet.met(self.fleet.last_presence())
            self._book.keep(self.fleet.membership)

    def _means(self, replace: Callable[[str], bool]) -> Means:
        return Means(
            ledger=self._ledger,
            workers=self._broadcast,
            replace=replace,
            clocks=self._clocks,
            tasks=self._tasks,
            company=self._company(),
            replica=self._plan.replica,
            lease=self._plan.lease,
        )

    def _company(self) -> Company:
        if self._meeting is None or self.peers is None:
            return Company(self.fleet)
        return Company(
            self.fleet,
            tell=self.peers.outreach,
            confirmed=self._meeting.confirmed,
            max_lag=self._meeting.max_lag,
        )

    def _peers(self) -> Peers | None:
        """Speak to others where a store is shared; without one there are none."""
        if self._meeting is None:
            return None
        return Peers(
            self._plan.replica,
            self._plan.peering,
            self.fleet,
            self._meeting,
            obey=self._obey,
            clocks=self._clocks,
            tasks=self._tasks,
        )

    def _fleet(self) -> Fleet:
        plan = self._plan
        identity = Identity(
            replica=plan.replica,
            instance=plan.instance,
            version=__version__,
            advertise=plan.peering.advertise,
            started_at=plan.clock(),
        )
        return Fleet(
            identity,
            self._about,
            lambda: plan.lease + self._served.longest_stream_drain(),
            plan.boottime,
            is_shared=self._meeting is not None,
        )

    def _about(self) -> About:
        workers = [each for each in self._broadcast.workers() if each.pid is not None]
        stands = {
            release.service: min(
                (each.stands.get(release.service, stand_of(release)) for each in workers),
                default=stand_of(release),
            )
            for release in self._served.releases
        }
        return About(len(workers), self._config_hash(), stands)

    def _renewed_with_the_store(self) -> Renewing | None:
        if self._meeting is None:
            return None
        return Renewing(
            Shared(self.store, self._meeting),
            self.fleet,
            self._served,
            self.conductor.keeping,
            Reach(),
            lease=self._plan.lease,
            extend=self._extend,
            applied=self._applied,
            clocks=self._clocks,
            tasks=self._tasks,
        )

    def _extend(self, until: float) -> None:
        """Tell the workers, once they have our table: those of a predecessor serve by another."""
        if self._has_begun:
            self._broadcast.lease(until)

    async def _applied(self, release: Release) -> None:
        await self._broadcast.serving(release.service, stand_of(release), APPLIED_WITHIN)

    async def _outlive(self, predecessor: Presence | None) -> None:
        """Wait for nobody who cannot be: its workers are ours by now, or their lease has ended."""
        if predecessor is not None:
            await asyncio.sleep(self.fleet.horizon)
            self.fleet.met(replace(predecessor, has_left=True))

    async def _obey(self, releases: Sequence[Release]) -> tuple[Word, ...]:
        return await self.conductor.rollbacks.obey(releases)

    async def _birth(self) -> str | None:
        return None if self._renewing is None else await self._renewing.birth(CONFIRMED_WITHIN)

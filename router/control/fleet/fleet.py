"""Who we are, and who else serves by the same store."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from router.replica.membership import Membership, Presence


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same from the start of a router to its end.

    instance: made anew at each start. advertise: where peers reach it, empty for nowhere.
    started_at: Unix seconds.
    """

    replica: str
    instance: str
    version: str = ""
    advertise: str = ""
    started_at: float = 0.0


@dataclass(frozen=True, slots=True)
class About:
    """What a router says of itself at one moment. stands: (epoch, revision) by service."""

    workers: int
    config_hash: str
    stands: Mapping[str, tuple[int, int]]


class Fleet:
    """Made once. ``about`` is asked anew for each presence.

    horizon: for how many seconds whoever was heard from is a member: a lease, and the longest time
    that a stream may take after a rollback. boottime: the clock that also counts suspend.
    """

    def __init__(
        self,
        identity: Identity,
        about: Callable[[], About],
        horizon: Callable[[], float],
        boottime: Callable[[], float],
        *,
        is_shared: bool,
    ) -> None:
        self.is_shared = is_shared
        """Whether there may be others at all."""
        self.membership = Membership()
        self.lease_until = 0.0
        """Until when AI may be asked, by ``boottime``."""
        self._identity = identity
        self._about = about
        self._horizon = horizon
        self._boottime = boottime
        self._beats = 0
        self._nudged = asyncio.Event()

    @property
    def me(self) -> str:
        """Our instance."""
        return self._identity.instance

    @property
    def name(self) -> str:
        """What our replica is called."""
        return self._identity.replica

    @property
    def horizon(self) -> float:
        return self._horizon()

    def presence(self) -> Presence:
        """Return what we say of ourselves now."""
        about, identity = self._about(), self._identity
        return Presence(
            replica=identity.replica,
            instance=identity.instance,
            workers=about.workers,
            advertise=identity.advertise,
            version=identity.version,
            config_hash=about.config_hash,
            stands=about.stands,
            beat=self._beats,
            started_at=identity.started_at,
        )

    def next_presence(self) -> Presence:
        """Return it for one more renewal."""
        self._beats += 1
        return self.presence()

    def last_presence(self) -> Presence:
        """Return it for the last time: no worker is left."""
        return replace(self.next_presence(), workers=0, has_left=True)

    def members(self) -> tuple[Presence, ...]:
        """Return whom a rollback waits for, ourselves first."""
        return (self.presence(), *self.fellows())

    def fellows(self) -> tuple[Presence, ...]:
        """Return the other members; what we say of ourselves takes long with many services."""
        known = self.membership.members(self.horizon, self._boottime())
        return tuple(each for each in known if each.instance != self.me)

    def departed(self) -> tuple[str, ...]:
        """Return the instances that have said that none of their workers is left."""
        known = self.membership.known.values()
        return tuple(each.presence.instance for each in known if each.presence.has_left)

    # Hearing...

    def told(self, presences: Iterable[Presence]) -> None:
        """The store lists who renewed."""
        now = self._boottime()
        self.membership = self.membership.told(presences, now).forgotten(self.horizon, now)

    def met(self, presence: Presence) -> None:
        """A peer has spoken to us directly."""
        self.membership = self.membership.met(presence, self._boottime())

    # Hurrying...

    def nudge(self) -> None:
        """Have the lease be renewed now, since something has changed."""
        self._nudged.set()

    async def nudged(self, within: float) -> None:
        """Return at the next nudge, or that one that was not heeded yet; or after so long."""
        try:
            async with asyncio.timeout(max(0.0, within)):
                await self._nudged.wait()
        except TimeoutError:
            return
        finally:
            self._nudged.clear()

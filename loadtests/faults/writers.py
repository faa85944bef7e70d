"""Routers as far as a store sees them: what they serve, and what they write of it.

They decide by the product's own rules, and their store is its own; nobody asks them for anything.
"""

from dataclasses import dataclass, field
from typing import Final

from router.model import BasisPoints
from router.release.commands import Command, Rollback, Set
from router.release.plan import ReleasePlan
from router.release.state import Release
from router.release.transitions import Decision, decide
from router.replica.joining import join
from router.replica.judging import Finding, Judgement, Serving, Stored, judge
from router.replica.lost_state import paused
from router.replica.membership import Presence
from router.store.audit import Entry
from router.store.port import Passed, Saved
from router.store.redis import RedisStore

SERVICE: Final = "answers"
PLAN: Final = ReleasePlan((BasisPoints(500), BasisPoints(10_000)))
KEEP: Final = 60.0
"""Seconds for which a store remembers a writer."""


@dataclass(slots=True)
class Writer:
    """One router. birth: of the store that knew what is served. beats: how often it has renewed."""

    name: str
    store: RedisStore
    served: Release = field(default_factory=lambda: Release(SERVICE))
    birth: str | None = None
    beats: int = 0

    async def raise_to(self, share: BasisPoints) -> bool:
        """Give AI this share, as far as we know what stands; say if the store has taken it."""
        command = Set(by=self.name, at=float(self.beats), share=share, epoch=self.served.epoch)
        after = self._decided(command)
        saved = await self.store.compare_and_set(
            after, based_on=self._stand, entry=self._entry(after), birth=self.birth
        )
        if isinstance(saved, Saved):
            self.served = after
        return isinstance(saved, Saved)

    async def roll_back(self) -> None:
        """Serve by it, and keep it."""
        self.served = self._decided(Rollback(by=self.name, at=float(self.beats)))
        await self._bring_nothing()

    async def renew(self) -> None:
        """Hear what the store has, serve by it, and bring what it lacks."""
        self.beats += 1
        presence = Presence(self.name, self.name, beat=self.beats)
        reply = await self.store.beat(presence, keep=KEEP)
        birth = None if reply.birth is None else reply.birth.id
        stored = Stored(reply.loaded.releases, birth, asked=1.0)
        judgement = judge(stored, Serving(self.served, since=0.0, birth=self.birth))
        self.served = judgement.release
        if judgement.renews:
            self.birth = birth
        else:
            await self._bring(judgement, stored)

    # Own...

    async def _bring(self, judgement: Judgement, stored: Stored) -> None:
        before = stored.releases.get(SERVICE)
        if judgement.finding is not Finding.BEHIND:
            self.served = paused(self.served, PLAN, self.name, float(self.beats))
        if not self.served.share:
            await self._bring_nothing()
        elif before is not None:
            await self.store.compare_and_set(
                self.served,
                based_on=before.stand,
                entry=self._entry(self.served),
                birth=stored.birth,
            )

    async def _bring_nothing(self) -> None:
        """Have the store know what gives AI nothing, or what follows of it and of what it has."""
        while True:
            kept = await self.store.put_newer(self.served, entry=self._entry(self.served))
            newest = kept.newest if isinstance(kept, Passed) else None
            if newest is None:
                return
            self.served = join(self.served, newest)
            if self.served == newest or self.served.share:
                return

    def _decided(self, command: Command) -> Release:
        decision = decide(self.served, command, PLAN)
        assert isinstance(decision, Decision), decision
        return decision.after

    @property
    def _stand(self) -> tuple[int, int] | None:
        return self.served.stand if self.served.revision else None

    def _entry(self, after: Release) -> Entry:
        at = float(self.beats)
        return Entry(at, self.name, "127.0.0.1", "set", SERVICE, old=self.served, new=after)

"""A store in memory in which one replica leads, by the rules alone."""

import itertools
from dataclasses import dataclass, field

from router.replica.leader import Lock, granted, may_write
from router.store.audit import Entry, Event, Head, forge
from router.store.leading import Led, Outranked, Telling, Told


@dataclass
class Throne:
    """What all replicas ask for. now: by the store's clock."""

    now: float = 5000.0
    lock: Lock | None = None
    told: dict[str, str] = field(default_factory=dict[str, str])
    entries: list[Entry] = field(default_factory=list[Entry])
    error: Exception | None = None
    asked: int = 0

    async def lead(self, instance: str, seen: int, hold: float) -> Led:
        self.asked += 1
        self._fail()
        self.lock = granted(self.lock, instance, seen, self.now)
        return Led(self.lock, dict(self.told))

    async def resign(self, instance: str, fence: int) -> None:
        self._fail()
        if self.lock is not None and (self.lock.holder, self.lock.fence) == (instance, fence):
            self.lock = Lock(instance, fence, 0.0)

    async def append_as_leader(self, entry: Entry, telling: Telling) -> Event | Told | Outranked:
        self._fail()
        if not may_write(telling.fence, self.lock.fence if self.lock else 0):
            return Outranked()
        if self.told.get(telling.topic, "") == telling.state:
            return Told()
        self.told = {
            topic: state
            for topic, state in itertools.chain(self.told.items(), [(telling.topic, telling.state)])
            if topic != telling.topic or state == telling.state != ""
        }
        self.entries.append(entry)
        return forge(entry, Head(len(self.entries) - 1))[0]

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

"""What a shared store does for what only one replica may do, and what only that one may write.

Who leads is decided by the rules of `replica.leader`. What a leader has told of (its topics) stands
in the store as well, so that whoever leads next tells nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from router.replica.leader import Lock
from router.store.audit import Entry, Event


@dataclass(frozen=True, slots=True)
class Led:
    """Who leads, by the store. told: what was told of each topic last."""

    lock: Lock
    told: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Telling:
    """A leader's word. topic: what it is about. state: what is told; empty: it is over.

    fence: that of whoever tells.
    """

    topic: str
    state: str
    fence: int


@dataclass(frozen=True, slots=True)
class Told:
    """Nothing was kept: the same was told before."""


@dataclass(frozen=True, slots=True)
class Outranked:
    """Nothing was kept: somebody leads by a higher fence."""


@runtime_checkable
class Leads(Protocol):
    """A store that replicas share (`RedisStore`)."""

    async def lead(self, instance: str, seen: int, hold: float) -> Led:
        """Ask to lead for ``hold`` seconds; ``seen`` is the highest fence that was heard of."""
        ...

    async def resign(self, instance: str, fence: int) -> None:
        """Leave the lead to whoever asks next, if it is still ours."""
        ...

    async def append_as_leader(self, entry: Entry, telling: Telling) -> Event | Told | Outranked:
        """Note what a leader tells, unless it was told before or somebody else leads by now."""
        ...

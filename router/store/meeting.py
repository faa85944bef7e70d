"""What replicas that share a store tell it of themselves, and hear from it in the same breath.

A beat is a write: a store that cannot keep anything, as a Redis that was cut off from its replicas,
does not take it either. What comes back was read in the same step, so that it is as new as the
beat itself. Whether that renews anything is for the caller to decide, who knows

- when the beat was *sent*: a lease counts from there, never from the reply;
- what it has seen: a reply that goes back behind an (epoch, revision) is a store that has lost
  something (`Reply.loaded`), and so may be another `Birth.id` and none at all;
- which beats of others it has heard: `Presence.beat` grows, and whoever sees it grow has heard from
  that replica by its own clock, whatever the clock of the store says.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from router.replica.membership import Presence
from router.store.port import Loaded, Store


@dataclass(frozen=True, slots=True)
class Birth:
    """When (Unix seconds) and as what a store began; another id is another store, or a new one.

    It gets another id, too, when a service comes to a later epoch: who lacks what follows after
    that has lost it. epoch: the highest that was ever kept in it.
    """

    id: str
    at: float
    epoch: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What a beat brought back, all of one moment.

    birth: None while nothing was kept: the store is new, or was emptied; a beat alone makes no
    store. members: who is remembered, oneself included. A step of the server's clock may keep or
    drop some: whoever counts on members keeps a book of his own, by `Presence.beat`.
    """

    birth: Birth | None
    loaded: Loaded
    members: Sequence[Presence]


@runtime_checkable
class Meeting(Protocol):
    """Where replicas meet: a store that is shared offers this beside `Store`."""

    @property
    def max_lag(self) -> float:
        """Seconds for which a server that another one replaces may take writes; 0: none does."""
        ...

    async def beat(self, presence: Presence, *, keep: float) -> Reply:
        """Write down that a replica lives, to be remembered for ``keep`` seconds; say how all is.

        Raises NotDurableError where the store takes no writes, and StoreUnavailableError where it
        does not answer in time: then it may have been written or not.
        """
        ...

    async def confirmed(self, within: float) -> bool:
        """Say whether all that was written is where no failover loses it, waiting so many seconds.

        Behind sentinels that is a second server; where there is none to fail over to, it is here.
        """
        ...

    async def call_out(self, text: bytes) -> int:
        """Tell all replicas that listen just now, oneself too; return how many the server reached.

        Nothing is kept: what must not be missed is also written down.
        """
        ...

    def calls(self) -> AsyncGenerator[bytes]:
        """Listen to `call_out`; raises StoreError when the connection is lost."""
        ...


def meeting_of(store: Store) -> Meeting | None:
    """Return where replicas meet that share this store; None for one that is one router's."""
    return store if isinstance(store, Meeting) else None

"""A stream of sealed pairs that any number of comparers read: what is asked of whoever keeps it.

Rules of residence:
1. Nothing here can be read: sealed bytes, and beside them whose they are and how many pairs.
2. Each message is one reader's at a time. It is another's once that one was silent for a while, so
   it may be judged twice; it is counted once, since its counts are kept, and it is let go of, in
   one step, and only if it is still the reader's whose counts these are.
3. What waits has a bound. Beyond it nothing new is taken, and whoever brought it knows that; what
   waited for too long goes, and whoever brings something next, or asks for it, hears of it. Where
   nobody looks for twice that long, all of it goes.
4. Every call may raise a `StoreError`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from router.store.records import Minute, Total

MOST_DELIVERIES: Final = 5
"""Readers that a message may be handed to: none of those before it has come to its end."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Sealed pairs of one service, and how many they are."""

    service: str
    pairs: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """An offer that was taken."""

    id: str
    service: str
    pairs: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """most_bytes: of all that waits. max_age: seconds for which it may."""

    most_bytes: int
    max_age: float


@dataclass(frozen=True, slots=True)
class Lost:
    """Pairs of a message that nobody will judge. What it says of itself may be anything."""

    service: str
    pairs: int


@dataclass(frozen=True, slots=True)
class Added:
    """Which of the offers were taken, in their order, and what had waited for too long."""

    is_taken: Sequence[bool]
    expired: Sequence[Lost]


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Messages of readers who were silent; given_up: those that too many have ended by."""

    messages: Sequence[Message]
    given_up: Sequence[Lost]


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits, or is being judged. age: seconds since the oldest of it came."""

    pairs: int = 0
    bytes: int = 0
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """A message that a reader has, by its id, the bytes that were sealed, and the pairs."""

    id: str
    bytes: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What a reader has finished: these messages are in the counts that it brings.

    number: grows with each, so that what is brought again is known. after: the number before it, 0
    for the first, so that a store that has forgotten it (as one that took over from another may) is
    known: what was let go of there waits again, and is in the reader's sums.
    """

    reader: str
    number: int
    after: int
    messages: Sequence[Held]


class Stream(Protocol):
    """Opened by the first call, and again by a later one where that failed."""

    async def add(self, offers: Sequence[Offer], bounds: Bounds) -> Added:
        """Have offers wait for a reader, as far as there is room."""
        ...

    async def expire(self, max_age: float) -> Sequence[Lost]:
        """Give up what waited for more seconds than that, unless somebody judges it."""
        ...

    async def take(self, reader: str, most: int) -> Sequence[Message]:
        """Return messages that nobody was given yet; they are this reader's from now on."""
        ...

    async def take_over(self, reader: str, silence: float, most: int) -> TakenOver:
        """Return messages of whoever has not renewed them for so many seconds."""
        ...

    async def renew(self, reader: str, ids: Sequence[str]) -> None:
        """Say that the reader still has these."""
        ...

    async def depth(self) -> Depth: ...

    async def settle(
        self, minutes: Sequence[Minute], totals: Sequence[Total], settled: Settled
    ) -> bool:
        """Keep counts and let go of the messages in them, or return False, and nothing was done.

        So it is where a message is not the reader's any more, or what it settled before is unknown.
        What was brought before is True once more, and done once.
        """
        ...

    async def close(self) -> None:
        """Finish what was asked, then let go. Afterwards every call raises."""
        ...

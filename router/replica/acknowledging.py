"""Who has confirmed a rollback, and by when whoever has not is safe by himself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from router.replica.lease import longest
from router.replica.membership import Presence

UNLESS_REACHED: Final = (
    "the store was not reached: a silent replica that still reaches it is safe only once "
    "somebody who knows of the rollback reaches it, too"
)
"""What a bound depends on, as long as the store does not know of the rollback."""

HELD: Final = "`on_partition: hold`: a silent replica goes on until it is reached"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One replica's word: how many workers it has, how many serve by the rollback, since when.

    applied_ms: milliseconds after the call, by the clock of whoever was called. in_store: whether
    it has seen the rollback in the store. last_begun_ms: how long after the call the last request
    to AI began there at the latest, by that clock too; None: none ever has. in_flight: requests
    that AI was still answering.
    """

    instance: str
    workers: int
    acked: int
    applied_ms: float
    in_store: bool = False
    last_begun_ms: float | None = None
    in_flight: int = 0

    @property
    def is_complete(self) -> bool:
        return self.acked >= self.workers

    def says_more_than(self, other: "Confirmed") -> bool:
        """Say which of two words of one replica counts, whatever order they are heard in.

        The first that is complete does: nothing of what it says can change any more.
        """
        return self.weight > other.weight

    @property
    def weight(self) -> tuple[float, ...]:
        """What `says_more_than` compares."""
        begun = -1.0 if self.last_begun_ms is None else self.last_begun_ms
        more = (begun, self.in_flight, self.workers)
        if self.is_complete:
            return (1, -self.applied_ms, *more)
        return (0, self.acked, self.applied_ms, *more)


@dataclass(frozen=True, slots=True)
class Bound:
    """Seconds after the call until a silent member is safe; None: there is no saying.

    begun: until no request to AI begins. ended: until no stream is left. provided: what it depends
    on, None for nothing.
    """

    begun: float | None
    ended: float | None
    provided: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bound is made of, in seconds. holds_on: `on_partition: hold`, and it was complete.

    max_lag: for how long a deposed master may still take renewals; 0 without Sentinel.
    """

    lease: float
    stream_drain: float
    max_lag: float = 0.0
    holds_on: bool = False


@dataclass(frozen=True, slots=True)
class Roll:
    """The members whose word is waited for, and what was heard of them.

    stored_after: seconds after the call until the store knew of it, None if it does not yet. With
    Sentinel it knows once another server has confirmed it (`WAIT`): a master may be deposed.
    """

    members: Mapping[str, Presence]
    words: Mapping[str, Confirmed] = field(default_factory=dict[str, Confirmed])
    stored_after: float | None = None

    def joined(self, members: Iterable[Presence]) -> "Roll":
        """More are there than was known at the call: the store says so when it takes it."""
        added = {member.instance: member for member in members}
        return replace(self, members={**self.members, **added})

    def left(self, instances: Iterable[str]) -> "Roll":
        """These have said meanwhile that none of their workers is left."""
        gone = set(instances)
        members = {name: each for name, each in self.members.items() if name not in gone}
        return replace(self, members=members)

    def heard(self, word: Confirmed, after: float) -> "Roll":
        """A replica has spoken so many seconds after the call."""
        before = self.words.get(word.instance)
        words = dict(self.words)
        if before is None or word.says_more_than(before):
            words[word.instance] = word
        roll = replace(self, words=words)
        return roll.stored(after) if word.in_store else roll

    def stored(self, after: float) -> "Roll":
        """The store is known to have it so many seconds after the call."""
        earliest = after if self.stored_after is None else min(after, self.stored_after)
        return replace(self, stored_after=earliest)

    @property
    def silent(self) -> tuple[str, ...]:
        """Name the replicas of whose workers not every one has confirmed."""
        return tuple(
            member.replica
            for instance, member in self.members.items()
            if instance not in self.words or not self.words[instance].is_complete
        )

    @property
    def is_complete(self) -> bool:
        """Whether every worker of every member has confirmed it."""
        return not self.silent

    def bound(self, terms: Terms) -> Bound:
        """Return by when all are safe."""
        if self.is_complete:
            return Bound(0.0, 0.0)
        if terms.holds_on:
            return Bound(None, None, HELD)
        # Who renewed before the store knew of it renews no more afterwards, except with a deposed
        # master; and where nobody reaches the store, nobody renews at all.
        begun = (self.stored_after or 0.0) + longest(terms.lease) + terms.max_lag
        provided = UNLESS_REACHED if self.stored_after is None else None
        return Bound(begun, begun + terms.stream_drain, provided)

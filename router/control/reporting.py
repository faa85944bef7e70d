"""What all members have said of a rollback → its report. Nothing here waits, or knows a clock."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from router.control.fleet.words import Word
from router.control.keeping import Kept
from router.control.orders import ReplicaReport, RollbackReport
from router.replica.acknowledging import HELD, Bound, Confirmed, Roll, Terms
from router.replica.membership import Presence


@dataclass(frozen=True, slots=True)
class Own:
    """What our own workers have said of one service's rollback.

    replica: our row. missing: who is silent. applied_ms: until the last of them served by it, or
    was killed. last_begun_ms and in_flight: as in `Confirmed`.
    """

    replica: ReplicaReport
    missing: tuple[str, ...]
    applied_ms: float
    last_begun_ms: float | None
    in_flight: int


@dataclass(frozen=True, slots=True)
class Others:
    """The other members, and what they have said of it, one after the other in any order."""

    roll: Roll

    @staticmethod
    def of(members: Iterable[Presence]) -> "Others":
        return Others(Roll({}).joined(members))

    def heard(self, word: Word, after: float) -> "Others":
        """Somebody has spoken so many seconds after the call; who speaks is a member."""
        roll = self.roll
        if word.instance not in roll.members:
            roll = roll.joined([Presence(word.replica, word.instance, word.workers)])
        return Others(roll.heard(_confirmed(word, after), after))

    def joined(self, members: Iterable[Presence]) -> "Others":
        """More are there than was known at the call."""
        return Others(self.roll.joined(members))

    def left(self, instances: Iterable[str]) -> "Others":
        """These have said meanwhile that they serve no more."""
        return Others(self.roll.left(instances))

    def stored(self, after: float) -> "Others":
        """The store is known to have it so many seconds after the call."""
        return Others(self.roll.stored(after))

    @property
    def are_complete(self) -> bool:
        """Whether all workers of each of them have confirmed it."""
        return self.roll.is_complete

    def lack(self, members: Iterable[Presence]) -> tuple[Presence, ...]:
        """Return those who have not been among them."""
        return tuple(each for each in members if each.instance not in self.roll.members)

    def rows(self) -> tuple[ReplicaReport, ...]:
        """Return one for each, by name; two that go by one name are two."""
        members = sorted(self.roll.members.values(), key=lambda each: (each.replica, each.instance))
        return tuple(_row(each, self.roll.words.get(each.instance)) for each in members)

    @property
    def words(self) -> tuple[Confirmed, ...]:
        return tuple(self.roll.words.values())


def reported(kept: Kept, own: Own, others: Others, terms: Terms, since_ms: float) -> RollbackReport:
    """Return what became of a rollback. since_ms: how long ago the call was."""
    is_complete = not own.missing and others.are_complete
    bound = _bound(own, others, terms)
    begun = [own.last_begun_ms, *(word.last_begun_ms for word in others.words)]
    applied = [own.applied_ms, *(word.applied_ms for word in others.words)]
    return RollbackReport(
        service=kept.release.service,
        epoch=kept.release.epoch,
        revision=kept.release.revision,
        complete=is_complete,
        durable=kept.durable,
        applied_ms=max(applied) if is_complete else since_ms,
        last_ai_byte_ms=max((each for each in begun if each is not None), default=None),
        replicas=(own.replica, *others.rows()),
        in_flight_ai=own.in_flight + sum(word.in_flight for word in others.words),
        bound_s=None if bound.ended is None else _not_before(bound.ended),
        provided=bound.provided,
        missing=(*own.missing, *sorted(others.roll.silent)),
        problems=kept.problems,
    )


def _bound(own: Own, others: Others, terms: Terms) -> Bound:
    """Return by when all are safe.

    Where only our own workers are silent, a lease from the call on is enough: they hear of it from
    us alone, and of a later one after the rollback.
    """
    if not own.missing or not others.are_complete:
        return others.roll.bound(terms)
    if terms.holds_on:
        return Bound(None, None, HELD)
    return Bound(terms.lease, terms.lease + terms.stream_drain)


def _not_before(seconds: float) -> float:
    """Write it to a tenth; what is promised is never said to come sooner."""
    return math.ceil(seconds * 10) / 10


def _confirmed(word: Word, after: float) -> Confirmed:
    """Put it down by our own clock: what was over when the word came had not lasted longer."""
    heard_ms = round(after * 1000, 1)
    ago = word.last_begun_ago_ms
    return Confirmed(
        instance=word.instance,
        workers=word.workers,
        acked=word.acked,
        applied_ms=heard_ms,
        in_store=word.in_store,
        last_begun_ms=None if ago is None else round(max(0.0, heard_ms - ago), 1),
        in_flight=word.in_flight,
    )


def _row(member: Presence, word: Confirmed | None) -> ReplicaReport:
    if word is None:
        return ReplicaReport(member.replica, member.workers, 0, None)
    return ReplicaReport(member.replica, word.workers, word.acked, word.applied_ms)

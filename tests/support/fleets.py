"""A fleet whose members are a list, and a way to tell them that remembers what was told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from router.control.company import Company
from router.control.fleet.words import Word
from router.release.state import Release
from router.replica.membership import Presence

ME = Presence("r1", "r1-1", 1)
OTHER = Presence("r2", "r2-1", 2)
THIRD = Presence("r3", "r3-1", 2)


def word_of(member: Presence, service: str = "support", acked: int | None = None) -> Word:
    """Have a member say that all its workers, or so many of them, serve by it."""
    return Word(
        instance=member.instance,
        replica=member.replica,
        service=service,
        workers=member.workers,
        acked=member.workers if acked is None else acked,
        applied_ms=3.0,
        last_begun_ago_ms=None,
        in_flight=0,
        in_store=False,
    )


@dataclass
class ListedFleet:
    """Ourselves and others. gone: who has said that it leaves.

    nudges: how often somebody could not wait; then `meanwhile` happens.
    """

    others: list[Presence] = field(default_factory=list[Presence])
    gone: list[str] = field(default_factory=list[str])
    nudges: int = 0
    meanwhile: Callable[[], None] = lambda: None
    me: str = ME.instance
    name: str = ME.replica
    is_shared: bool = True

    def members(self) -> tuple[Presence, ...]:
        return (ME, *self.others)

    def fellows(self) -> tuple[Presence, ...]:
        return tuple(self.others)

    def departed(self) -> tuple[str, ...]:
        return tuple(self.gone)

    def nudge(self) -> None:
        self.nudges += 1
        self.meanwhile()

    def serves(self, member: Presence, **stands: tuple[int, int]) -> None:
        """Have a member say by what it serves."""
        said = replace(member, stands=stands)
        self.others = [each for each in self.others if each.instance != member.instance] + [said]


@dataclass(frozen=True)
class Told:
    """One call of somebody who tells."""

    releases: tuple[Release, ...]
    to: tuple[str, ...]
    heard: Callable[[Word], None]


@dataclass
class HeardTell:
    """Tells nobody. Whoever is in `answering` says at once that he serves by it."""

    calls: list[Told] = field(default_factory=list[Told])
    answering: list[Presence] = field(default_factory=list[Presence])
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def call(
        self,
        releases: Sequence[Release],
        to: Sequence[Presence],
        heard: Callable[[Word], None],
    ) -> None:
        self.was_asked.set()
        self.calls.append(Told(tuple(releases), tuple(each.instance for each in to), heard))
        for member in self.answering:
            if member in to:
                for release in releases:
                    heard(word_of(member, release.service))


@dataclass
class Others:
    """What a test needs of the others at once."""

    fleet: ListedFleet
    tell: HeardTell

    @property
    def company(self) -> Company:
        return Company(self.fleet, self.tell)


def others_of(*members: Presence, answering: Sequence[Presence] = ()) -> Others:
    """These are there beside ourselves."""
    return Others(ListedFleet(list(members)), HeardTell(answering=list(answering)))

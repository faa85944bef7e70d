"""What follows from a store's answer to a renewal: the one place that decides it, for each service.

    it has what is served, or something later      → serve that; the lease is renewed
    it was asked before we served what we serve    → nothing
    it has something earlier                       → bring it what is served
    it has an earlier epoch, and AI has a share    → it lost its state: pause at 0
    the same, since it was made anew               → it lost its state: pause at 0
    it has nothing, and AI has a share             → it lost its state: wait for one lease

Only the first of them renews the lease, and only after what is served has been changed.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from router.release.state import Release
from router.replica.joining import join


class Finding(enum.Enum):
    """What a store's release says about the one that is served."""

    CURRENT = "current"
    LATER = "later"
    OLD = "old"
    BEHIND = "behind"
    FORGETFUL = "forgetful"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and what is known of it.

    since: when that began. birth: which store had it, by what it calls itself; None if none is
    known to. A store gets a new one when it is made, and when a later epoch is brought to it.
    """

    release: Release
    since: float
    birth: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A store's answer: its releases by service, and when it was asked for them."""

    releases: Mapping[str, Release]
    birth: str | None
    asked: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What follows for one service: ``release`` is to be served, and brought to a store behind."""

    finding: Finding
    release: Release

    @property
    def renews(self) -> bool:
        """Whether the store knows all that we know."""
        return self.finding in (Finding.CURRENT, Finding.LATER)

    @property
    def is_loss(self) -> bool:
        """Whether the store has forgotten what it is known to have had."""
        return self.finding in (Finding.FORGETFUL, Finding.MISSING)


def judge(answer: Stored, serving: Serving) -> Judgement:
    """Compare what a store answered with what is served by the time its answer is read."""
    served = serving.release
    stored = answer.releases.get(served.service)
    joined = served if stored is None else join(stored, served)
    if joined == stored:
        return Judgement(Finding.CURRENT if joined == served else Finding.LATER, joined)
    if answer.asked < serving.since:
        return Judgement(Finding.OLD, served)
    if joined != served or not served.share:
        return Judgement(Finding.BEHIND, joined)
    if stored is None:
        return Judgement(Finding.MISSING, served)
    has_forgotten = stored.epoch < served.epoch or answer.birth != serving.birth
    return Judgement(Finding.FORGETFUL if has_forgotten else Finding.BEHIND, served)


def judge_all(answer: Stored, servings: Iterable[Serving]) -> tuple[Judgement, ...]:
    """Judge every service that is served."""
    return tuple(judge(answer, serving) for serving in servings)


def renews(judgements: Iterable[Judgement]) -> bool:
    """Say whether an answer renews the lease: one service that it is behind with is enough."""
    return all(judgement.renews for judgement in judgements)

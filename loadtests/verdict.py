"""Was everybody served by the right variant? Pure: what was seen goes in, what is wrong comes out.

The laws, for one service whose percentage changed from revision to revision:

1. Sticky: at one revision a user is served by one variant only.
2. Monotone: who had AI at some percentage has it at every higher one, whenever that was.
3. Exact: nobody at 0 percent, everybody at 100.
4. Fair: in between, the part of the users that has AI is the percentage, within the bounds of
   chance (a user's bucket is as good as drawn, so their number is binomial).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

SIGMAS: Final = 5
"""Chance leaves five standard deviations once in 1.7 million looks."""
SHOWN: Final = 5
"""How many of the users that a law was broken for are named."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A user was answered by a variant, by the rules of a revision."""

    revision: int
    user: str
    variant: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many users one revision gave to AI."""

    revision: int
    percent: float
    users: int
    on_ai: int

    @property
    def measured(self) -> float:
        return 100 * self.on_ai / self.users if self.users else 0.0

    @property
    def allowed(self) -> float:
        """How far from the percentage the share may lie by chance, in percentage points."""
        ratio = self.percent / 100
        return 100 * SIGMAS * sqrt(ratio * (1 - ratio) / self.users) if self.users else 0.0

    @property
    def is_right(self) -> bool:
        return abs(self.measured - self.percent) <= self.allowed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was seen at each revision, and every broken law as a sentence.

    `unsteady`: the users for whom the first or the second law was broken.
    """

    shares: tuple[Share, ...]
    unsteady: frozenset[str]
    broken: tuple[str, ...]


Served = Mapping[int, Mapping[str, set[str]]]
"""By revision and user: the variants that served."""


def judge(seen: Iterable[Seen], percents: Mapping[int, float]) -> Verdict:
    """Hold what was seen against the percentage that each revision had."""
    by_revision: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in seen:
        by_revision[one.revision][one.user].add(one.variant)
    unknown = sorted(by_revision.keys() - percents.keys())
    known = {revision: by_revision[revision] for revision in sorted(by_revision.keys() - unknown)}
    shares = tuple(_share(revision, percents[revision], users) for revision, users in known.items())
    torn = {revision: users for revision in known if (users := _torn(known[revision]))}
    moved = _moved(known, percents)
    broken = [f"revision {revision} was never set" for revision in unknown]
    broken += [f"at revision {each}, by both variants: {_named(torn[each])}" for each in torn]
    broken += [f"on legacy at no lower a share than on AI: {_named(moved)}"] * bool(moved)
    broken += [_unfair(share) for share in shares if not share.is_right]
    return Verdict(shares, frozenset(moved).union(*torn.values()), tuple(broken))


def _share(revision: int, percent: float, users: Mapping[str, set[str]]) -> Share:
    on_ai = sum("ai" in variants for variants in users.values())
    return Share(revision, percent, len(users), on_ai)


def _torn(users: Mapping[str, set[str]]) -> set[str]:
    return {user for user, variants in users.items() if len(variants) > 1}


def _moved(known: Served, percents: Mapping[int, float]) -> set[str]:
    lowest_with_ai: dict[str, float] = {}
    highest_with_legacy: dict[str, float] = {}
    for revision, users in known.items():
        percent = percents[revision]
        for user, variants in users.items():
            if "ai" in variants:
                lowest_with_ai[user] = min(percent, lowest_with_ai.get(user, percent))
            if "legacy" in variants:
                highest_with_legacy[user] = max(percent, highest_with_legacy.get(user, percent))
    return {
        user
        for user, percent in lowest_with_ai.items()
        if highest_with_legacy.get(user, -1.0) >= percent
    }


def _unfair(share: Share) -> str:
    return (
        f"at revision {share.revision} {share.on_ai} of {share.users} users had AI: "
        f"{share.measured:.2f} %, not {share.percent:g} % ± {share.allowed:.2f}"
    )


def _named(users: set[str]) -> str:
    more = f" and {len(users) - SHOWN} more" if len(users) > SHOWN else ""
    return f"{', '.join(sorted(users)[:SHOWN])}{more}"

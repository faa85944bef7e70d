"""Answers whose truth is known: how they really differ, and how they differ from themselves."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod, sqrt

from router.compare.tally import Tally
from router.compare.verdict import Judged
from tests.support.judging import judged

Outcome = tuple[bool, bool, bool]
"""Whether AI differs from legacy, legacy from itself, AI from itself."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a field of two variants is like.

    wrong: the share of requests to which AI says something else for good. legacy_noise, ai_noise:
    how often a variant's second answer differs from its first. An answer is the usual one, or one
    like no other.
    """

    wrong: float = 0.0
    legacy_noise: float = 0.0
    ai_noise: float = 0.0

    @property
    def beyond(self) -> float:
        """How much more often they differ from each other than from themselves."""
        usual = sqrt((1 - self.legacy_noise) * (1 - self.ai_noise))
        return max(0.0, 1 - (1 - self.wrong) * usual - (self.legacy_noise + self.ai_noise) / 2)

    def outcomes(self) -> dict[Outcome, float]:
        """Return how likely each outcome is."""
        odd = 1 - sqrt(1 - self.legacy_noise), 1 - sqrt(1 - self.ai_noise)
        chances = (self.wrong, odd[0], odd[0], odd[1], odd[1])
        likely: dict[Outcome, float] = {}
        for wrong, legacy, again, ai, ai_again in product((False, True), repeat=5):
            events = zip((wrong, legacy, again, ai, ai_again), chances, strict=True)
            outcome = wrong or legacy or ai, legacy or again, ai or ai_again
            chance = prod(p if happens else 1 - p for happens, p in events)
            likely[outcome] = likely.get(outcome, 0.0) + chance
        return {outcome: chance for outcome, chance in likely.items() if chance}


class Source:
    """Draws pairs: a share ``repeat`` of the requests goes to both variants twice."""

    def __init__(
        self, fields: Mapping[str, Truth], *, repeat: float = 1.0, weight: int = 1
    ) -> None:
        self._pairs: list[Judged] = []
        self._chances: list[float] = []
        for outcomes, chance in _together([truth.outcomes() for truth in fields.values()]):
            between, legacy, ai = (
                [name for name, outcome in zip(fields, outcomes, strict=True) if outcome[kind]]
                for kind in range(3)
            )
            self._pairs.append(judged(between, legacy, ai, weight=weight))
            self._pairs.append(judged(between, weight=weight))
            self._chances += chance * repeat, chance * (1 - repeat)

    def draw(self, dice: random.Random, pairs: int) -> list[Judged]:
        """Return so many pairs."""
        return dice.choices(self._pairs, self._chances, k=pairs)


def _together(
    fields: list[dict[Outcome, float]],
) -> Iterator[tuple[tuple[Outcome, ...], float]]:
    for chosen in product(*(likely.items() for likely in fields)):
        yield tuple(outcome for outcome, _ in chosen), prod(chance for _, chance in chosen)


def counted(
    fields: Mapping[str, Truth], pairs: int, seed: int = 1, *, repeat: float = 1.0
) -> Tally:
    """Return the counts of so many pairs; what is noise is learned as the comparer learns it."""
    dice, source, tally = random.Random(seed), Source(fields, repeat=repeat), Tally()
    for start in range(0, pairs, 50):
        noise = tally.noisy()
        for pair in source.draw(dice, min(50, pairs - start)):
            tally.add(pair, noise)
    return tally

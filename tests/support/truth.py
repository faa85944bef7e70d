"""Answers whose truth is known: how they really differ, and how they differ from themselves."""

import random
from dataclasses import dataclass
from math import sqrt

from router.compare.tally import Tally
from router.compare.verdict import Judged
from tests.support.judging import judged


@dataclass(frozen=True, slots=True)
class Truth:
    """What a field of two variants is like.

    wrong: the share of requests on which AI says something else for good. legacy_noise, ai_noise:
    how often a variant's second answer differs from its first.
    """

    wrong: float = 0.0
    legacy_noise: float = 0.0
    ai_noise: float = 0.0

    @property
    def beyond(self) -> float:
        """The energy distance: half the noise of what is wrong for good is no divergence."""
        quiet = sqrt((1 - self.legacy_noise) * (1 - self.ai_noise))
        between = 1 - (1 - self.wrong) * quiet
        return between - (self.legacy_noise + self.ai_noise) / 2

    def draw(self, dice: random.Random) -> tuple[bool, bool, bool]:
        """Return whether AI differs from legacy, legacy from itself, AI from itself.

        An answer is the usual one, or one that no other answer is like.
        """
        legacy = [dice.random() < 1 - sqrt(1 - self.legacy_noise) for _ in range(2)]
        ai = [dice.random() < 1 - sqrt(1 - self.ai_noise) for _ in range(2)]
        wrong = dice.random() < self.wrong
        return wrong or legacy[0] or ai[0], any(legacy), any(ai)


Fields = dict[str, Truth]


def draw_pair(
    fields: Fields, dice: random.Random, *, repeat: float = 1.0, weight: int = 1
) -> Judged:
    """Return a pair, of which a share ``repeat`` was asked twice."""
    drawn = {name: truth.draw(dice) for name, truth in fields.items()}
    twice = dice.random() < repeat

    def where(index: int) -> list[str]:
        return [name for name, outcome in drawn.items() if outcome[index]]

    return judged(where(0), where(1) if twice else None, where(2) if twice else None, weight=weight)


def counted(fields: Fields, pairs: int, seed: int = 1, *, repeat: float = 1.0) -> Tally:
    """Return the counts of so many pairs; what is noise is learned as the comparer learns it."""
    dice = random.Random(seed)
    tally = Tally()
    noise: frozenset[str] = frozenset()
    for number in range(pairs):
        if number % 50 == 0:
            noise = tally.noisy()
        tally.add(draw_pair(fields, dice, repeat=repeat), noise)
    return tally

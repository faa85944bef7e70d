"""What is said of divergence is true, however often one looks.

Answers are drawn whose truth is known, counted by the comparer's own `Tally`, and reported by
`divergence`, again and again while they come. `make laws` makes more runs, and longer ones.
"""

import random
from collections.abc import Iterator
from functools import cache
from statistics import mean, median

import pytest

from router.compare.tally import Tally, summed
from router.evidence import divergence as reports, excess
from router.evidence.divergence import Divergence, FieldDivergence, divergence
from router.evidence.paired import paired_interval
from router.evidence.rates import rate_interval
from tests.support.sequences import SEQUENCES
from tests.support.truth import Source, Truth

RUNS = max(200, SEQUENCES // 10)
PAIRS = 2000 if SEQUENCES < 1000 else 10_000
LOOK_EVERY = 50
SHORT = max(50, SEQUENCES // 10)
"""Runs of what is a variation of another one: `make laws` makes as many of them."""
MOST_UNCOVERED = 0.05
MOST_FALSE = 0.01

WRONG = "/wrong"
NOISY = Truth(legacy_noise=0.2, ai_noise=0.2)
NOISE = {"/at": NOISY, "/id": NOISY}
PLANTED = {WRONG: Truth(wrong=0.03), **NOISE}
AI_ROLLS_DICE = Truth(ai_noise=0.2)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if SEQUENCES > 1000 else 120)]


@pytest.fixture(autouse=True, scope="module")
def remembered() -> Iterator[None]:
    """Compute once what depends on counts alone: hundreds of runs come by the same ones."""
    of_rates, of_pairs = cache(rate_interval.__wrapped__), cache(paired_interval)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports, "rate_interval", of_rates)
        patch.setattr(excess, "rate_interval", of_rates)
        patch.setattr(excess, "paired_interval", of_pairs)
        yield


class Replica:
    """Counts pairs as a comparer does: what is noise it knows from those before."""

    def __init__(self, source: Source, dice: random.Random) -> None:
        self.tally = Tally()
        self._source = source
        self._dice = dice

    def go_on(self, pairs: int) -> None:
        noise = self.tally.noisy()
        for pair in self._source.draw(self._dice, pairs):
            self.tally.add(pair, noise)


def looks(
    source: Source, seed: int, every: int, *, pairs: int = PAIRS, replicas: int = 1
) -> Iterator[Divergence]:
    """Give what is said after every so many pairs, of all replicas together."""
    dice = random.Random(seed)
    them = [Replica(source, dice) for _ in range(replicas)]
    for _ in range(0, pairs, every):
        for replica in them:
            replica.go_on(every // replicas)
        yield divergence(summed(replica.tally for replica in them))


def field(report: Divergence, name: str) -> FieldDivergence | None:
    return next((its for its in report.fields if its.name == name), None)


def covers(its: FieldDivergence | None, truth: float) -> bool:
    """Whether it allows the truth; what is not known allows anything."""
    return its is None or its.beyond is None or its.beyond.low <= truth <= its.beyond.high


def claims(report: Divergence) -> set[str]:
    whole = [report.service] if report.service else []
    return {its.name for its in (*report.fields, *whole) if its.claimed}


# Coverage...


@pytest.mark.parametrize(("repeat", "replicas"), [(1.0, 1), (0.2, 1), (0.2, 3)])
def test_three_percent_that_were_planted_are_covered(repeat: float, replicas: int) -> None:
    """At all looks of a run at once: the field, one that is noise, and the service at the end."""
    source = Source(PLANTED, repeat=repeat)
    uncovered = {WRONG: 0, "/at": 0, "service": 0}
    runs = RUNS if repeat == 1.0 else SHORT
    for seed in range(runs):
        reports = list(looks(source, seed, PAIRS // 4, replicas=replicas))
        uncovered[WRONG] += not all(covers(field(report, WRONG), 0.03) for report in reports)
        uncovered["/at"] += not all(covers(field(report, "/at"), 0.0) for report in reports)
        uncovered["service"] += not covers(reports[-1].service, 0.03)
    assert max(uncovered.values()) <= MOST_UNCOVERED * runs, uncovered


def test_they_are_covered_where_ai_alone_rolls_dice() -> None:
    """What rolls dice where the other does not is different from it, if only a little."""
    fields = {WRONG: Truth(wrong=0.03), "/answer": AI_ROLLS_DICE, "/at": NOISY}
    source = Source(fields, repeat=0.5)
    uncovered = dict.fromkeys(fields, 0)
    for seed in range(SHORT):
        for report in looks(source, seed, PAIRS // 2):
            for name, truth in fields.items():
                uncovered[name] += not covers(field(report, name), truth.beyond)
    assert max(uncovered.values()) <= MOST_UNCOVERED * SHORT, uncovered


class Sampler:
    """A comparer that is busy at times: then it keeps one request of many, and AI errs more."""

    SPELLS = ((1, 0.01), (16, 0.06), (4, 0.03), (1, 0.0))
    """One pair is kept of so many requests; how often AI is wrong meanwhile."""
    SPELL = 250
    """Requests."""

    def __init__(self, seed: int) -> None:
        self.tally = Tally()
        self.truth = 0.0
        self._requests = 0
        self._dice = random.Random(seed)

    def go_on(self) -> None:
        for weight, wrong in self.SPELLS:
            kept = sum(self._dice.random() < 1 / weight for _ in range(self.SPELL))
            source = Source({WRONG: Truth(wrong=wrong), "/at": NOISY}, repeat=0.5, weight=weight)
            noise = self.tally.noisy()
            for pair in source.draw(self._dice, kept):
                self.tally.add(pair, noise)
            before = self.truth * self._requests
            self._requests += self.SPELL
            self.truth = (before + wrong * self.SPELL) / self._requests


def test_what_happens_in_busy_times_counts_as_much_as_what_happens_in_quiet_ones() -> None:
    """The estimate is unbiased, and the interval covers the mean over all requests."""
    uncovered, estimates, sampler = 0, [], Sampler(0)
    for seed in range(SHORT):
        sampler = Sampler(seed)
        covered = []
        for _ in range(PAIRS // 500):
            sampler.go_on()
            covered.append(covers(field(divergence(sampler.tally), WRONG), sampler.truth))
        uncovered += not all(covered)
        its = field(divergence(sampler.tally), WRONG)
        estimates.append(its.raw.estimate if its else 0.0)
    assert uncovered <= MOST_UNCOVERED * SHORT
    assert mean(estimates) == pytest.approx(sampler.truth, rel=0.05)


# Claims...


def false_claims(source: Source, every: int, runs: int) -> float:
    """Return in which part of the runs anything was ever claimed of what is nothing but noise."""
    each = (looks(source, seed, every, pairs=PAIRS // 2) for seed in range(runs))
    return sum(any(map(claims, run)) for run in each) / runs


@pytest.mark.parametrize("repeat", [1.0, 0.1])
def test_divergence_that_is_not_there_is_never_claimed(repeat: float) -> None:
    """Looking after every 50 pairs, at two fields of nothing but noise, and at the service."""
    source = Source(NOISE, repeat=repeat)
    runs = RUNS if repeat == 1.0 else SHORT
    assert false_claims(source, LOOK_EVERY, runs) <= MOST_FALSE


def test_divergence_is_not_claimed_of_any_of_many_noisy_fields() -> None:
    rare = Truth(legacy_noise=0.02, ai_noise=0.02)
    source = Source(dict.fromkeys([f"/{number}" for number in range(5)], rare))
    assert false_claims(source, 4 * LOOK_EVERY, SHORT) <= MOST_FALSE


def until_claimed(source: Source, seed: int) -> int:
    replica = Replica(source, random.Random(seed))
    for pairs in range(LOOK_EVERY, 10_000, LOOK_EVERY):
        replica.go_on(LOOK_EVERY)
        if WRONG in claims(divergence(replica.tally)):
            return pairs
    return 10_000


@pytest.mark.parametrize(("repeat", "most"), [(1.0, 500), (0.2, 2500)])
def test_three_percent_are_claimed_soon(repeat: float, most: int) -> None:
    """In the median of 11 runs; about 450 requests that were asked twice."""
    source = Source(PLANTED, repeat=repeat)
    assert median(until_claimed(source, seed) for seed in range(11)) <= most

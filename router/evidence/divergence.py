"""What the counts of comparisons say: how often AI's answers differ, where, and how surely.

All numbers are ratios from 0 to 1, weighted where pairs were sampled down. An interval is right at
all times at once with a probability of 1 - alpha, each by itself. Claims are made together: if the
variants differ nowhere, any of them is ever made with a probability of at most `claim_alpha`.
"""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import log
from typing import Final

from router.compare.cells import (
    AI_OWN,
    AI_TWICE,
    BOTH_TWICE,
    LEGACY_OWN,
    LEGACY_TWICE,
    Counts,
    FieldTally,
    whole,
)
from router.compare.tally import OTHER, Decisions, Tally
from router.compare.verdict import Result
from router.evidence.betting import Cells, mean_of
from router.evidence.counted import all_cells, cells_asked_twice, largest_weight_of, pairs_in
from router.evidence.discoveries import discoveries
from router.evidence.excess import Excess, differs, excess_beyond_noise, kind_of_repeats
from router.evidence.rates import rate_interval

ALPHA: Final = 0.05
CLAIM_ALPHA: Final = 0.01
_SERVICE_PART: Final = 0.5
"""Of the claims' alpha, for the service as a whole: it need not stand back behind 300 fields."""
FEW: Final = 100
"""Requests asked twice; below it no interval is narrow enough to say that a field is like noise."""


class Because(enum.StrEnum):
    """Why no divergence is claimed."""

    NO_REPEATS = "no_repeats"  # nobody was asked twice: noise is not known
    FEW = "few"  # too few were asked twice
    WITHIN_NOISE = "within_noise"  # it may well differ no more than from itself
    FOLDED = "folded"  # many fields stand behind this name


@dataclass(frozen=True, slots=True)
class Rate:
    """How often. pairs: how many were looked at, whatever they stand for."""

    estimate: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True, slots=True)
class FieldDivergence:
    """One field, or all that are not noise.

    raw: AI's answer differs from legacy's. legacy_own, ai_own: a variant's second answer differs
    from its first one, None where it was never asked twice. beyond: what is left of `raw` without
    noise, None where nobody was asked twice. because: None where divergence is claimed.
    is_noise: `compare.noise` takes it for noise now.
    """

    name: str
    raw: Rate
    legacy_own: Rate | None
    ai_own: Rate | None
    beyond: Rate | None
    claimed: bool
    because: Because | None
    changes: Mapping[str, int] = field(default_factory=dict[str, int])
    is_noise: bool = False


@dataclass(frozen=True, slots=True)
class Divergence:
    """All of it. pairs: judged; requests: the sampled requests that they stand for.

    compared: pairs that could be. repeats: by who was asked twice. service: of any field that is
    not noise, None where nothing was compared. fields: what is claimed first, then by how much.
    """

    pairs: int
    requests: int
    compared: int
    repeats: Mapping[str, int]
    results: Mapping[str, int]
    errors: Mapping[str, int]
    service: FieldDivergence | None
    fields: tuple[FieldDivergence, ...]
    decisions: Decisions
    alpha: float
    claim_alpha: float


def divergence(tally: Tally, alpha: float = ALPHA, claim_alpha: float = CLAIM_ALPHA) -> Divergence:
    """Say what these counts say."""
    compared = sum(tally.groups.values())
    report = _Report(tally, alpha, claim_alpha) if compared else None
    return Divergence(
        pairs=tally.pairs,
        requests=tally.requests,
        compared=compared,
        repeats=_repeats(tally.groups),
        results={result.value: tally.results.get(result, 0) for result in Result},
        errors=tally.errors,
        service=report.service() if report else None,
        fields=tuple(sorted(report.fields(), key=_rank)) if report else (),
        decisions=tally.decisions,
        alpha=alpha,
        claim_alpha=claim_alpha,
    )


class _Report:
    """What all fields of one report have in common."""

    def __init__(self, tally: Tally, alpha: float, claim_alpha: float) -> None:
        self._tally = tally
        self._alpha = alpha
        self._claim_alpha = claim_alpha
        self._kind = kind_of_repeats(tally.groups)
        self._largest_weight = largest_weight_of(tally.groups)
        self._noise = tally.noisy()

    def service(self) -> FieldDivergence:
        counts = whole(self._tally.groups, self._tally.overall)
        excess = self._excess(counts)
        level = -log(self._claim_alpha * _SERVICE_PART)
        claimed = excess is not None and excess.log_evidence >= level
        return self._described("", FieldTally(counts), excess, claimed=claimed)

    def fields(self) -> Iterator[FieldDivergence]:
        counts = {name: self._whole(its) for name, its in self._tally.fields.items()}
        excesses = {name: self._excess(its.cells) for name, its in counts.items() if name != OTHER}
        evidence = {
            name: excess.log_evidence for name, excess in excesses.items() if excess is not None
        }
        claimed = discoveries(evidence, self._claim_alpha * (1 - _SERVICE_PART))
        for name, its in counts.items():
            if name == OTHER:
                yield self._folded(its)
            else:
                yield self._described(name, its, excesses[name], claimed=name in claimed)

    def _whole(self, its: FieldTally) -> FieldTally:
        return FieldTally(whole(self._tally.groups, its.cells), its.changes)

    def _excess(self, counts: Counts) -> Excess | None:
        if not self._kind:
            return None
        return excess_beyond_noise(counts, self._kind, self._alpha, self._largest_weight)

    def _described(
        self, name: str, its: FieldTally, excess: Excess | None, *, claimed: bool
    ) -> FieldDivergence:
        return FieldDivergence(
            name=name,
            raw=self._rate(all_cells(its.cells, differs, self._largest_weight)),
            legacy_own=self._own(its.cells, LEGACY_TWICE, LEGACY_OWN),
            ai_own=self._own(its.cells, AI_TWICE, AI_OWN),
            beyond=_beyond(excess),
            claimed=claimed,
            because=None if claimed else _because(excess),
            changes=its.changes,
            is_noise=name in self._noise,
        )

    def _folded(self, its: FieldTally) -> FieldDivergence:
        """Tell how often they differ at most: a sum has counted some pairs more than once.

        That is why there is no lower end, and why it cannot be held against their own noise.
        """
        raw = self._rate(all_cells(its.cells, differs, self._largest_weight))
        return FieldDivergence(
            name=OTHER,
            raw=replace(raw, low=0.0),
            legacy_own=None,
            ai_own=None,
            beyond=None,
            claimed=False,
            because=Because.FOLDED,
            changes=its.changes,
        )

    def _own(self, counts: Counts, who: int, outcome: int) -> Rate | None:
        def differs_from_itself(cell: int) -> float:
            return 1.0 if cell & outcome else 0.0

        cells = cells_asked_twice(counts, who, differs_from_itself, self._largest_weight)
        return self._rate(cells) if cells else None

    def _rate(self, cells: Cells) -> Rate:
        interval = rate_interval(cells, self._alpha, self._largest_weight)
        return Rate(mean_of(cells), interval.low, interval.high, pairs_in(cells))


def _beyond(excess: Excess | None) -> Rate | None:
    """Cut off what is below 0: nothing differs less than not at all."""
    if excess is None:
        return None
    low, high = max(excess.interval.low, 0.0), max(excess.interval.high, 0.0)
    return Rate(min(max(excess.estimate, low), high), low, high, excess.pairs)


def _because(excess: Excess | None) -> Because:
    if excess is None:
        return Because.NO_REPEATS
    return Because.FEW if excess.pairs < FEW else Because.WITHIN_NOISE


def _rank(its: FieldDivergence) -> tuple[bool, bool, float, float, str]:
    likely = its.beyond.estimate if its.beyond else its.raw.estimate
    return not its.claimed, its.name == OTHER, -likely, -its.raw.estimate, its.name


def _repeats(groups: Counts) -> dict[str, int]:
    names = {BOTH_TWICE: "both", LEGACY_TWICE: "legacy", AI_TWICE: "ai"}
    repeats = dict.fromkeys(names.values(), 0)
    for group, count in groups.items():
        if group & BOTH_TWICE:
            repeats[names[group & BOTH_TWICE]] += count
    return repeats

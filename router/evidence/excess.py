"""How much more often the variants differ from each other than from themselves.

X is known only of requests that were asked twice, which may be a few percent. Two ways lead from
there to an interval, and both are gone, since neither is the better one everywhere:

- the mean of X on those requests, by (b) of `paired`: there the noise of a field mostly cancels;
- the rate of differences on all requests, less the own noise on those asked twice, each by its own
  interval: in a field that is never noisy the first of the two is known much better.

What both allow is the answer; two thirds of the error are the first one's, one third is the
other's. Where 5 % were asked twice it is half as wide in quiet fields as the first alone, and 4 %
wider in noisy ones (seen in simulation; to bet on both rates at once gained another tenth in quiet
fields, and would cost ten times as much to compute).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from router.compare.cells import (
    AI_OWN,
    AI_TWICE,
    BOTH_TWICE,
    DIFFERS,
    LEGACY_OWN,
    LEGACY_TWICE,
    Counts,
    excess_of,
    own_of,
    weight_in,
)
from router.evidence.betting import Cells, log_share
from router.evidence.counted import all_cells, cells_asked_twice, pairs_in
from router.evidence.intervals import Interval
from router.evidence.paired import (
    log_evidence_above,
    log_evidence_of_signs,
    paired_interval,
)
from router.evidence.rates import rate_interval

_PAIRED_PART: Final = 2 / 3


@dataclass(frozen=True, slots=True)
class Excess:
    """What differs beyond noise. pairs: asked twice; log_evidence: against there being none."""

    estimate: float
    interval: Interval
    pairs: int
    log_evidence: float


def kind_of_repeats(groups: Mapping[int, int]) -> int:
    """Return who was asked twice most often: both, legacy alone or AI alone; 0 for nobody.

    By numbers of pairs alone, never by what came of them. Without one side's second answers, its
    noise counts as divergence.
    """
    kinds = (BOTH_TWICE, LEGACY_TWICE, AI_TWICE)
    pairs = {kind: _pairs_of(groups, kind) for kind in kinds}
    most = max(kinds, key=pairs.__getitem__)
    return most if pairs[most] else 0


def excess_beyond_noise(
    counts: Mapping[int, int], kind: int, alpha: float, largest_weight: int
) -> Excess:
    """Return what differs beyond noise, by whole ``counts`` of one field; ``kind`` is not 0."""
    seen = _SEEN[kind]
    known = _merged((cell & seen, count) for cell, count in counts.items())
    own = cells_asked_twice(known, kind, own_of, largest_weight)
    excess = cells_asked_twice(known, kind, excess_of, largest_weight)
    part = alpha * (1 - _PAIRED_PART) / 2
    of_raw = rate_interval(all_cells(known, differs, largest_weight), part, largest_weight)
    of_own = rate_interval(own, part, largest_weight)
    by_rates = Interval(of_raw.low - of_own.high, of_raw.high - of_own.low)
    interval = paired_interval(excess, alpha * _PAIRED_PART, largest_weight).common(by_rates)
    return Excess(
        _estimate(known, kind),
        interval,
        pairs_in(excess),
        _log_evidence(excess, kind, largest_weight),
    )


_SEEN: Final = {
    BOTH_TWICE: ~0,
    LEGACY_TWICE: ~(AI_TWICE | AI_OWN),
    AI_TWICE: ~(LEGACY_TWICE | LEGACY_OWN),
}
"""Where one side's noise is what counts, the other's is not looked at though it may be known."""


def _merged(counts: Iterable[tuple[int, int]]) -> Counts:
    merged = Counts()
    for cell, count in counts:
        merged[cell] = merged.get(cell, 0) + count
    return merged


def _pairs_of(groups: Mapping[int, int], kind: int) -> int:
    return sum(count for group, count in groups.items() if group & BOTH_TWICE == kind)


def differs(cell: int) -> float:
    """Return 1 where AI's answer differs from legacy's, else 0."""
    return 1.0 if cell & DIFFERS else 0.0


def _log_evidence(excess: Cells, kind: int, largest_weight: int) -> float:
    """Bet that X is above 0; where it is whole and nothing was dropped, bet on its sign alone."""
    share = log_share(largest_weight)
    if kind == BOTH_TWICE or largest_weight > 1:
        return share + log_evidence_above(excess, 0.0)
    counts = {cell.value: cell.pairs for cell in excess}
    return share + log_evidence_of_signs(counts.get(1.0, 0), counts.get(-1.0, 0))


def _estimate(counts: Mapping[int, int], kind: int) -> float:
    """Return the mean of X on requests asked twice, led by how often all requests differ.

    A control variate: where differences were rarer among those asked twice than among all, X was as
    well, as far as the two go together.
    """
    requests = differing = excess = some = product = twice = 0.0
    for cell, pairs in counts.items():
        weight = pairs * weight_in(cell)
        requests += weight
        differing += weight * differs(cell)
        if cell & kind == kind:
            x = excess_of(cell)
            twice += weight
            excess += weight * x
            some += weight * differs(cell)
            product += weight * x * differs(cell)
    variance = some / twice * (1 - some / twice)
    slope = (product - excess * some / twice) / twice / variance if variance else 1.0
    return excess / twice + min(max(slope, 0.0), 1.0) * (differing / requests - some / twice)

"""What was counted of comparisons, as the API shows it: with its coverage and its intervals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from router.compare.ledger import Coverage
from router.compare.sample import Sample
from router.compare.suggest import as_config, suggestions
from router.compare.tally import Decisions
from router.control.api.divergence_models import (
    AnswersView,
    CellView,
    CoverageView,
    DecisionView,
    FieldView,
    MetricsView,
    MetricView,
    MinuteView,
    RateView,
    SummaryView,
)
from router.control.api.pair_views import sample_view
from router.control.comparisons import MINUTE, MinuteSeen, Seen
from router.evidence.betting import Cell
from router.evidence.divergence import ALPHA, Divergence, FieldDivergence, Rate, divergence
from router.evidence.metrics import MetricDifference, metric_differences
from router.evidence.rates import rate_interval
from router.lines_out import rfc3339

CUSTOM: Final = "custom"
"""The field that a `compare.custom` speaks of."""

ERRORS: Final = "error_rate"
"""A ratio; all other metrics are seconds, and shown in milliseconds."""

_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is shown of it. field: this one alone; change: fields that differ so alone."""

    since: float | None = None
    field: str | None = None
    change: str | None = None


def answers_view(
    service: str, seen: Seen, wanted: Wanted, samples: Sequence[Sample], following: str | None
) -> AnswersView:
    """Show how answers differ. It takes as long as there are fields: work for a thread."""
    told = divergence(seen.tally)
    custom = next((it.raw for it in told.fields if it.name == CUSTOM), None)
    return AnswersView(
        kind="answer",
        service=service,
        since=None if wanted.since is None else rfc3339(wanted.since),
        phase=seen.phase,
        phases=seen.phases,
        coverage=_coverage(seen.coverage, seen.covered_phase),
        results=dict(told.results),
        summary=_summary(told),
        fields=tuple(_field(it) for it in told.fields if _is_wanted(it, wanted)),
        decision=_decision(told.decisions),
        custom=None if custom is None else _rate(custom),
        suggested=as_config(suggestions(seen.tally)),
        samples=tuple(map(sample_view, samples)),
        next=following,
    )


def metrics_view(service: str, since: float, minutes: Sequence[MinuteSeen]) -> MetricsView:
    """Show how errors and latencies differ, minute by minute: work for a thread as well."""
    return MetricsView(
        kind="metric",
        service=service,
        since=rfc3339(since),
        minutes=tuple(
            MinuteView(
                at=rfc3339(seen.minute * MINUTE),
                phase=seen.phase,
                pairs=seen.tally.pairs,
                metrics={
                    told.metric: _metric(told) for told in metric_differences(seen.tally, ALPHA)
                },
            )
            for seen in minutes
        ),
    )


# Answers...


def _coverage(coverage: Coverage, phase: str | None) -> CoverageView:
    return CoverageView(
        phase=phase,
        eligible=coverage.eligible,
        compared=coverage.compared,
        ratio=_rounded(coverage.ratio),
        left_out=dict(coverage.left_out),
    )


def _summary(told: Divergence) -> SummaryView:
    its = told.service
    if its is None:
        return SummaryView(
            raw=None,
            legacy_noise=None,
            ai_noise=None,
            beyond_noise=None,
            claimed=False,
            because=None,
        )
    return SummaryView(
        raw=_rate(its.raw),
        legacy_noise=_perhaps(its.legacy_own),
        ai_noise=_perhaps(its.ai_own),
        beyond_noise=_perhaps(its.beyond),
        claimed=its.claimed,
        because=its.because,
    )


def _field(its: FieldDivergence) -> FieldView:
    return FieldView(
        field=its.name,
        raw=_rate(its.raw),
        legacy_noise=_perhaps(its.legacy_own),
        ai_noise=_perhaps(its.ai_own),
        beyond_noise=_perhaps(its.beyond),
        claimed=its.claimed,
        because=its.because,
        changes=dict(its.changes),
        is_noise=its.is_noise,
    )


def _is_wanted(its: FieldDivergence, wanted: Wanted) -> bool:
    return wanted.field in (None, its.name) and (
        wanted.change is None or wanted.change in its.changes
    )


def _decision(decisions: Decisions) -> DecisionView | None:
    counts = {
        (legacy, ai): count
        for legacy, row in decisions.between.items()
        for ai, count in row.items()
    }
    pairs = sum(counts.values())
    if not pairs:
        return None
    alike = sum(count for (legacy, ai), count in counts.items() if legacy == ai)
    interval = rate_interval((Cell(alike, 1.0, 1.0), Cell(pairs - alike, 1.0, 0.0)), ALPHA)
    ranked = Counter[str]()
    for (legacy, ai), count in counts.items():
        ranked[legacy] += count
        ranked[ai] += count
    return DecisionView(
        agreement=_rate(Rate(alike / pairs, interval.low, interval.high, pairs)),
        labels=tuple(sorted(ranked, key=lambda label: (-ranked[label], label))),
        counts=tuple(
            CellView(legacy=legacy, ai=ai, count=count)
            for (legacy, ai), count in sorted(counts.items())
        ),
    )


def _perhaps(rate: Rate | None) -> RateView | None:
    return None if rate is None else _rate(rate)


def _rate(rate: Rate) -> RateView:
    return RateView(
        ratio=_rounded(rate.estimate),
        low=_rounded(rate.low),
        high=_rounded(rate.high),
        n=rate.pairs,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


# Metrics...


def _metric(told: MetricDifference) -> MetricView:
    scale = 1.0 if told.metric == ERRORS else 1000.0
    return MetricView(
        legacy=round(scale * told.legacy, _DIGITS),
        ai=round(scale * told.ai, _DIGITS),
        difference=round(scale * told.difference, _DIGITS),
        low=_rounded(None if told.low is None else scale * told.low),
        high=_rounded(None if told.high is None else scale * told.high),
        n=told.pairs,
    )

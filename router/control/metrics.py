"""What one scrape shows: readings of everybody who knows something, as metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from router.compare.verdict import Result
from router.control import declared
from router.control.appraisal import Appraised
from router.control.declared import Declared
from router.control.endpoints import EndpointState
from router.control.telemetry import Spread, Totals
from router.control.webhook_message import Posted
from router.model import FallbackReason, ShadowResult, Variant
from router.release.state import Release, Status
from router.wire.comparing import StreamSeen
from router.wire.counting import DURATION_BOUNDS

SHADOW_PURSE: Final = "shadow"

Labels = TypeVar("Labels", bound=tuple[str | int, ...])
Names = TypeVar("Names", bound=tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Readings:
    """All that one scrape shows."""

    totals: Totals
    releases: tuple[Release, ...]
    effective: Mapping[str, float | None]
    workers: Mapping[str, int]
    version: str
    python: str
    full_workers: int = 0
    lease_remaining: float | None = None  # seconds; None while no worker was given one
    config_is_current: bool = True
    store_is_up: bool = True
    replicas: Mapping[str, int] = field(default_factory=lambda: {"heard": 1, "silent": 0})
    leads: bool = True
    times_to_zero: Spread = field(default_factory=Spread)
    endpoints: tuple[EndpointState, ...] = ()
    events_dropped: int = 0  # those of the supervisor itself
    webhooks: Mapping[str, int] = field(default_factory=dict[str, int])
    appraised: Mapping[str, Appraised] = field(default_factory=dict[str, Appraised])
    comparisons: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    stream: StreamSeen | None = None


class Scrape(Collector):
    """Turns readings into the client library's metrics."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        yield from self._counted()
        yield from self._decided()
        workers = declared.WORKERS.gauge()
        for state, count in self._readings.workers.items():
            workers.add_metric([state], count)
        build = declared.BUILD.gauge()
        build.add_metric([self._readings.version, self._readings.python], 1)
        yield from (workers, build)
        yield from self._kept_running()
        yield from self._found()
        yield from self._appraised()

    def _counted(self) -> Iterator[Metric]:
        totals = self._readings.totals
        services = [release.service for release in self._readings.releases]
        # A series that begins with its first event hides that event from rate(): these begin at 0.
        fallbacks = {(name, str(reason)): 0 for name in services for reason in FallbackReason}
        in_flight = {(name, str(variant)): 0 for name in services for variant in Variant}
        yield _filled(declared.REQUESTS.counter(), totals.requests)
        yield _filled(declared.ASSIGNMENTS.counter(), totals.assignments)
        yield _filled(declared.FALLBACKS.counter(), fallbacks | totals.fallbacks)
        yield from self._copied()
        yield _filled(
            declared.REFUSED.counter(), {(code,): n for code, n in totals.refused.items()}
        )
        yield _histogram(declared.DURATION, totals.durations)
        yield _histogram(declared.FIRST_BYTE, totals.first_bytes)
        yield _filled(declared.IN_FLIGHT.gauge(), in_flight | totals.in_flight)
        yield _filled(declared.CONNECTIONS.gauge(), {(): totals.connections})
        dropped = {
            ("access_log",): totals.log_lines_dropped,
            ("event_log",): totals.events_dropped + self._readings.events_dropped,
        }
        yield _filled(declared.DROPPED.counter(), dropped)

    def _copied(self) -> Iterator[Metric]:
        totals = self._readings.totals
        costs = {
            (service, str(Variant.AI), SHADOW_PURSE): cost / 1e9
            for service, cost in totals.copy_costs.items()
        }
        services = {service for service, _ in totals.shadows}
        results = {(name, str(result)): 0 for name in services for result in ShadowResult}
        yield _filled(declared.SHADOWS.counter(), results | totals.shadows)
        yield _filled(declared.COPIES.gauge(), totals.copies)
        yield _filled(declared.COST.counter(), costs)
        compared = {(name, result): 0 for name in services for result in Result}
        yield _filled(declared.COMPARISONS.counter(), compared | dict(self._readings.comparisons))
        yield from self._streamed()

    def _streamed(self) -> Iterator[Metric]:
        seen = self._readings.stream
        yield _filled(declared.STREAM_PAIRS.gauge(), {} if seen is None else {(): seen.pairs})
        yield _filled(declared.STREAM_BYTES.gauge(), {} if seen is None else {(): seen.bytes})
        yield _filled(declared.STREAM_AGE.gauge(), {} if seen is None else {(): seen.age})

    def _kept_running(self) -> Iterator[Metric]:
        readings = self._readings
        lease = readings.lease_remaining
        yield _filled(declared.FULL.gauge(), {(): readings.full_workers})
        yield _filled(declared.LEASE.gauge(), {} if lease is None else {(): max(0.0, lease)})
        yield _filled(declared.RELOADED.gauge(), {(): int(readings.config_is_current)})
        yield _filled(declared.STORE_UP.gauge(), {(): int(readings.store_is_up)})
        members = {(state,): count for state, count in readings.replicas.items()}
        yield _filled(declared.REPLICAS.gauge(), members)
        yield _filled(declared.LEADER.gauge(), {(): int(readings.leads)})
        posts = {(str(result),): readings.webhooks.get(result, 0) for result in Posted}
        yield _filled(declared.WEBHOOKS.counter(), posts)
        no_labels: tuple[str, ...] = ()
        yield _histogram(declared.TO_ZERO, {no_labels: readings.times_to_zero})

    def _found(self) -> Iterator[Metric]:
        by_labels = {(e.service, str(e.variant), e.endpoint): e for e in self._readings.endpoints}
        yield _filled(
            declared.UP.gauge(), {labels: int(e.is_up) for labels, e in by_labels.items()}
        )
        yield _filled(
            declared.EJECTED.gauge(), {labels: e.ejected_by for labels, e in by_labels.items()}
        )

    def _appraised(self) -> Iterator[Metric]:
        appraised = self._readings.appraised
        coverage = {
            (name,): it.coverage for name, it in appraised.items() if it.coverage is not None
        }
        ready = {
            (name,): int(it.readiness.ready)
            for name, it in appraised.items()
            if it.readiness.ready is not None
        }
        fields = {
            (n, key): value for n, it in appraised.items() for key, value in it.fields.items()
        }
        metrics = {
            (n, key): value for n, it in appraised.items() for key, value in it.metrics.items()
        }
        yield _filled(declared.COVERAGE.gauge(), coverage)
        yield _filled(declared.FIELD.gauge(), fields)
        yield _filled(declared.METRIC.gauge(), metrics)
        yield _filled(declared.READY.gauge(), ready)

    def _decided(self) -> Iterator[Metric]:
        releases = self._readings.releases
        yield _filled(declared.SPLIT.gauge(), {(r.service,): r.share / 100 for r in releases})
        effective = {
            (service,): percent
            for service, percent in self._readings.effective.items()
            if percent is not None
        }
        yield _filled(declared.EFFECTIVE.gauge(), effective)
        yield _filled(declared.REVISION.gauge(), {(r.service,): r.revision for r in releases})
        drilled = {(r.service,): r.drilled.when for r in releases if r.drilled is not None}
        yield _filled(declared.LAST_DRILL.gauge(), drilled)
        statuses = {
            (r.service, str(status)): int(r.status is status) for r in releases for status in Status
        }
        yield _filled(declared.STATUS.gauge(), statuses)


def _filled(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Labels, float]
) -> Metric:
    for labels, value in sorted(values.items()):
        family.add_metric([str(label) for label in labels], value)
    return family


def _histogram(metric: Declared, spreads: Mapping[Names, Spread]) -> Metric:
    family = metric.histogram()
    for labels, spread in sorted(spreads.items()):
        bounds = [*map(str, DURATION_BOUNDS), "+Inf"]
        cumulative = list(zip(bounds, accumulate(spread.buckets), strict=True))
        family.add_metric(labels, cumulative, sum_value=spread.seconds)
    return family

"""Every metric that we export, declared here and nowhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from router.compare.verdict import Result
from router.control.appraisal import Appraised
from router.control.endpoints import EndpointState
from router.control.telemetry import Spread, Totals
from router.control.webhook_message import Posted
from router.model import FallbackReason, ShadowResult, Variant
from router.release.state import Release, Status
from router.wire.comparing import StreamSeen
from router.wire.counting import DURATION_BOUNDS

PREFIX: Final = "gray_router_"
SHADOW_PURSE: Final = "shadow"

Labels = TypeVar("Labels", bound=tuple[str | int, ...])
Names = TypeVar("Names", bound=tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric's name (without `PREFIX`), meaning and labels."""

    name: str
    kind: str
    means: str
    labels: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return PREFIX + self.name

    def counter(self) -> CounterMetricFamily:
        return CounterMetricFamily(self.full_name, self.means, labels=self.labels)

    def gauge(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(self.full_name, self.means, labels=self.labels)

    def histogram(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self.full_name, self.means, labels=self.labels)


REQUESTS: Final = Declared(
    "requests_total",
    "counter",
    "Requests that ended, by the variant asked last; our own 5xx in its place and 499 count there.",
    ("service", "variant", "code"),
)
ASSIGNMENTS: Final = Declared(
    "assignments_total",
    "counter",
    "Requests by the variant that they were assigned to, and why.",
    ("service", "variant", "reason"),
)
FALLBACKS: Final = Declared(
    "fallbacks_total",
    "counter",
    "Requests that were assigned to AI and passed to legacy, by reason.",
    ("service", "reason"),
)
SHADOWS: Final = Declared(
    "shadows_total",
    "counter",
    "Requests drawn to be copied, by what became of them: `paired`, or why not.",
    ("service", "result"),
)
COPIES: Final = Declared(
    "shadow_copies_in_flight",
    "gauge",
    "Copies that are being answered now.",
    ("service", "variant"),
)
COST: Final = Declared(
    "cost_usd_total",
    "counter",
    "What answers have cost, as they said in `x-gray-cost-usd`; copies are the purse `shadow`.",
    ("service", "variant", "purse"),
)
COMPARISONS: Final = Declared(
    "comparisons_total",
    "counter",
    "Pairs by what became of them: `match`, `noise`, `divergent`, `error`; or `sampled_out` beyond "
    "`compare.budget`, `dropped` of a service that is not compared any more; or lost on the way "
    "through the stream: `stream_full`, `stream_away`, `stream_expired`, `stream_unreadable`, "
    "`stream_given_up`.",
    ("service", "result"),
)
STREAM_PAIRS: Final = Declared(
    "stream_pairs",
    "gauge",
    "Pairs of all replicas that wait in the stream, or are being judged; absent without "
    "`comparer.stream`, and while it is not reached.",
)
STREAM_BYTES: Final = Declared(
    "stream_bytes", "gauge", "What they take, of `comparer.stream.max_bytes`."
)
STREAM_AGE: Final = Declared(
    "stream_age_seconds", "gauge", "How long the oldest of them has been there."
)
COVERAGE: Final = Declared(
    "shadow_coverage_ratio",
    "gauge",
    "Requests drawn to be copied whose answers were compared, of the newest phase; absent while "
    "there are none.",
    ("service",),
)
FIELD: Final = Declared(
    "field_divergence_ratio",
    "gauge",
    "How much more often a field differs from legacy's than from itself, of the newest phase; "
    "where nobody was asked twice, how often it differs. The 20 fields that do so most.",
    ("service", "field"),
)
METRIC: Final = Declared(
    "metric_divergence",
    "gauge",
    "AI's `error_rate` (a ratio) or latency (seconds) less legacy's on the same requests, of the "
    "last five minutes.",
    ("service", "metric"),
)
READY: Final = Declared(
    "rollback_ready",
    "gauge",
    "1 while legacy answers copies of what AI serves as it should, 0 while it does not; absent "
    "while that is not known.",
    ("service",),
)
REFUSED: Final = Declared(
    "refused_requests_total",
    "counter",
    "Requests that reached no service, by the code of `x-gray-error`.",
    ("error",),
)
DURATION: Final = Declared(
    "request_duration_seconds",
    "histogram",
    "From a request's head to the end of its answer.",
    ("service", "variant"),
)
FIRST_BYTE: Final = Declared(
    "time_to_first_byte_seconds",
    "histogram",
    "From a request's head to the head of its answer.",
    ("service", "variant"),
)
IN_FLIGHT: Final = Declared(
    "in_flight", "gauge", "Requests that are being answered now.", ("service", "variant")
)
CONNECTIONS: Final = Declared("open_connections", "gauge", "Client connections that are open now.")
DROPPED: Final = Declared(
    "records_dropped_total",
    "counter",
    "Lines of the `access_log` and the `event_log` that were given up, because nobody read them "
    "in time or they could not be written.",
    ("reason",),
)
SPLIT: Final = Declared(
    "split_percent", "gauge", "Percent of callers that are assigned to AI.", ("service",)
)
EFFECTIVE: Final = Declared(
    "effective_percent",
    "gauge",
    "Percent of answers that AI gave since the share was last set; absent while there are none.",
    ("service",),
)
REVISION: Final = Declared(
    "revision", "gauge", "Number of changes that the release has seen.", ("service",)
)
STATUS: Final = Declared(
    "release_status",
    "gauge",
    "1 for the status that the release is in, 0 for the others.",
    ("service", "status"),
)
WORKERS: Final = Declared(
    "workers",
    "gauge",
    "Worker processes: `ready` serve, `starting` do not yet, `leaving` finish.",
    ("state",),
)
FULL: Final = Declared(
    "accept_paused",
    "gauge",
    "Workers that accept nobody until file descriptors are free again.",
)
LEASE: Final = Declared(
    "lease_remaining_seconds",
    "gauge",
    "Time for which workers may ask AI without another word from the supervisor.",
)
RELOADED: Final = Declared(
    "config_last_reload_successful",
    "gauge",
    "1 while the config on disk is the one that runs, 0 since it was refused.",
)
STORE_UP: Final = Declared(
    "store_up",
    "gauge",
    "1 while the store can be read and has taken what it was given last.",
)
REPLICAS: Final = Declared(
    "replicas",
    "gauge",
    "Members as this one sees them, itself among them: `heard`, or `silent` for a lease or longer.",
    ("state",),
)
LEADER: Final = Declared(
    "leader", "gauge", "1 while this replica does what only one may do, as posting alerts."
)
TO_ZERO: Final = Declared(
    "time_to_zero_seconds",
    "histogram",
    "From the call of a rollback until the last worker of all replicas served by it; where another "
    "one was called, from hearing of it until the last worker here did. Only what is complete.",
)
LAST_DRILL: Final = Declared(
    "last_drill_timestamp_seconds",
    "gauge",
    "When the last drill passed (Unix seconds); absent where none ever has.",
    ("service",),
)
WEBHOOKS: Final = Declared(
    "webhooks_total",
    "counter",
    "Posts to webhooks: `delivered`, `failed` (each vain attempt), `given_up` (kept as a dead "
    "letter).",
    ("result",),
)
UP: Final = Declared(
    "endpoint_up",
    "gauge",
    "1 unless the endpoint fails its health check or its name has no address.",
    ("service", "variant", "endpoint"),
)
EJECTED: Final = Declared(
    "endpoint_ejected",
    "gauge",
    "Workers that leave the endpoint out because requests to it failed.",
    ("service", "variant", "endpoint"),
)
BUILD: Final = Declared("build_info", "gauge", "Always 1; the labels tell.", ("version", "python"))

ALL_METRICS: Final = (
    REQUESTS,
    ASSIGNMENTS,
    FALLBACKS,
    SHADOWS,
    COPIES,
    COST,
    COMPARISONS,
    STREAM_PAIRS,
    STREAM_BYTES,
    STREAM_AGE,
    COVERAGE,
    FIELD,
    METRIC,
    READY,
    REFUSED,
    DURATION,
    FIRST_BYTE,
    IN_FLIGHT,
    CONNECTIONS,
    DROPPED,
    SPLIT,
    EFFECTIVE,
    REVISION,
    STATUS,
    WORKERS,
    FULL,
    LEASE,
    RELOADED,
    STORE_UP,
    REPLICAS,
    LEADER,
    TO_ZERO,
    LAST_DRILL,
    WEBHOOKS,
    UP,
    EJECTED,
    BUILD,
)


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
        workers = WORKERS.gauge()
        for state, count in self._readings.workers.items():
            workers.add_metric([state], count)
        build = BUILD.gauge()
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
        yield _filled(REQUESTS.counter(), totals.requests)
        yield _filled(ASSIGNMENTS.counter(), totals.assignments)
        yield _filled(FALLBACKS.counter(), fallbacks | totals.fallbacks)
        yield from self._copied()
        yield _filled(REFUSED.counter(), {(code,): n for code, n in totals.refused.items()})
        yield _histogram(DURATION, totals.durations)
        yield _histogram(FIRST_BYTE, totals.first_bytes)
        yield _filled(IN_FLIGHT.gauge(), in_flight | totals.in_flight)
        yield _filled(CONNECTIONS.gauge(), {(): totals.connections})
        dropped = {
            ("access_log",): totals.log_lines_dropped,
            ("event_log",): totals.events_dropped + self._readings.events_dropped,
        }
        yield _filled(DROPPED.counter(), dropped)

    def _copied(self) -> Iterator[Metric]:
        totals = self._readings.totals
        costs = {
            (service, str(Variant.AI), SHADOW_PURSE): cost / 1e9
            for service, cost in totals.copy_costs.items()
        }
        services = {service for service, _ in totals.shadows}
        results = {(name, str(result)): 0 for name in services for result in ShadowResult}
        yield _filled(SHADOWS.counter(), results | totals.shadows)
        yield _filled(COPIES.gauge(), totals.copies)
        yield _filled(COST.counter(), costs)
        compared = {(name, result): 0 for name in services for result in Result}
        yield _filled(COMPARISONS.counter(), compared | dict(self._readings.comparisons))
        yield from self._streamed()

    def _streamed(self) -> Iterator[Metric]:
        seen = self._readings.stream
        yield _filled(STREAM_PAIRS.gauge(), {} if seen is None else {(): seen.pairs})
        yield _filled(STREAM_BYTES.gauge(), {} if seen is None else {(): seen.bytes})
        yield _filled(STREAM_AGE.gauge(), {} if seen is None else {(): seen.age})

    def _kept_running(self) -> Iterator[Metric]:
        readings = self._readings
        lease = readings.lease_remaining
        yield _filled(FULL.gauge(), {(): readings.full_workers})
        yield _filled(LEASE.gauge(), {} if lease is None else {(): max(0.0, lease)})
        yield _filled(RELOADED.gauge(), {(): int(readings.config_is_current)})
        yield _filled(STORE_UP.gauge(), {(): int(readings.store_is_up)})
        members = {(state,): count for state, count in readings.replicas.items()}
        yield _filled(REPLICAS.gauge(), members)
        yield _filled(LEADER.gauge(), {(): int(readings.leads)})
        posts = {(str(result),): readings.webhooks.get(result, 0) for result in Posted}
        yield _filled(WEBHOOKS.counter(), posts)
        no_labels: tuple[str, ...] = ()
        yield _histogram(TO_ZERO, {no_labels: readings.times_to_zero})

    def _found(self) -> Iterator[Metric]:
        by_labels = {(e.service, str(e.variant), e.endpoint): e for e in self._readings.endpoints}
        yield _filled(UP.gauge(), {labels: int(e.is_up) for labels, e in by_labels.items()})
        yield _filled(EJECTED.gauge(), {labels: e.ejected_by for labels, e in by_labels.items()})

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
        yield _filled(COVERAGE.gauge(), coverage)
        yield _filled(FIELD.gauge(), fields)
        yield _filled(METRIC.gauge(), metrics)
        yield _filled(READY.gauge(), ready)

    def _decided(self) -> Iterator[Metric]:
        releases = self._readings.releases
        yield _filled(SPLIT.gauge(), {(r.service,): r.share / 100 for r in releases})
        effective = {
            (service,): percent
            for service, percent in self._readings.effective.items()
            if percent is not None
        }
        yield _filled(EFFECTIVE.gauge(), effective)
        yield _filled(REVISION.gauge(), {(r.service,): r.revision for r in releases})
        drilled = {(r.service,): r.drilled.when for r in releases if r.drilled is not None}
        yield _filled(LAST_DRILL.gauge(), drilled)
        statuses = {
            (r.service, str(status)): int(r.status is status) for r in releases for status in Status
        }
        yield _filled(STATUS.gauge(), statuses)


def _filled(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Labels, float]
) -> Metric:
    for labels, value in sorted(values.items()):
        family.add_metric([str(label) for label in labels], value)
    return family


def _histogram(declared: Declared, spreads: Mapping[Names, Spread]) -> Metric:
    family = declared.histogram()
    for labels, spread in sorted(spreads.items()):
        bounds = [*map(str, DURATION_BOUNDS), "+Inf"]
        cumulative = list(zip(bounds, accumulate(spread.buckets), strict=True))
        family.add_metric(labels, cumulative, sum_value=spread.seconds)
    return family

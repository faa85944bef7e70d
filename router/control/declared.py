"""Every metric that we export, declared here and nowhere else."""

from dataclasses import dataclass
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

PREFIX: Final = "gray_router_"


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
    "through the stream: `too_large`, `stream_full`, `stream_away`, `stream_expired`, "
    "`stream_unreadable`, `stream_given_up`.",
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

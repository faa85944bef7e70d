from dataclasses import replace

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from router.control.appraisal import UNKNOWN, Appraised
from router.control.declared import ALL_METRICS
from router.control.endpoints import EndpointState
from router.control.metrics import Readings, Scrape
from router.control.telemetry import Totals
from router.evidence.readiness import Readiness
from router.model import BasisPoints, FallbackReason, Variant
from router.release.state import Drilled, Release, Status
from router.wire.comparing import StreamSeen
from router.wire.counting import Counts
from tests.support.counts import counted, totals_of

ENDPOINTS = (
    EndpointState("support", Variant.LEGACY, "10.0.0.5:9001", True, "", 0),
    EndpointState("support", Variant.AI, "ai.internal:9443 (10.0.0.7)", False, "refused", 2),
)


class Shown:
    """What a scraper reads."""

    def __init__(
        self,
        counts: Counts,
        effective: float | None = 33.3,
        lease: float | None = 14.5,
        stream: StreamSeen | None = None,
    ) -> None:
        readings = Readings(
            totals=totals_of(counts),
            releases=(Release("support", Status.ROLLING, BasisPoints(1234), revision=3),),
            effective={"support": effective},
            workers={"ready": 1, "starting": 0},
            version="1.2.3",
            python="3.11",
            full_workers=1,
            lease_remaining=lease,
            config_is_current=False,
            endpoints=ENDPOINTS,
            events_dropped=100,
            webhooks={"delivered": 8, "failed": 9},
            comparisons={("support", "match"): 5, ("support", "sampled_out"): 4},
            stream=stream,
            appraised={
                "support": Appraised(
                    coverage=0.84,
                    fields={"/label": 0.031},
                    metrics={"error_rate": -0.01},
                    readiness=Readiness(False, "it is slow"),
                ),
                "orders": UNKNOWN,
            },
        )
        text = generate_latest(Scrape(readings)).decode()
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def __call__(self, name: str, **labels: str) -> float | None:
        for sample in self._samples:
            if sample.name == f"gray_router_{name}" and labels.items() <= sample.labels.items():
                return sample.value
        return None


def test_what_was_counted_is_shown_under_its_labels() -> None:
    counts = counted(legacy=3, ai=2, refused=4, fallbacks=1, in_flight=5, connections=6, dropped=7)
    shown = Shown(counts)
    assert shown("requests_total", service="support", variant="legacy", code="200") == 3
    assert shown("assignments_total", service="support", variant="ai", reason="bucket") == 3
    assert shown("fallbacks_total", service="support", reason="connect") == 1
    assert shown("refused_requests_total", error="no_route") == 4
    assert shown("in_flight", service="support", variant="ai") == 5
    assert shown("open_connections") == 6
    assert shown("records_dropped_total", reason="access_log") == 7
    assert shown("records_dropped_total", reason="event_log") == 108  # workers' and our own


def test_what_became_of_pairs_is_shown() -> None:
    shown = Shown(counted())
    assert shown("comparisons_total", service="support", result="match") == 5
    assert shown("comparisons_total", service="support", result="sampled_out") == 4


def test_how_the_stream_stands_is_shown_where_there_is_one() -> None:
    shown = Shown(counted(), stream=StreamSeen(3, 4096, 0.5))
    assert shown("stream_pairs") == 3
    assert shown("stream_bytes") == 4096
    assert shown("stream_age_seconds") == 0.5
    assert Shown(counted())("stream_pairs") is None


def test_what_became_of_copies_is_shown_and_what_they_cost() -> None:
    counts = counted()
    [service] = counts.services
    copied = replace(service, shadows={"paired": 7}, copies={"ai": 2}, copy_cost=1_500_000_000)
    shown = Shown(replace(counts, services=[copied]))
    assert shown("shadows_total", service="support", result="paired") == 7
    assert shown("shadows_total", service="support", result="budget") == 0
    assert shown("shadow_copies_in_flight", service="support", variant="ai") == 2
    assert shown("cost_usd_total", service="support", variant="ai", purse="shadow") == 1.5


def test_what_was_decided_is_shown() -> None:
    shown = Shown(counted())
    assert shown("split_percent", service="support") == 12.34
    assert shown("effective_percent", service="support") == 33.3
    assert shown("revision", service="support") == 3
    assert shown("release_status", service="support", status="rolling") == 1
    assert shown("release_status", service="support", status="idle") == 0
    assert shown("workers", state="ready") == 1
    assert shown("build_info", version="1.2.3", python="3.11") == 1


def test_the_last_drill_is_shown_and_who_has_never_had_one_is_not() -> None:
    releases = (Release("support", drilled=Drilled(1_790_000_000.0, 7.5)), Release("orders"))
    text = generate_latest(Scrape(Readings(Totals(), releases, {}, {}, "1", "3"))).decode()
    shown = [line for line in text.splitlines() if line.startswith("gray_router_last_drill")]
    assert shown == ['gray_router_last_drill_timestamp_seconds{service="support"} 1.79e+09']


def test_what_keeps_the_router_going_is_shown() -> None:
    shown = Shown(counted())
    assert shown("accept_paused") == 1
    assert shown("lease_remaining_seconds") == 14.5
    assert shown("config_last_reload_successful") == 0
    assert shown("webhooks_total", result="delivered") == 8
    assert shown("webhooks_total", result="failed") == 9
    assert shown("webhooks_total", result="given_up") == 0


def test_a_lease_that_has_run_out_has_nothing_left_and_one_that_nobody_has_is_no_number() -> None:
    assert Shown(counted(), lease=-3.0)("lease_remaining_seconds") == 0
    assert Shown(counted(), lease=None)("lease_remaining_seconds") is None


def test_every_endpoint_is_shown_under_its_name_and_address() -> None:
    shown = Shown(counted())
    assert shown("endpoint_up", variant="legacy", endpoint="10.0.0.5:9001") == 1
    moved = "ai.internal:9443 (10.0.0.7)"
    assert shown("endpoint_up", service="support", variant="ai", endpoint=moved) == 0
    assert shown("endpoint_ejected", service="support", variant="ai", endpoint=moved) == 2


def test_histograms_are_cumulative_and_end_with_the_count() -> None:
    shown = Shown(counted(legacy=3))
    duration, first_byte = "request_duration_seconds", "time_to_first_byte_seconds"
    assert shown(f"{duration}_bucket", variant="legacy", le="0.001") == 3
    assert shown(f"{duration}_bucket", variant="legacy", le="60.0") == 3
    assert shown(f"{duration}_count", variant="legacy") == 3
    assert shown(f"{duration}_sum", variant="legacy") == pytest.approx(0.003)
    assert shown(f"{first_byte}_bucket", variant="legacy", le="60.0") == 0
    assert shown(f"{first_byte}_bucket", variant="legacy", le="+Inf") == 3


def test_an_unknown_effective_percent_is_no_number() -> None:
    assert Shown(counted(), effective=None)("effective_percent") is None


def test_an_alert_sees_the_first_fallback() -> None:
    readings = Readings(Totals(), (Release("support"),), {}, {}, "1", "3")
    text = generate_latest(Scrape(readings)).decode()
    for reason in FallbackReason:
        assert f'gray_router_fallbacks_total{{reason="{reason}",service="support"}} 0.0' in text
    assert 'gray_router_in_flight{service="support",variant="ai"} 0.0' in text


def test_every_declared_metric_is_exported_and_none_besides() -> None:
    readings = Readings(Totals(), (), {}, {}, "1", "3")
    exported = {metric.name for metric in Scrape(readings).collect()}
    assert exported == {declared.full_name.removesuffix("_total") for declared in ALL_METRICS}


def test_what_was_compared_is_shown_where_it_is_known() -> None:
    shown = Shown(counted())
    assert shown("shadow_coverage_ratio", service="support") == 0.84
    assert shown("field_divergence_ratio", service="support", field="/label") == 0.031
    assert shown("metric_divergence", service="support", metric="error_rate") == -0.01
    assert shown("rollback_ready", service="support") == 0
    assert shown("shadow_coverage_ratio", service="orders") is None
    assert shown("rollback_ready", service="orders") is None

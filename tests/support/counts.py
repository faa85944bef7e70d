"""Telemetry of a worker, made in one line."""

from router.wire.counting import DURATION_BOUNDS, ServiceCounts, VariantCounts
from router.wire.messages import Telemetry

LAST = len(DURATION_BOUNDS)


def telemetry(
    *,
    legacy: int = 0,
    ai: int = 0,
    ticket: int = 0,
    service: str = "support",
    in_flight: int = 0,
    connections: int = 0,
    refused: int = 0,
    fallbacks: int = 0,
) -> Telemetry:
    """A worker that gave so many answers of each variant, each within the first bucket."""
    variants = [
        VariantCounts(
            service=service,
            variant=variant,
            codes={200: count},
            served=count,
            in_flight=in_flight,
            duration_buckets=[count, *[0] * LAST],
            duration_sum=0.001 * count,
            first_byte_buckets=[*[0] * LAST, count],
            first_byte_sum=90.0 * count,
        )
        for variant, count in (("legacy", legacy), ("ai", ai))
    ]
    counts = ServiceCounts(
        service=service,
        assignments=[("legacy", "bucket", legacy), ("ai", "bucket", ai + fallbacks)],
        fallbacks={"connect": fallbacks},
        variants=variants,
    )
    return Telemetry(ticket, [counts], {"no_route": refused}, connections)

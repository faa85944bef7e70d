"""What a worker counted, made in one line."""

from router.control.telemetry import Totals
from router.wire.counting import DURATION_BOUNDS, Counts, ServiceCounts, VariantCounts

LAST = len(DURATION_BOUNDS)


def counted(
    *,
    legacy: int = 0,
    ai: int = 0,
    service: str = "support",
    in_flight: int = 0,
    connections: int = 0,
    refused: int = 0,
    fallbacks: int = 0,
    dropped: int = 0,
) -> Counts:
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
    service_counts = ServiceCounts(
        service=service,
        assignments=[("legacy", "bucket", legacy), ("ai", "bucket", ai + fallbacks)],
        fallbacks={"connect": fallbacks},
        variants=variants,
    )
    return Counts(
        [service_counts], {"no_route": refused}, connections, dropped, events_dropped=dropped + 1
    )


def totals_of(*workers: Counts) -> Totals:
    """The totals of these workers, who all live."""
    totals = Totals()
    for counts in workers:
        totals.add(counts)
    return totals

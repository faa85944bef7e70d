"""How a service's endpoints are shown to people, and what legacy had to answer in AI's place."""

from collections.abc import Iterator, Mapping
from typing import Any

from router.cli.output import printable


def endpoint_facts(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Show each endpoint on a line, the first of each variant under the variant's name."""
    for variant, endpoints in service["endpoints"].items():
        name = printable(variant)
        for endpoint in endpoints:
            yield name, f"{printable(endpoint['endpoint'])} {_state(endpoint)}"
            name = ""


def fallback_fact(release: Mapping[str, Any]) -> str:
    """Say how many answers legacy gave in AI's place, and why."""
    fallbacks = release["fallbacks"]
    if not fallbacks:
        return "no answer since then came from legacy in AI's place"
    reasons = ", ".join(f"{printable(reason)} {count}" for reason, count in fallbacks.items())
    return f"{sum(fallbacks.values())} answers since then from legacy in AI's place: {reasons}"


def _state(endpoint: Mapping[str, Any]) -> str:
    if not endpoint["up"]:
        return f"is DOWN: {printable(endpoint['reason']) or 'its probes fail'}"
    by = endpoint["ejected_by"]
    if by:
        return f"is LEFT OUT by {by} worker{'s'[: by > 1]}, since requests to it failed"
    return "is up"

"""How a service's endpoints are shown to people, and what legacy had to answer in AI's place."""

from collections.abc import Iterator, Mapping
from typing import Any

from router.cli.output import printable


def service_lines(service: Mapping[str, Any]) -> Iterator[str]:
    """Show what legacy answered in AI's place, then each endpoint on a line under its variant."""
    yield f"fallbacks {_fallbacks(service) or 'none since then'}"
    for variant, endpoints in service["endpoints"].items():
        name = printable(variant)
        for endpoint in endpoints:
            yield f"{name:9} {printable(endpoint['endpoint'])} {_state(endpoint)}"
            name = ""


def fallback_notes(listing: Mapping[str, Any]) -> Iterator[str]:
    """Name the services whose AI was not there for all that it was to answer."""
    for release in listing["services"]:
        told = _fallbacks(release)
        if told:
            yield f"{printable(release['service'])}: {told}"


def _fallbacks(release: Mapping[str, Any]) -> str:
    fallbacks = release["fallbacks"]
    if not fallbacks:
        return ""
    reasons = ", ".join(f"{printable(reason)} {count}" for reason, count in fallbacks.items())
    total = sum(fallbacks.values())
    return f"{total} since the share was set, answered by legacy in AI's place: {reasons}"


def _state(endpoint: Mapping[str, Any]) -> str:
    if not endpoint["up"]:
        return f"is DOWN: {printable(endpoint['reason']) or 'its probes fail'}"
    by = endpoint["ejected_by"]
    if by:
        return f"is LEFT OUT by {by} worker{'s'[: by > 1]}, since requests to it failed"
    return "is up"

"""Endpoints as the API shows them."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from router.control.endpoints import EndpointState
from router.model import Variant


class EndpointView(BaseModel):
    """One address of one endpoint, or a name that has none."""

    endpoint: str = Field(
        description="What the config calls it, and behind a name the address: `ai:9443 (10.0.0.7)`."
    )
    up: bool = Field(description="Whether it passes its health check, and has an address.")
    reason: str = Field(
        description="What its last probe met (`refused`, `timeout`, `status 503` …), or `no "
        "address`; empty where nothing is wrong."
    )
    ejected_by: int = Field(
        description="How many workers leave it out because requests to it failed."
    )


def endpoint_views(
    service: str, states: Iterable[EndpointState]
) -> dict[Variant, tuple[EndpointView, ...]]:
    """Return this service's endpoints by variant, in the order of the config."""
    views: dict[Variant, tuple[EndpointView, ...]] = dict.fromkeys(Variant, ())
    for state in states:
        if state.service == service:
            view = EndpointView(
                endpoint=state.endpoint,
                up=state.is_up,
                reason=state.reason,
                ejected_by=state.ejected_by,
            )
            views[state.variant] += (view,)
    return views

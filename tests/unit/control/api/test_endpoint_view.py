from router.control.api.endpoint_view import EndpointView, endpoint_views
from router.control.endpoints import EndpointState
from router.model import Variant


def test_a_services_endpoints_are_shown_by_variant_in_their_order() -> None:
    up = EndpointState("support", Variant.AI, "10.0.0.1:9002", True, "", 0)
    down = EndpointState("support", Variant.AI, "10.0.0.2:9002", False, "timeout", 2)
    other = EndpointState("orders", Variant.LEGACY, "10.0.0.3:9001", True, "", 0)
    assert endpoint_views("support", [up, other, down]) == {
        Variant.LEGACY: (),
        Variant.AI: (
            EndpointView(endpoint="10.0.0.1:9002", up=True, reason="", ejected_by=0),
            EndpointView(endpoint="10.0.0.2:9002", up=False, reason="timeout", ejected_by=2),
        ),
    }

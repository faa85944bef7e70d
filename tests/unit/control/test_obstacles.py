from router.control.endpoints import EndpointState
from router.control.obstacles import ill_legacy, open_change, unsettled
from router.model import Variant
from router.release.refusals import Obstacle
from router.release.state import Standing
from tests.support.gradual import standing


def endpoint(variant: Variant, *, is_up: bool, service: str = "support") -> EndpointState:
    return EndpointState(service, variant, "10.0.0.5:9001", is_up, "" if is_up else "refused", 0)


def test_a_legacy_that_nobody_could_go_back_to_holds_a_raise_back() -> None:
    down = endpoint(Variant.LEGACY, is_up=False)
    (obstacle,) = ill_legacy("support", [down, endpoint(Variant.AI, is_up=True)])
    assert obstacle == Obstacle(
        "legacy", "no endpoint is healthy (10.0.0.5:9001 is down (refused))"
    )


def test_one_healthy_endpoint_is_enough() -> None:
    up, down = endpoint(Variant.LEGACY, is_up=True), endpoint(Variant.LEGACY, is_up=False)
    assert ill_legacy("support", [down, up]) == ()


def test_another_services_legacy_and_an_ill_ai_hold_nothing_back() -> None:
    others = [
        endpoint(Variant.LEGACY, is_up=False, service="orders"),
        endpoint(Variant.AI, is_up=False),
    ]
    assert ill_legacy("support", others) == ()


def test_a_lost_state_is_settled_one_lease_after_it_is_served() -> None:
    lost = standing(Standing.LOST)
    assert unsettled(lost, 100.0, 15.0, 106.5) == (
        Obstacle("store", "it has lost its state, and others may know more: ask again in 9 s"),
    )
    assert unsettled(lost, 100.0, 15.0, 115.0) == ()
    assert unsettled(standing(Standing.IDLE), 100.0, 15.0, 100.0) == ()


def test_a_router_alone_has_nobody_to_wait_for() -> None:
    assert unsettled(standing(Standing.LOST), 100.0, 0.0, 100.0) == ()


def test_workers_that_serve_by_an_earlier_change_hold_a_raise_back() -> None:
    assert open_change(["worker-1", "worker-2"]) == (
        Obstacle("workers", "the last change is not acknowledged by worker-1, worker-2"),
    )
    assert open_change([]) == ()

from router.control.endpoints import EndpointState
from router.control.obstacles import ill_legacy, open_change
from router.model import Variant
from router.release.refusals import Obstacle


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


def test_workers_that_serve_by_an_earlier_change_hold_a_raise_back() -> None:
    assert open_change(["worker-1", "worker-2"]) == (
        Obstacle("workers", "the last change is not acknowledged by worker-1, worker-2"),
    )
    assert open_change([]) == ()

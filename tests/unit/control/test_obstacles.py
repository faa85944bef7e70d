from router.control.endpoints import EndpointState
from router.control.obstacles import (
    differing_configs,
    ill_legacy,
    open_change,
    unsettled,
    who_runs_what,
)
from router.model import Variant
from router.release.refusals import Obstacle
from router.release.state import Standing
from router.replica.membership import Presence
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


def runs(replica: str, config: str, version: str = "1.0") -> Presence:
    return Presence(replica, f"{replica}-1", config_hash=config, version=version)


def test_replicas_that_run_different_configs_hold_a_raise_back() -> None:
    members = [runs("b", "abc"), runs("a", "abc"), runs("c", "def")]
    (obstacle,) = differing_configs(members)
    assert obstacle == Obstacle("replicas", "their configs differ (a, b: abc; c: def)")


def test_replicas_that_run_the_same_config_hold_nothing_back() -> None:
    assert differing_configs([runs("a", "abc"), runs("b", "abc", "2.0")]) == ()
    assert differing_configs([]) == ()


def test_where_versions_differ_too_they_are_named() -> None:
    told = who_runs_what([runs("a", "abc"), runs("b", "def", "2.0")])
    assert told == "a: abc (version 1.0); b: def (version 2.0)"

from collections.abc import Mapping
from dataclasses import replace

import pytest

from router.control.served import UNREAD, Served, held_at_zero
from router.errors import UnknownServiceError
from router.model import BasisPoints
from router.release.state import Drilled, HeldFor, Pending, Release, Standing, Status
from router.routing.snapshot import Snapshot
from tests.support.releases import (
    NOON,
    PLAN,
    HeardWorkers,
    Router,
    begun,
    compiled,
    planned,
    router_of,
    unheralded,
)

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)
BACK = Release("support", Status.ROLLED_BACK, epoch=1, revision=4, phase=3)


def serving(*releases: Release) -> Router:
    return begun(router_of(HeardWorkers(), *releases))


def test_nothing_reaches_ai_before_it_is_known_how_everything_stood() -> None:
    router = router_of(HeardWorkers(), ROLLING)
    router.served.begin()
    (service,) = router.workers.heard[-1].services
    assert (service.share, service.rolled_back) == (0, True)
    assert router.served.hold == router.served.release("support").reason == UNREAD


def test_what_is_known_before_the_first_snapshot_is_in_it() -> None:
    router = router_of(HeardWorkers(), ROLLING)
    router.served.restore({"support": ROLLING}, is_read=True, hold=None)
    assert router.workers.heard == []
    router.served.begin(above=6)
    assert router.workers.shares() == [2000]
    assert router.workers.heard[0].version == 7


def test_a_later_release_takes_the_place_of_an_earlier_one_and_never_the_other_way() -> None:
    served = serving(ROLLING).served
    assert served.put(BACK) is True
    assert served.put(replace(ROLLING, revision=9)) is False
    assert served.put(BACK) is False
    assert served.release("support") is BACK


def test_several_releases_are_published_in_one_snapshot() -> None:
    router = serving(ROLLING, Release("orders"))
    router.served.put(BACK, Release("orders", Status.ROLLED_BACK, epoch=1, revision=1))
    assert len(router.workers.heard) == 1
    assert [service.rolled_back for service in router.workers.heard[0].services] == [True, True]


def test_what_is_compiled_anew_is_published_with_the_same_releases() -> None:
    router = serving(ROLLING)
    before = router.served.latest
    router.served.compile_again()
    assert router.workers.shares() == [2000]
    assert router.served.latest.version == before.version + 1


def test_before_the_first_snapshot_nothing_is_compiled_anew() -> None:
    router = router_of(HeardWorkers(), ROLLING)
    router.served.compile_again()
    assert router.workers.heard == []


def test_how_much_is_copied_is_not_forgotten_while_ai_is_held_at_0() -> None:
    assert held_at_zero(replace(ROLLING, shadow=BasisPoints(0)), "why").shadow == 0


def test_what_was_rolled_back_while_nothing_was_known_stays_so() -> None:
    router = router_of(HeardWorkers(), ROLLING)
    router.served.put(BACK)
    router.served.restore({"support": ROLLING}, is_read=True, hold=None)
    assert router.served.release("support") is BACK


def test_a_release_of_a_service_that_nobody_has_configured_is_kept_for_its_return() -> None:
    served = serving(Release("orders")).served
    served.restore({"support": ROLLING}, is_read=True, hold=None)
    with pytest.raises(UnknownServiceError):
        served.release("support")
    assert served.newcomer("support", PLAN, NOON).revision == 4


def test_a_service_that_comes_before_anything_is_known_is_held_at_0_too() -> None:
    served = router_of(HeardWorkers(), ROLLING).served
    assert served.newcomer("orders", PLAN, NOON).standing is Standing.LOST


def test_a_change_of_a_service_that_is_gone_counts_when_it_comes_back() -> None:
    served = serving(ROLLING, Release("orders")).served
    served.adopt(compiled, planned("orders"), Release, unheralded)
    assert served.find("support") is None
    assert served.put(replace(ROLLING, revision=8)) is True
    assert served.newcomer("support", PLAN, NOON).revision == 9


def test_the_store_has_what_it_was_given() -> None:
    served = serving(ROLLING).served
    served.restore({}, is_read=True, hold=None)
    assert served.remembered("support") == (0, 3)
    fresh = router_of(HeardWorkers(), Release("orders")).served
    assert fresh.remembered("orders") is None
    fresh.remember("orders")
    assert fresh.remembered("orders") == (0, 0)


def test_what_is_held_at_0_stands_where_it_stood_and_lets_nothing_reach_ai() -> None:
    pending = Pending("set", BasisPoints(5000), None, "ada", "", NOON)
    held = held_at_zero(replace(ROLLING, pending=pending), "no journal")
    assert (held.epoch, held.revision, held.share) == (0, 3, 0)
    assert held.standing is Standing.LOST
    assert held.held is not None
    assert (held.held.why, held.held.share) == (HeldFor.LOST_STATE, 2000)
    assert held.reason == "no journal"


def test_what_is_rolled_back_need_not_be_held() -> None:
    assert held_at_zero(BACK, "no journal") is BACK


# Who holds on...

HOLDING = replace(PLAN, holds_on=True)
COMPLETE = Release("support", Status.COMPLETE, BasisPoints(10_000), revision=4, phase=3)


def compiled_to_hold(releases: Mapping[str, Release], version: int) -> Snapshot:
    made = compiled(releases, version)
    services = (replace(it, holds_on=HOLDING.holds(releases[it.name])) for it in made.services)
    return replace(made, services=tuple(services))


def holding(release: Release) -> Served:
    plans = {"support": HOLDING}
    workers = HeardWorkers()
    return begun(router_of(workers, release, plans=plans, compile_snapshot=compiled_to_hold)).served


def test_a_rollback_has_no_bound_once_the_release_is_complete_and_holds_on() -> None:
    served = holding(ROLLING)
    assert not served.holds_on("support")
    served.put(COMPLETE)
    assert served.holds_on("support")
    served.put(BACK)
    assert served.holds_on("support")
    served.put(replace(ROLLING, epoch=1, revision=5))
    assert served.holds_on("support")  # of whoever has not heard of it yet


def test_of_a_rollback_from_before_the_start_the_worst_is_assumed() -> None:
    assert holding(BACK).holds_on("support")
    assert not serving(BACK).served.holds_on("support")


def test_it_knows_since_when_it_serves_by_a_release() -> None:
    now = [500.0]
    router = begun(router_of(HeardWorkers(), ROLLING, boottime=lambda: now[-1]))
    assert router.served.since("support") == 500.0
    now.append(507.0)
    assert not router.served.put(ROLLING)
    assert router.served.since("support") == 500.0
    router.served.put(BACK)
    assert router.served.since("support") == 507.0


def test_a_drill_that_has_passed_is_not_forgotten_while_ai_is_held_at_0() -> None:
    drilled = replace(ROLLING, drilled=Drilled(NOON, 7.5))
    assert held_at_zero(drilled, "away").drilled == drilled.drilled

from dataclasses import replace

import pytest

from router.proxy.deadlines import NEVER
from router.proxy.permits import Permits
from router.routing.snapshot import Service
from tests.support.score import SUPPORT

BARRED = replace(SUPPORT, rolled_back=True, epoch=1)
HELD = replace(SUPPORT, holds_on=True)
ORDERS = replace(SUPPORT, name="orders")


def test_a_service_has_one_permit_as_long_as_nothing_is_rolled_back() -> None:
    permits = Permits()
    assert permits.renew([SUPPORT]) == []
    first = permits.of("support")
    assert (first.is_valid, first.last_begun, first.ends_by) == (True, 0.0, NEVER)
    assert permits.renew([replace(SUPPORT, revision=9)]) == []
    assert permits.of("support") is first


def test_a_rollback_withdraws_it_and_gives_one_that_permits_nothing() -> None:
    permits = Permits()
    permits.renew([SUPPORT])
    first = permits.of("support")
    first.last_begun = 5.0
    assert permits.renew([BARRED]) == [BARRED]
    assert not first.is_valid
    assert not permits.of("support").is_valid
    assert permits.of("support").last_begun == 5.0


def test_the_next_start_gives_a_permit_and_brings_none_back() -> None:
    permits = Permits()
    permits.renew([SUPPORT])
    first = permits.of("support")
    permits.renew([BARRED])
    assert permits.renew([replace(SUPPORT, epoch=1)]) == []
    assert permits.of("support").is_valid
    assert not first.is_valid


@pytest.mark.parametrize("rolled_back", [False, True])
def test_an_epoch_that_has_grown_tells_of_a_rollback(rolled_back: bool) -> None:
    permits = Permits()
    permits.renew([SUPPORT])
    first = permits.of("support")
    grown = replace(SUPPORT, epoch=1, rolled_back=rolled_back)
    assert permits.renew([grown]) == [grown]
    assert not first.is_valid
    assert permits.of("support").is_valid is not rolled_back


def test_to_be_barred_withdraws_it_in_the_same_epoch_too() -> None:
    permits = Permits()
    permits.renew([SUPPORT])
    first = permits.of("support")
    barred = replace(SUPPORT, rolled_back=True)
    assert permits.renew([barred]) == [barred]
    assert not first.is_valid


def test_a_second_rollback_is_told_of_and_the_same_table_again_is_not() -> None:
    permits = Permits()
    permits.renew([BARRED])
    assert permits.renew([BARRED]) == []
    again = replace(BARRED, epoch=2)
    assert permits.renew([again]) == [again]


def test_who_begins_barred_rolls_nobody_back() -> None:
    permits = Permits()
    assert permits.renew([BARRED]) == []
    assert not permits.of("support").is_valid


def test_services_have_permits_of_their_own() -> None:
    permits = Permits()
    orders = replace(SUPPORT, name="orders")
    permits.renew([SUPPORT, orders])
    assert permits.renew([BARRED, orders]) == [BARRED]
    assert permits.of("orders").is_valid


def leased(*services: Service) -> Permits:
    """Permits under which those hold on that are to."""
    permits = Permits()
    permits.was_leased = True
    permits.renew(services)
    permits.hold(services)
    return permits


def test_a_service_holds_on_once_there_was_a_lease() -> None:
    permits = Permits()
    permits.renew([HELD, ORDERS])
    assert permits.hold([HELD, ORDERS]) == []
    assert not permits.of("support").holds_on
    permits.was_leased = True
    assert permits.hold([HELD, ORDERS]) == []
    assert permits.of("support").holds_on
    assert not permits.of("orders").holds_on


def test_whoever_holds_on_no_more_is_named_once() -> None:
    permits = leased(HELD, ORDERS)
    assert permits.hold([SUPPORT, ORDERS]) == [SUPPORT]
    assert not permits.of("support").holds_on
    assert permits.hold([SUPPORT, ORDERS]) == []


def test_a_lease_that_never_was_takes_it_back() -> None:
    permits = leased(HELD)
    permits.was_leased = False
    assert permits.hold([HELD]) == [HELD]
    assert not permits.of("support").holds_on


def test_a_service_that_is_taken_out_holds_on_no_more() -> None:
    permits = leased(HELD, ORDERS)
    assert permits.hold([ORDERS]) == []
    assert not permits.of("support").holds_on


def test_the_permit_after_a_rollback_holds_on_only_when_it_is_told_to() -> None:
    permits = leased(HELD)
    first = permits.of("support")
    permits.renew([BARRED])
    assert permits.hold([BARRED]) == []
    assert (first.is_valid, permits.of("support").holds_on) == (False, False)


def test_who_comes_after_all_were_replaced_comes_with_another_permit() -> None:
    permits = Permits()
    orders = replace(BARRED, name="orders")
    permits.renew([SUPPORT, orders])
    first = permits.of("support")
    first.last_begun = 5.0
    assert permits.replace([SUPPORT, orders]) == [SUPPORT]
    assert not first.is_valid
    assert permits.of("support").is_valid
    assert permits.of("support").last_begun == 5.0
    assert not permits.of("orders").is_valid

import logging
from dataclasses import replace

import pytest

from router.control.holding import REMEMBERED, Holding
from router.routing.snapshot import Service, Snapshot
from tests.support.score import SUPPORT

HELD = replace(SUPPORT, holds_on=True)
BARRED = replace(SUPPORT, rolled_back=True, epoch=1)
ORDERS = replace(HELD, name="orders")


class Seen:
    """Who holds on, and what was said of it."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.now = 100.0
        self.holding = Holding(lambda: self.now)
        self._caplog = caplog

    def see(self, *services: Service, config: str = "a") -> list[list[str]]:
        self._caplog.clear()
        self.holding.see(Snapshot(1, services, config_hash=config))
        records = self._caplog.records
        assert all(
            (record.getMessage(), record.levelno) == ("hold_without_bound", logging.WARNING)
            for record in records
        )
        return [getattr(record, "fields", {})["services"] for record in records]


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Seen:
    caplog.set_level(logging.INFO, logger="gray_router")
    return Seen(caplog)


def test_it_is_said_when_a_service_begins_to_hold_on_and_with_each_config(seen: Seen) -> None:
    assert seen.see(SUPPORT, replace(ORDERS, holds_on=False)) == []
    assert seen.see(HELD, replace(ORDERS, holds_on=False)) == [["support"]]
    assert seen.see(HELD, ORDERS) == [["orders"]]
    assert seen.see(HELD, ORDERS) == []
    assert seen.see(HELD, ORDERS, config="b") == [["support", "orders"]]
    assert seen.see(SUPPORT, config="c") == []


def test_it_is_said_again_when_a_service_holds_on_again(seen: Seen) -> None:
    assert seen.see(HELD) == [["support"]]
    assert seen.see(SUPPORT) == []
    assert seen.see(HELD) == [["support"]]


def test_whoever_has_not_heard_of_a_rollback_holds_on(seen: Seen) -> None:
    seen.see(SUPPORT)
    assert seen.holding.known("support") is False
    seen.see(HELD)
    assert seen.holding.known("support") is True
    seen.see(BARRED)
    assert seen.holding.known("support") is True
    seen.see(replace(BARRED, epoch=2))
    assert seen.holding.known("support") is True
    seen.now += REMEMBERED
    assert seen.holding.known("support") is True


def test_whoever_has_not_heard_that_it_went_on_holds_on_for_as_long_as_he_is_a_member(
    seen: Seen,
) -> None:
    seen.see(HELD)
    seen.see(replace(SUPPORT, revision=9))
    assert seen.holding.known("support") is True
    seen.now += REMEMBERED
    assert seen.holding.known("support") is False
    seen.see(BARRED)
    assert seen.holding.known("support") is False


def test_a_rollback_soon_after_it_went_on_is_not_heard_of_either(seen: Seen) -> None:
    seen.see(HELD)
    seen.see(replace(SUPPORT, revision=9))
    seen.see(BARRED)
    seen.now += REMEMBERED
    assert seen.holding.known("support") is True


def test_how_it_was_before_a_rollback_that_is_remembered_is_not_known(seen: Seen) -> None:
    assert seen.holding.known("support") is None
    seen.see(BARRED)
    assert seen.holding.known("support") is None
    seen.see(SUPPORT, BARRED)
    seen.see(ORDERS)
    assert seen.holding.known("support") is None

from dataclasses import replace

import pytest

from router.control.caller import ROUTER, Caller
from router.control.entries import entry_for, entry_of_refusal, lost, outlived, rolled_back
from router.model import BasisPoints
from router.release.commands import Rollback
from router.release.state import Release, Standing, Status
from tests.support.releases import NOON, PLAN

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), epoch=1, revision=3, phase=2)


def test_a_refusal_is_an_entry_without_a_release() -> None:
    ada = Caller("ada", "10.0.0.7", "api")
    entry = entry_of_refusal(ada, "drill", "support", "monthly", "not now", at=NOON)
    assert (entry.who, entry.command, entry.why) == ("ada", "drill", "monthly")
    assert (entry.refused, entry.old, entry.new) == ("not now", None, None)


def test_an_entry_says_who_did_what_from_where() -> None:
    ada = Caller("ada", "10.0.0.7", "api")
    entry = entry_for(ada, Rollback(by="ada", at=NOON, reason="r"), None, ROLLING)
    assert (entry.who, entry.origin) == ("ada", "10.0.0.7 via api")
    assert (entry.command, entry.service, entry.why, entry.old, entry.new) == (
        "rollback",
        "support",
        "r",
        None,
        ROLLING,
    )


def test_a_rollback_leads_somewhere_from_everywhere() -> None:
    after = rolled_back(ROLLING, Rollback(by="ada", at=NOON), PLAN)
    assert (after.status, after.epoch, after.revision) == (Status.ROLLED_BACK, 2, 4)


def test_what_is_lost_stands_still_and_remembers_how_it_was() -> None:
    entry = lost(ROLLING, PLAN, NOON)
    assert entry.new is not None
    assert (entry.new.standing, entry.new.epoch, entry.new.revision) == (Standing.LOST, 1, 4)
    assert entry.new.held is not None
    assert entry.new.held.share == 2000
    assert (entry.who, entry.command, entry.why) == ("router", "lose_state", "store_lost_state")


@pytest.mark.parametrize("seen", [(1, 3), (1, 2), (0, 9)])
def test_who_serves_by_what_is_remembered_or_less_is_no_surprise(seen: tuple[int, int]) -> None:
    assert outlived(ROLLING, seen, PLAN, NOON) is None


def test_a_change_that_is_not_remembered_is_lost_state_beyond_it() -> None:
    entry = outlived(ROLLING, (1, 7), PLAN, NOON)
    assert entry is not None
    assert entry.new is not None
    assert (entry.new.standing, entry.new.epoch, entry.new.revision) == (Standing.LOST, 1, 8)
    assert entry.old == ROLLING


def test_a_rollback_that_is_not_remembered_is_carried_out_once_more() -> None:
    entry = outlived(ROLLING, (3, 2), PLAN, NOON)
    assert entry is not None
    assert entry.who == ROUTER.name
    assert entry.new is not None
    assert entry.new == replace(
        Release("support", Status.ROLLED_BACK, epoch=4, revision=4, phase=3, updated_at=NOON),
        by="router",
        reason=entry.why,
        rollbacks=entry.new.rollbacks,
    )
    assert [called.epoch for called in entry.new.rollbacks] == [4]

from router.release.state import Release, Standing, Status
from router.replica.judging import Finding, Judgement
from router.replica.lost_state import Losses, is_settled, paused
from tests.support.known import NOON, PLAN, at, lost, rolled_back

FIFTY = at(50)
MISSING = Judgement(Finding.MISSING, FIFTY)


def test_what_is_missing_is_lost_after_one_lease() -> None:
    losses = Losses().seen([MISSING], 100.0).seen([MISSING], 110.0)
    assert not losses.are_final("support", 15.0, 114.9)
    assert losses.are_final("support", 15.0, 115.0)
    assert not losses.are_final("search", 15.0, 115.0)


def test_what_is_there_again_was_not_lost() -> None:
    losses = Losses().seen([MISSING], 100.0).seen([Judgement(Finding.CURRENT, FIFTY)], 110.0)
    assert not losses.seen([MISSING], 112.0).are_final("support", 15.0, 120.0)


def test_ai_stands_still_at_0_and_what_it_had_is_known() -> None:
    after = paused(FIFTY, PLAN, "router", NOON)
    assert (after.status, after.share, after.reason) == (Status.PAUSED, 0, "store_lost_state")
    assert after.held is not None
    assert after.held.share == 5000
    assert after.is_barred
    assert after.stand > FIFTY.stand


def test_it_knows_the_rollbacks_that_were_known() -> None:
    again = at(5, rolled_back(FIFTY))
    assert paused(again, PLAN, "router", NOON).rollbacks == again.rollbacks != ()


def test_it_may_be_resumed_when_everybody_has_had_the_time_to_speak() -> None:
    release = lost(FIFTY)
    assert release.standing is Standing.LOST
    assert not is_settled(release, 100.0, 15.0, 114.9)
    assert is_settled(release, 100.0, 15.0, 115.0)
    assert is_settled(Release("support"), 100.0, 15.0, 100.0)

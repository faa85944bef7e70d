from router.model import BasisPoints
from router.release.state import Release, Status, set_share


def test_a_release_begins_at_nothing_for_nobody() -> None:
    release = Release("support")
    assert (release.share, release.revision, release.epoch) == (0, 0, 0)
    assert release.status is Status.IDLE


def test_a_share_is_set_by_somebody_for_a_reason_at_a_time() -> None:
    before = Release("support", epoch=3, revision=7)
    after = set_share(before, BasisPoints(500), by="ann", reason="first canary", at=12.5)
    assert after == Release("support", BasisPoints(500), 3, 8, 12.5, "ann", "first canary")
    assert after.status is Status.ROLLING


def test_what_was_decided_before_is_left_as_it_was() -> None:
    before = Release("support")
    set_share(before, BasisPoints(500), by="ann", reason="", at=0.0)
    assert before == Release("support")


def test_nobody_with_ai_means_idle_again() -> None:
    rolling = set_share(Release("support"), BasisPoints(500), by="", reason="", at=0.0)
    back = set_share(rolling, BasisPoints(0), by="", reason="", at=0.0)
    assert back.status is Status.IDLE
    assert back.revision == 2

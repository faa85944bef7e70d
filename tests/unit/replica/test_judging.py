import pytest

from router.release.state import Release
from router.replica.judging import Finding, Serving, Stored, judge, judge_all, renews
from tests.support.known import at, lost, rolled_back

FIFTY = at(50)
OFF = rolled_back(FIFTY)
AGAIN = at(5, OFF)


def found(
    stored: Release | None, served: Release, *, birth: str = "b", asked: float = 9.0
) -> tuple[Finding, Release]:
    releases = {} if stored is None else {"support": stored}
    judgement = judge(Stored(releases, birth, asked), Serving(served, since=5.0, birth="b"))
    assert judgement.renews is (judgement.finding in (Finding.CURRENT, Finding.LATER))
    return judgement.finding, judgement.release


@pytest.mark.parametrize(
    ("stored", "served", "finding"),
    [
        (FIFTY, FIFTY, Finding.CURRENT),
        (OFF, FIFTY, Finding.LATER),
        (AGAIN, OFF, Finding.LATER),
        (FIFTY, OFF, Finding.BEHIND),
        (at(5), at(20, at(5)), Finding.BEHIND),
        (OFF, AGAIN, Finding.BEHIND),
        (FIFTY, AGAIN, Finding.FORGETFUL),
        (Release("support"), AGAIN, Finding.FORGETFUL),
        (None, AGAIN, Finding.MISSING),
        (None, OFF, Finding.BEHIND),
        (FIFTY, lost(AGAIN), Finding.BEHIND),
        (None, Release("support"), Finding.BEHIND),
    ],
)
def test_an_answer_is_compared_with_what_is_served(
    stored: Release | None, served: Release, finding: Finding
) -> None:
    is_followed = finding in (Finding.CURRENT, Finding.LATER)
    assert found(stored, served) == (finding, stored if is_followed else served)


def test_a_store_that_was_made_anew_has_forgotten_what_it_is_behind_with() -> None:
    assert found(OFF, AGAIN, birth="another")[0] is Finding.FORGETFUL
    assert found(AGAIN, OFF, birth="another")[0] is Finding.LATER


@pytest.mark.parametrize("stored", [None, FIFTY, OFF])
def test_an_answer_to_what_was_asked_before_says_nothing_of_a_loss(stored: Release | None) -> None:
    assert found(stored, AGAIN, asked=4.0) == (Finding.OLD, AGAIN)


def test_a_rollback_that_the_store_does_not_know_is_brought_beyond_what_it_has() -> None:
    finding, release = found(AGAIN, rolled_back(FIFTY, by="cid"))
    assert finding is Finding.BEHIND
    assert (release.epoch, release.share) == (2, 0)


def test_one_service_that_the_store_is_behind_with_keeps_the_lease_from_being_renewed() -> None:
    other = Release("search")
    servings = [Serving(FIFTY, 0.0, "b"), Serving(other, 0.0, "b")]
    judged = judge_all(Stored({"support": FIFTY}, "b", 1.0), servings)
    assert [judgement.finding for judgement in judged] == [Finding.CURRENT, Finding.BEHIND]
    assert not renews(judged)
    assert renews(judged[:1])


def test_what_was_lost_is_told_from_what_is_late() -> None:
    judged = [
        judge(Stored({"support": stored} if stored else {}, "b", 9.0), Serving(AGAIN, 5.0, "b"))
        for stored in (None, FIFTY, OFF)
    ]
    assert [judgement.is_loss for judgement in judged] == [True, True, False]

import pytest

from router.release.commands import Complete
from router.release.state import Release
from router.replica.lease import DRIFT, Lease, longest, may_ask_ai
from tests.support.known import NOON, after, at, rolled_back

HELD = Lease(15.0, until=115.0)


def test_it_counts_from_the_sending() -> None:
    assert HELD.renewed(sent=101.0, now=104.0).until == 116.0


def test_an_answer_out_of_order_takes_nothing_from_it() -> None:
    assert HELD.renewed(sent=99.0, now=104.0).until == 115.0


def test_it_holds_until_its_end_alone() -> None:
    assert HELD.holds(114.999)
    assert not HELD.holds(115.0)


def test_it_begins_lost() -> None:
    assert not Lease(15.0).holds(0.0)
    assert not Lease(15.0).was_held


def returned(*times: tuple[float, float]) -> Lease:
    lease = HELD
    for sent, now in times:
        lease = lease.renewed(sent, now)
    return lease


def test_it_returns_after_three_renewals_one_after_the_other() -> None:
    assert not returned((200.0, 200.1), (200.2, 200.3)).holds(200.4)
    assert returned((200.0, 200.1), (200.2, 200.3), (200.4, 200.5)).until == 215.4


def test_three_that_were_sent_at_once_are_one() -> None:
    assert not returned((200.0, 200.1), (200.01, 200.1), (200.02, 200.1)).holds(200.2)


def test_the_same_answer_twice_is_one() -> None:
    assert not returned((200.0, 200.1), (200.0, 200.2), (200.0, 200.3)).holds(200.4)


def test_a_missed_one_breaks_the_row() -> None:
    lease = returned((200.0, 200.1), (200.2, 200.3)).missed().renewed(200.4, 200.5)
    assert not lease.holds(200.6)


def test_too_long_a_pause_breaks_the_row() -> None:
    assert not returned((200.0, 200.1), (200.2, 200.3), (216.0, 216.1)).holds(216.2)


def test_an_answer_that_took_longer_than_the_lease_renews_nothing() -> None:
    lease = returned((200.0, 200.1), (200.2, 200.3), (200.4, 215.4))
    assert (lease.holds(215.4), lease.row) == (False, 0)


def test_a_missed_one_ends_nothing_that_is_held() -> None:
    assert HELD.missed().holds(114.0)


def test_it_is_broken_at_once_and_never_made_longer_by_that() -> None:
    assert not HELD.broken(101.0).holds(101.0)
    assert HELD.broken(200.0).until == 115.0


def test_what_cannot_be_read_renews_nothing_and_leaves_nothing_to_hold_on_to() -> None:
    assert HELD.unjudged(114.9) == HELD.missed()
    over = HELD.unjudged(115.0)
    assert over == Lease(15.0)
    assert not may_ask_ai(WHOLE, over, 115.0, holds_on=True)


def test_it_is_renewed_faster_while_it_is_lost() -> None:
    assert HELD.next_renewal(sent=100.0, now=100.1) == 101.0
    assert HELD.next_renewal(sent=200.0, now=200.1) == 200.25


def test_its_longest_time_covers_the_slowest_clock() -> None:
    assert longest(15.0) > 15.0 / (1 - DRIFT)


WHOLE = after(at(100), Complete(by="ann", at=NOON, epoch=0))


@pytest.mark.parametrize(
    ("release", "lease", "may"),
    [
        (WHOLE, HELD, True),
        (at(100), HELD, False),
        (rolled_back(WHOLE), HELD, False),
        (WHOLE, Lease(15.0), False),
    ],
    ids=["complete", "rolling", "rolled back", "never held"],
)
def test_without_a_lease_only_what_is_complete_goes_on_and_only_where_it_is_to(
    release: Release, lease: Lease, *, may: bool
) -> None:
    assert may_ask_ai(release, lease, 200.0, holds_on=True) is may
    assert not may_ask_ai(release, lease, 200.0, holds_on=False)


def test_after_a_rollback_no_lease_helps() -> None:
    assert may_ask_ai(at(5), HELD, 100.0, holds_on=False)
    assert not may_ask_ai(rolled_back(at(5)), HELD, 100.0, holds_on=True)

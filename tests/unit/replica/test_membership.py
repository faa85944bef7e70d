from dataclasses import replace

from router.replica.membership import Membership, Presence

HORIZON = 25.0


def presence(replica: str, start: int = 1, config_hash: str = "c", beat: int = 1) -> Presence:
    where = f"https://{replica}:9902"
    return Presence(replica, f"{replica}-{start}", 2, where, config_hash=config_hash, beat=beat)


A, B = presence("a"), presence("b")


def names(membership: Membership, now: float) -> list[str]:
    return [member.instance for member in membership.members(HORIZON, now)]


def test_a_member_is_whoever_was_heard_within_the_horizon() -> None:
    membership = Membership().told([A, B], 100.0)
    later = membership.told([presence("a", beat=2), B], 125.0)
    assert names(later, 125.0) == ["a-1"]
    assert names(later.told([presence("b", beat=2)], 126.0), 126.0) == ["a-1", "b-1"]


def test_nobody_is_forgotten_while_the_store_is_away() -> None:
    membership = Membership().told([A, B], 100.0)
    assert names(membership, 9999.0) == ["a-1", "b-1"]
    assert names(membership.told([presence("a", beat=2)], 126.0), 126.0) == ["a-1"]


def test_a_store_that_has_lost_its_list_makes_nobody_forgotten_at_once() -> None:
    membership = Membership().told([A, B], 100.0).told([A], 101.0)
    assert names(membership, 101.0) == ["a-1", "b-1"]


def test_whoever_speaks_to_us_directly_is_a_member_whatever_the_store_says() -> None:
    membership = Membership().met(B, 100.0)
    assert names(membership, 100.0) == ["b-1"]
    later = membership.told([B], 101.0)
    assert [member.advertise for member in later.members(HORIZON, 101.0)] == ["https://b:9902"]


def test_whoever_has_left_in_order_is_none() -> None:
    membership = (
        Membership().told([A, B], 100.0).told([A, replace(B, beat=2, has_left=True)], 101.0)
    )
    assert names(membership, 101.0) == ["a-1"]


def test_what_nobody_waits_for_is_not_kept() -> None:
    membership = Membership().told([A, B], 100.0).told([presence("a", beat=2)], 130.0)
    assert list(membership.forgotten(HORIZON, 130.0).known) == ["a-1"]

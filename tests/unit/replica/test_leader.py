from hypothesis import given, strategies as st

from router.replica.leader import HELD_FOR, Leadership, Lock, granted, may_write


def test_the_first_to_ask_has_it_and_the_next_has_not() -> None:
    lock = granted(None, "a", seen=0, now=100.0)
    assert lock == Lock("a", 1, 110.0)
    assert granted(lock, "b", seen=0, now=109.9) == lock


def test_whoever_has_it_keeps_his_fence() -> None:
    lock = granted(Lock("a", 1, 110.0), "a", seen=1, now=105.0)
    assert lock == Lock("a", 1, 115.0)


def test_each_holder_has_a_higher_fence() -> None:
    assert granted(Lock("a", 1, 110.0), "b", seen=0, now=110.0) == Lock("b", 2, 120.0)
    assert granted(Lock("a", 1, 110.0), "a", seen=1, now=110.0) == Lock("a", 2, 120.0)


def test_a_store_that_lost_its_state_goes_on_from_what_the_asker_has_seen() -> None:
    assert granted(None, "b", seen=7, now=0.0).fence == 8
    assert granted(Lock("a", 1, 110.0), "b", seen=7, now=100.0) == Lock("b", 8, 110.0)


def test_the_holder_believes_it_from_the_sending_and_not_for_as_long_as_the_store() -> None:
    leader = Leadership().answered(Lock("a", 3, 999.0), "a", sent=50.0)
    assert (leader.fence, leader.leads(50.0)) == (3, True)
    assert not leader.leads(50.0 + HELD_FOR)


def test_whoever_hears_of_another_leads_no_more() -> None:
    leader = Leadership().answered(Lock("a", 3, 999.0), "a", sent=50.0)
    after = leader.answered(Lock("b", 4, 999.0), "a", sent=51.0)
    assert (after.leads(51.0), after.seen) == (False, 4)
    assert not after.answered(Lock("a", 3, 999.0), "a", sent=50.5).leads(51.0)


def test_what_has_seen_a_higher_fence_refuses_a_lower_one() -> None:
    assert may_write(4, 4)
    assert not may_write(3, 4)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 15), st.booleans(), st.floats(0, 5)),
        max_size=30,
    )
)
def test_no_two_lead_with_the_same_fence(
    asked: list[tuple[str, float, bool, float]],
) -> None:
    """The store may be emptied; answers take their time."""
    lock, now, holders = None, 0.0, dict[int, str]()
    leaders = {name: Leadership() for name in "abc"}
    for name, later, is_emptied, delay in asked:
        now += later
        seen = max(each.seen for each in leaders.values())
        lock = granted(None if is_emptied else lock, name, seen, now + delay)
        leaders[name] = leaders[name].answered(lock, name, now)
        if leaders[name].leads(now):
            assert holders.setdefault(leaders[name].fence, name) == name

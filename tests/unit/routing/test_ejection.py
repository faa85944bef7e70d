import pytest
from hypothesis import given, strategies as st

from router.routing.ejection import (
    MOST_TIMES,
    Record,
    count_failure,
    most_out,
    still_counted,
    too_many,
)
from router.routing.snapshot import Ejection

POLICY = Ejection(consecutive=3, base=30.0, max_percent=50.0)


def fail(record: Record, times: int, now: float, *, has_room: bool = True) -> list[bool]:
    return [count_failure(record, POLICY, now, has_room=has_room) for _ in range(times)]


def eject(record: Record, now: float) -> float:
    """Let it fail until it is out; return for how long."""
    assert fail(record, POLICY.consecutive, now)[-1]
    return record.until - now


# Out...


def test_one_failure_too_many_in_a_row_leaves_an_endpoint_out() -> None:
    record = Record()
    assert fail(record, 3, 100.0) == [False, False, True]
    assert record.until == 130.0


def test_a_success_between_begins_a_new_row() -> None:
    record = Record()
    fail(record, 2, 100.0)
    record.failures = 0
    assert fail(record, 3, 100.0) == [False, False, True]


def test_what_fails_while_it_is_out_prolongs_nothing() -> None:
    record = Record()
    eject(record, 100.0)
    assert not any(fail(record, 10, 110.0))
    assert (record.until, record.failures) == (130.0, 0)


def test_where_there_is_no_room_the_next_failure_asks_again() -> None:
    record = Record()
    assert not any(fail(record, 5, 100.0, has_room=False))
    assert fail(record, 1, 101.0) == [True]


# For how long...


def test_each_further_time_lasts_longer_up_to_ten_times() -> None:
    record, now, lasted = Record(), 100.0, []
    for _ in range(13):
        lasted.append(eject(record, now))
        now = record.until
    assert lasted == [30.0 * times for times in [*range(1, 11), 10, 10, 10]]


def test_each_base_that_it_serves_makes_good_one_ejection() -> None:
    record = Record()
    for _ in range(4):
        eject(record, record.until)
    back = record.until
    counted = [still_counted(record, POLICY, back + after) for after in (0, 29, 30, 60, 90, 120)]
    assert counted == [4, 4, 3, 2, 1, 0]
    assert still_counted(record, POLICY, back + 10_000) == 0
    assert eject(record, back + 60.0) == 3 * 30.0


# How many...


@pytest.mark.parametrize(
    ("percent", "count", "most"),
    [(50, 1, 0), (50, 2, 1), (50, 3, 1), (33.34, 3, 1), (33.33, 3, 0), (100, 1, 1), (0, 9, 0)],
)
def test_only_so_many_may_be_out_at_once(percent: float, count: int, most: int) -> None:
    assert most_out(Ejection(max_percent=percent), count) == most


def test_who_must_come_back_early_was_nearest_to_its_end() -> None:
    records = [Record(), Record(), Record()]
    for record, until in zip(records, (170.0, 130.0, 150.0), strict=True):
        record.until = until
    assert too_many(records, POLICY, 3) == [records[1], records[2]]
    assert too_many(records[:1], POLICY, 3) == []


# Whatever happens...


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["fails", "serves"]), st.integers(0, 40)),
        max_size=200,
    ),
    count=st.integers(1, 5),
    percent=st.floats(0, 100),
    consecutive=st.integers(1, 4),
)
def test_never_are_more_out_than_may_be_nor_for_longer_nor_without_reason(
    steps: list[tuple[int, str, int]], count: int, percent: float, consecutive: int
) -> None:
    policy = Ejection(consecutive, 30.0, percent)
    records = [Record() for _ in range(count)]
    rows = [0] * count
    now = 0
    for who, what, passes in steps:
        now += passes
        index = who % count
        record = records[index]
        if what == "serves":
            record.failures = rows[index] = 0
            continue
        was_out = record.until > now
        out = sum(each.until > now for each in records)
        went = count_failure(record, policy, now, has_room=out < most_out(policy, count))
        rows[index] += not was_out
        assert not (went and (was_out or rows[index] < consecutive))
        if went:
            rows[index] = 0
            assert 30.0 <= record.until - now <= 30.0 * MOST_TIMES
        assert sum(each.until > now for each in records) <= percent * count / 100

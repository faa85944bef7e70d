from hypothesis import given, strategies as st

from router.routing.rates import TABLE_BYTES, RateTable

SECOND = 1_000_000_000


def table(per_second: float, burst: float) -> RateTable:
    return RateTable(memoryview(bytearray(TABLE_BYTES)), per_second, burst)


def test_a_key_may_send_its_burst_at_once_and_then_its_rate() -> None:
    made = table(10, 3)
    assert [made.wait(b"a", SECOND) for _ in range(4)] == [0, 0, 0, SECOND // 10]
    assert made.wait(b"a", SECOND + SECOND // 10) == 0
    assert made.wait(b"a", SECOND + SECOND // 10) > 0


def test_what_is_refused_is_not_paid_for() -> None:
    made = table(1, 1)
    assert made.wait(b"a", SECOND) == 0
    for _ in range(100):
        assert made.wait(b"a", SECOND + 1) == SECOND - 1
    assert made.wait(b"a", 2 * SECOND) == 0


def test_each_key_has_a_rate_of_its_own() -> None:
    made = table(1, 1)
    assert [made.wait(b"%d" % number, SECOND) for number in range(1000)] == [0] * 1000


def test_workers_that_share_the_memory_share_the_rate() -> None:
    memory = memoryview(bytearray(TABLE_BYTES))
    one, other = RateTable(memory, 1, 2), RateTable(memory, 1, 2)
    assert [one.wait(b"a", SECOND), other.wait(b"a", SECOND)] == [0, 0]
    assert one.wait(b"a", SECOND) == other.wait(b"a", SECOND) == SECOND


def test_a_flood_of_keys_takes_no_more_memory_and_refuses_nobody_else() -> None:
    made = table(1, 1)
    refused = sum(made.wait(b"%d" % number, SECOND) > 0 for number in range(200_000))
    assert refused == 0


@given(
    per_second=st.floats(0.1, 1000),
    burst=st.floats(1, 50),
    pauses=st.lists(st.integers(0, 2 * SECOND), min_size=1, max_size=200),
)
def test_nobody_sends_more_than_a_burst_and_the_rate_since(
    per_second: float, burst: float, pauses: list[int]
) -> None:
    made = table(per_second, burst)
    now = SECOND
    passed: list[int] = []
    for pause in pauses:
        now += pause
        if made.wait(b"a", now) == 0:
            passed.append(now)
    for first, begin in enumerate(passed):
        for count, end in enumerate(passed[first:], start=1):
            assert count <= burst + (end - begin) / SECOND * per_second + 1e-3


@given(per_second=st.floats(0.1, 1000), burst=st.floats(1, 50))
def test_who_waits_as_long_as_told_may_send(per_second: float, burst: float) -> None:
    made = table(per_second, burst)
    while not (wait := made.wait(b"a", SECOND)):
        assert wait == 0
    assert made.wait(b"a", SECOND + wait - 1) == 1
    assert made.wait(b"a", SECOND + wait) == 0

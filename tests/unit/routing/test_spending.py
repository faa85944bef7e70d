import pytest

from router.routing.spending import (
    HOUR,
    NANO,
    SHARED_BYTES,
    SLOTS,
    Purse,
    cost_of,
    find_purse,
)


def memory() -> memoryview:
    return memoryview(bytearray(SHARED_BYTES))


def purse(per_second: float | None = None, cost_per_hour: float | None = None) -> Purse:
    return Purse(find_purse(memory(), "support"), per_second, cost_per_hour)


def test_a_second_s_worth_may_come_at_once_and_then_the_rate() -> None:
    made = purse(per_second=2)
    assert [made.take(1, 10.0) for _ in range(3)] == [True, True, False]
    assert made.take(1, 10.5)
    assert not made.take(1, 10.5)


def test_less_than_one_a_second_comes_one_by_one() -> None:
    made = purse(per_second=0.1)
    assert made.take(1, 10.0)
    assert not made.take(1, 19.9)
    assert made.take(1, 20.0)


def test_whoever_is_asked_twice_pays_for_all_copies() -> None:
    made = purse(per_second=3)
    assert made.take(3, 10.0)
    assert not made.take(1, 10.3)
    assert made.take(1, 10.4)


def test_without_a_limit_everything_passes() -> None:
    made = purse()
    made.spend(1000 * NANO, 10.0)
    assert all(made.take(3, 10.0) for _ in range(1000))


def test_an_hour_costs_no_more_than_it_may() -> None:
    made = purse(cost_per_hour=5)
    made.spend(5 * NANO - 1, 10.0)
    assert made.take(1, 11.0)
    made.spend(1, 11.0)
    assert not made.take(1, HOUR - 1.0)
    assert made.take(1, HOUR + 0.0)
    assert made.spent(HOUR + 0.0) == 0


def test_no_money_means_no_copies() -> None:
    assert not purse(cost_per_hour=0).take(1, 10.0)


def test_workers_that_share_the_memory_share_the_purse() -> None:
    shared = memory()
    one, other = (Purse(find_purse(shared, "support"), 1, 5) for _ in range(2))
    assert [one.take(1, 10.0), other.take(1, 10.0)] == [True, False]
    one.spend(7, 10.0)
    assert other.spent(10.0) == 7


def test_each_service_has_its_own_also_where_there_are_more_than_fit() -> None:
    shared = memory()
    for number in range(SLOTS + 5):
        Purse(find_purse(shared, f"service-{number}"), None, 1).spend(number, 10.0)
    first = Purse(find_purse(shared, "service-3"), None, 1)
    beyond = Purse(find_purse(shared, f"service-{SLOTS + 3}"), None, 1)
    assert first.spent(10.0) == 3
    assert beyond.spent(10.0) == 0


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        (b"0.002", 2_000_000),
        (b"1", NANO),
        (b"1.2e-05", 12_000),
        (b"1000", 1000 * NANO),
        (b"0", 0),
    ],
)
def test_a_price_is_read(said: bytes, cost: int) -> None:
    assert cost_of(said) == cost


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"-1",
        b"nan",
        b"inf",
        b"1e99",
        b"1000.01",
        b"99999",
        b"1,5",
        b"0x1",
        b"1 ",
        b"\xb2",
        b"1" * 400,
        b"1e400",
        b"+1",
        b"1_0",
    ],
)
def test_what_cannot_be_a_price_costs_nothing(said: bytes) -> None:
    assert cost_of(said) == 0

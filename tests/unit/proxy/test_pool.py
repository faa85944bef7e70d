from dataclasses import replace

import pytest

from router.routing.fallback import Failure
from router.routing.snapshot import Endpoint
from tests.support.yard import ONE, TWO, Asker, Patient, Yard, turn

# Keeping...


async def test_a_pool_has_nothing_to_give_before_somebody_asks() -> None:
    assert Yard().pool.take() is None


async def test_who_asks_is_given_a_fresh_connection() -> None:
    yard = Yard()
    asker = yard.ask()
    assert not asker.is_served
    await yard.settle()
    assert asker.connection is not None
    assert not asker.connection.reused
    assert yard.loads == [1]


async def test_a_released_connection_is_kept_and_given_again() -> None:
    yard = Yard()
    connection = await yard.connected()
    yard.pool.release(connection)
    assert (yard.loads, yard.idle) == ([0], 1)
    assert yard.pool.take() is connection
    assert (yard.loads, yard.idle) == ([1], 0)
    assert yard.pool.take() is None


async def test_the_connection_that_rested_least_is_given_first() -> None:
    yard = Yard()
    first, last = await yard.connected(), await yard.connected()
    yard.pool.release(first)
    yard.pool.release(last)
    assert yard.pool.take() is last


async def test_a_kept_connection_that_has_closed_is_not_given() -> None:
    yard = Yard()
    connection = await yard.connected()
    yard.pool.release(connection)
    yard.transports[connection].close()
    assert yard.pool.take() is None
    yard.lose(connection)
    assert (yard.loads, yard.idle) == ([0], 0)


async def test_a_connection_that_has_closed_is_given_to_nobody() -> None:
    yard = Yard()
    connection = await yard.connected()
    yard.transports[connection].close()
    yard.pool.release(connection)
    assert yard.pool.take() is None
    assert yard.idle == 0
    yard.lose(connection)
    assert (yard.loads, yard.idle) == ([0], 0)


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_lost_connection_leaves_no_trace(is_kept: bool) -> None:
    yard = Yard()
    connection = await yard.connected()
    if is_kept:
        yard.pool.release(connection)
    yard.lose(connection)
    assert (yard.loads, yard.idle) == ([0], 0)
    assert yard.pool.take() is None


async def test_a_kept_connection_rests_only_so_long() -> None:
    yard = Yard()
    connection = await yard.connected()
    yard.pool.release(connection)
    assert connection.deadline == yard.clock.now + ONE.pool_idle


# Limits...


async def test_no_more_connections_are_opened_than_may_be() -> None:
    yard = Yard(replace(ONE, max_connections=3))
    askers = []
    for _ in range(10):
        askers.append(yard.ask())
        await turn()
    await yard.settle()
    await yard.settle()
    assert yard.loads == [3]
    assert sum(asker.is_served for asker in askers) == 3


async def test_nor_when_all_ask_at_once() -> None:
    yard = Yard(replace(ONE, max_connections=3))
    for _ in range(10):
        yard.ask()
    await yard.settle()
    await yard.settle()
    assert len(yard.transports) == 3


async def test_who_waits_is_given_the_next_connection_in_turn() -> None:
    yard = Yard(replace(ONE, max_connections=1))
    connection = await yard.connected()
    first, second = yard.ask(), yard.ask()
    yard.pool.release(connection)
    assert (first.connection, second.connection) == (connection, None)
    yard.pool.release(connection)
    assert second.connection is connection
    assert yard.loads == [1]


async def test_a_lost_connection_makes_room_for_who_waits() -> None:
    yard = Yard(replace(ONE, max_connections=1))
    connection = await yard.connected()
    waiter = yard.ask()
    await turn()
    assert yard.opening == []
    yard.lose(connection)
    await yard.settle()
    assert waiter.connection is not None


async def test_the_process_is_asked_for_room_before_each_connection_and_for_none_that_is_kept() -> (
    None
):
    yard = Yard()
    first, second = await yard.connected(), await yard.connected()
    assert yard.ways == 2
    yard.pool.release(first)
    yard.pool.release(second)
    assert yard.pool.take() is second
    assert (yard.ways, yard.pool.connections, yard.pool.kept) == (2, 2, 1)


async def test_who_finds_the_queue_full_is_told_at_once() -> None:
    yard = Yard(replace(ONE, max_connections=1, max_pending=1))
    await yard.connected()
    waiting, refused = yard.ask(), yard.ask()
    assert (waiting.failures, refused.failures) == ([], [Failure.BUSY])


@pytest.mark.parametrize("max_pending", [0, 1])
async def test_a_queue_counts_only_those_for_whom_no_connection_is_opened(
    max_pending: int,
) -> None:
    yard = Yard(replace(ONE, max_connections=8, max_pending=max_pending))
    askers = [yard.ask() for _ in range(8)]
    await yard.settle()
    assert [asker.failures for asker in askers] == [[]] * 8
    assert all(asker.is_served for asker in askers)


async def test_who_leaves_the_queue_is_given_nothing_and_its_connection_is_kept() -> None:
    yard = Yard()
    asker = yard.ask()
    yard.pool.forget(asker)
    await yard.settle()
    assert asker.connection is None
    assert (yard.loads, yard.idle) == ([0], 1)


async def test_a_connection_kept_to_one_endpoint_gives_way_to_another() -> None:
    yard = Yard(replace(TWO, max_connections=1))
    yard.pool.release(await yard.connected())
    kept = next(iter(yard.transports))
    asker = yard.ask()
    yard.lose_closed()
    await yard.settle()
    assert asker.connection is not None
    assert asker.connection is not kept
    assert sum(yard.loads) == 1


async def test_who_wants_a_fresh_connection_is_given_no_kept_one() -> None:
    yard = Yard(replace(ONE, max_connections=2))
    first, second = await yard.connected(), await yard.connected()
    afresh, other = yard.ask(afresh=True), yard.ask()
    yard.pool.release(first)
    assert (afresh.connection, other.connection) == (None, first)
    yard.pool.release(second)
    yard.lose_closed()
    await yard.settle()
    assert afresh.connection not in {None, first, second}


# Waiting...


async def test_who_waits_too_long_for_a_place_is_told_that_all_are_taken() -> None:
    yard = Yard(replace(ONE, max_connections=1))
    await yard.connected()
    waiter = yard.ask()
    yard.pass_time(1.9)
    assert waiter.failures == []
    yard.pass_time(0.2)
    assert waiter.failures == [Failure.BUSY]
    assert not yard.pool.is_awaited


async def test_who_waits_too_long_for_a_connection_is_told_that_it_did_not_come() -> None:
    yard = Yard()
    waiter = yard.ask()
    yard.pass_time(2.0)
    assert waiter.failures == [Failure.CONNECT_TIMEOUT]


async def test_an_attempt_that_takes_too_long_is_given_up() -> None:
    yard = Yard(replace(ONE, connect_timeout=0.01))
    asker = Patient()
    yard.pool.ask(asker, afresh=False)
    await asker.told.wait()
    assert asker.failures == [Failure.CONNECT_TIMEOUT]
    assert yard.loads == [0]


# Failing...


async def test_a_connection_that_is_refused_fails_whoever_waits_for_it() -> None:
    yard = Yard()
    asker = yard.ask()
    await yard.settle(ConnectionRefusedError())
    assert asker.failures == [Failure.UNREACHABLE]
    assert yard.loads == [0]
    assert yard.deaths == []


async def test_each_refused_attempt_fails_one_and_the_others_are_tried_for() -> None:
    yard = Yard(replace(ONE, max_connections=1))
    first, second = yard.ask(), yard.ask()
    await yard.settle(ConnectionRefusedError())
    assert (first.failures, second.failures) == ([Failure.UNREACHABLE], [])
    await yard.settle()
    assert second.connection is not None


async def test_a_name_that_no_resolver_takes_is_an_unreachable_endpoint() -> None:
    yard = Yard(replace(TWO, retry_attempts=2))
    asker = yard.ask()
    await yard.settle(UnicodeError())
    assert asker.failures == []
    await yard.settle(UnicodeError())
    assert asker.failures == [Failure.UNREACHABLE]
    assert yard.deaths == []


async def test_every_endpoint_is_tried_before_one_is_tried_again() -> None:
    three = (*TWO.endpoints, Endpoint("127.0.0.1", 3))
    yard = Yard(replace(TWO, endpoints=three, retry_attempts=4))
    asker = yard.ask()
    tried = []
    for _ in range(4):
        await turn()
        tried += [port for port, _ in yard.opening]
        await yard.settle(ConnectionRefusedError())
    assert sorted(tried[:3]) == [1, 2, 3]
    assert len(tried) == 4
    assert asker.failures == [Failure.UNREACHABLE]
    assert yard.loads == [0, 0, 0]


async def test_another_endpoint_answers_for_one_that_refuses() -> None:
    yard = Yard(replace(TWO, retry_attempts=2))
    asker = yard.ask()
    await yard.settle(ConnectionRefusedError())
    await yard.settle()
    assert asker.connection is not None
    assert sum(yard.loads) == 1


async def test_who_failed_may_ask_again_at_once() -> None:
    yard = Yard()

    class Stubborn(Asker):
        def on_failure(self, failure: Failure) -> None:
            super().on_failure(failure)
            if len(self.failures) < 3:
                yard.pool.ask(self, afresh=False)

    asker = Stubborn()
    yard.pool.ask(asker, afresh=False)
    for _ in range(3):
        await yard.settle(ConnectionRefusedError())
    assert asker.failures == [Failure.UNREACHABLE] * 3
    await turn()
    assert yard.opening == []


async def test_a_bug_in_opening_is_reported() -> None:
    yard = Yard()
    yard.ask()
    await yard.settle(ZeroDivisionError())
    assert yard.deaths == ["open upstream connection: ZeroDivisionError()"]


# Balance...


async def test_load_is_spread_over_the_endpoints() -> None:
    yard = Yard(TWO)
    for _ in range(40):
        await yard.connected()
    assert sorted(yard.loads) == [20, 20]


async def test_load_is_spread_over_what_is_being_opened() -> None:
    yard = Yard(TWO)
    for _ in range(40):
        yard.ask()
        await turn()
    await yard.settle()
    assert sorted(yard.loads) == [20, 20]


async def test_load_is_spread_also_when_all_ask_at_once() -> None:
    yard = Yard(TWO)
    for _ in range(40):
        yard.ask()
    await yard.settle()
    assert min(yard.loads) >= 15


# Closing...


async def test_a_closed_pool_keeps_nothing() -> None:
    yard = Yard()
    used, kept = await yard.connected(), await yard.connected()
    yard.pool.release(kept)
    yard.pool.close()
    assert yard.transports[kept].is_closing()
    assert not yard.transports[used].is_closing()
    yard.pool.release(used)
    assert yard.transports[used].is_closing()
    yard.lose_closed()
    assert (yard.loads, yard.idle) == ([0], 0)


async def test_who_waits_in_a_closed_pool_is_still_served() -> None:
    yard = Yard(replace(ONE, max_connections=1))
    connection = await yard.connected()
    waiter = yard.ask()
    yard.pool.close()
    assert yard.pool.is_awaited
    yard.pool.release(connection)
    assert waiter.connection is connection
    assert not yard.pool.is_awaited


async def test_who_waits_for_a_connection_that_is_lost_as_it_comes_is_not_forgotten() -> None:
    yard = Yard()
    asker, other = yard.ask(), yard.ask()
    yard.loses_next = True
    await yard.settle()
    await yard.settle()
    assert asker.is_served or asker.failures
    assert other.is_served
    assert yard.loads == [asker.is_served + other.is_served]

"""Which connections a pool gives while its targets come, go and fail."""

from dataclasses import replace

from router.proxy.endpoint_state import EndpointState
from router.proxy.upstream import UpstreamConnection
from router.routing.fallback import Failure
from router.routing.snapshot import Ejection, Endpoint
from router.wire.messages import Target
from tests.support.yard import ONE, TWO, Patient, Yard, turn

# Located...


def at(*ports: int, down: tuple[int, ...] = ()) -> list[Target]:
    return [
        *(Target(0, "127.0.0.1", port) for port in ports),
        *(Target(0, "127.0.0.1", port, is_up=False) for port in down),
    ]


async def test_a_name_that_is_not_located_yet_cannot_be_asked() -> None:
    yard = Yard(replace(ONE, endpoints=(Endpoint("ai.internal", 1),)))
    was_available = yard.pool.is_available
    assert yard.pool.take() is None
    assert yard.ask().failures == [Failure.UNREACHABLE]
    yard.pool.locate(at(7))
    assert (was_available, yard.pool.is_available) == (False, True)
    assert (await yard.connected()).state.port == 7


async def test_who_stays_keeps_its_connections_and_who_is_gone_closes_them() -> None:
    yard = Yard(TWO)
    kept = [await yard.connected() for _ in range(10)]
    for connection in kept:
        yard.pool.release(connection)
    yard.pool.locate(at(1))
    closing = {connection for connection in kept if yard.transports[connection].is_closing()}
    assert closing == {connection for connection in kept if connection.state.port == 2}
    yard.lose_closed()
    assert yard.idle == len(kept) - len(closing) == 5


async def test_a_connection_in_use_ends_by_itself_when_its_target_is_gone() -> None:
    yard = Yard()
    connection = await yard.connected()
    yard.pool.locate(at(7))
    assert not yard.transports[connection].is_closing()
    yard.pool.release(connection)
    assert yard.transports[connection].is_closing()
    yard.lose_closed()
    assert connection.state.load == 0


async def test_who_is_gone_still_counts_while_it_is_in_use() -> None:
    yard = Yard(replace(ONE, max_connections=1))
    connection = await yard.connected()
    yard.pool.locate(at(7))
    waiter = yard.ask()
    await yard.settle()
    assert not waiter.is_served
    yard.pool.release(connection)
    yard.lose_closed()
    await yard.settle()
    assert waiter.connection is not None


async def test_who_waits_is_told_when_nobody_is_left_to_be_asked() -> None:
    yard = Yard(replace(ONE, max_connections=1))
    await yard.connected()
    waiter = yard.ask()
    yard.pool.locate([])
    assert waiter.failures == [Failure.UNREACHABLE]
    assert not yard.pool.is_available


async def test_whoever_is_being_connected_is_told_when_that_fails_and_nobody_is_left() -> None:
    yard = Yard(replace(ONE, retry_attempts=3))
    waiter = yard.ask()
    await turn()
    yard.pool.locate([])
    assert waiter.failures == []
    await yard.settle(ConnectionRefusedError())
    assert waiter.failures == [Failure.UNREACHABLE]
    assert yard.deaths == []


async def test_a_target_that_goes_before_it_is_tried_is_not_tried() -> None:
    yard = Yard()
    waiter = yard.ask()
    yard.pool.locate([])
    await turn()
    assert yard.opening == []
    assert waiter.failures == [Failure.UNREACHABLE]


async def test_a_name_is_as_many_targets_as_it_has_addresses() -> None:
    yard = Yard()
    yard.pool.locate(at(1, 2, 3))
    yard.pass_time(ONE.slow_start)
    for _ in range(30):
        await yard.connected()
    assert min(yard.loads) >= 8


async def test_who_is_down_is_asked_by_nobody_while_another_is_up() -> None:
    yard = Yard()
    yard.pool.locate(at(2, down=(1,)))
    assert {(await yard.connected()).state.port for _ in range(10)} == {2}


async def test_ai_is_not_available_when_all_of_it_is_down_and_legacy_is() -> None:
    ai, legacy = Yard(), Yard(is_last_resort=True)
    for yard in (ai, legacy):
        yard.pool.locate(at(down=(1,)))
    assert (ai.pool.is_available, legacy.pool.is_available) == (False, True)


async def test_where_somebody_stands_behind_them_each_target_is_tried_once() -> None:
    yard = Yard(replace(ONE, retry_attempts=9), has_fallback=True)
    yard.pool.locate(at(1, 2))
    asker = yard.ask()
    for _ in range(2):
        await yard.settle(ConnectionRefusedError())
    assert asker.failures == [Failure.UNREACHABLE]


async def test_who_was_chosen_and_had_nothing_kept_is_connected_to() -> None:
    yard = Yard(replace(TWO, slow_start=3600.0))
    yard.pool.locate(at(1))
    yard.pool.release(await yard.connected())
    yard.pool.locate(at(1, 2))
    asked = 0
    while (kept := yard.pool.take()) is not None:
        yard.pool.release(kept)
        asked += 1
    assert (await yard.connected()).state.port == 2
    assert asked < 200


# Failing too often...


async def fail(yard: Yard, times: int) -> None:
    for _ in range(times):
        connection = await yard.connected()
        yard.pool.failed(connection)
        yard.lose(connection)


async def test_a_target_that_fails_too_often_is_left_out_until_its_time_is_over() -> None:
    yard = Yard(TWO)
    bad = (await yard.connected()).state
    for _ in range(5):
        yard.pool.failed(await connected_to(yard, bad))
    assert {(await yard.connected()).state.port for _ in range(20)} == {3 - bad.port}
    assert [out.endpoint for out in yard.pool.out()] == [f"127.0.0.1:{bad.port}"]
    yard.pass_time(29.0)
    assert yard.pool.out() != []
    yard.pass_time(1.0)
    assert yard.pool.out() == []
    assert bad.serves


async def connected_to(yard: Yard, state: EndpointState) -> UpstreamConnection:
    while True:
        connection = await yard.connected()
        if connection.state is state:
            return connection


async def test_who_is_left_out_keeps_no_connection() -> None:
    yard = Yard(TWO)
    bad = (await yard.connected()).state
    kept, used = await connected_to(yard, bad), await connected_to(yard, bad)
    yard.pool.release(kept)
    for _ in range(5):
        yard.pool.failed(used)
    assert yard.transports[kept].is_closing()
    assert not yard.transports[used].is_closing()
    yard.pool.release(used)
    assert yard.transports[used].is_closing()


async def test_a_refused_connection_is_a_failure() -> None:
    yard = Yard(replace(ONE, ejection=Ejection(consecutive=3, max_percent=100.0)))
    for _ in range(3):
        yard.ask()
        await yard.settle(ConnectionRefusedError())
    assert not yard.pool.is_available


async def test_a_connection_that_does_not_come_in_time_is_a_failure() -> None:
    ejection = Ejection(consecutive=1, max_percent=100.0)
    yard = Yard(replace(ONE, connect_timeout=0.01, ejection=ejection))
    asker = Patient()
    yard.pool.ask(asker, afresh=False)
    await asker.told.wait()
    assert [out.seconds for out in yard.pool.out()] == [30.0]


async def test_a_good_answer_ends_the_row() -> None:
    yard = Yard(replace(ONE, ejection=Ejection(max_percent=100.0)))
    await fail(yard, 4)
    yard.pool.served(await yard.connected())
    await fail(yard, 4)
    assert yard.pool.is_available
    await fail(yard, 1)
    assert not yard.pool.is_available


async def test_ai_is_available_again_when_somebody_of_it_comes_back() -> None:
    yard = Yard(replace(ONE, ejection=Ejection(max_percent=100.0)))
    await fail(yard, 5)
    assert yard.ask().failures == [Failure.UNREACHABLE]
    yard.pass_time(30.0)
    assert yard.pool.is_available
    assert (await yard.connected()).is_usable()

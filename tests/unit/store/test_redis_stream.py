from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from router.errors import StoreUnavailableError
from router.store.records import DAY
from router.store.redis_stream import RedisStream
from router.store.stream import (
    MOST_DELIVERIES,
    Added,
    Bounds,
    Depth,
    Held,
    Lost,
    Message,
    Offer,
    Settled,
    TakenOver,
)
from tests.support.recorded import minute_of, total_of
from tests.support.redis_servers import Redis, stream_in

BOUNDS = Bounds(1000, 3600.0)
PLENTY = 100


@pytest.fixture
async def stream(redis: Redis, prefix: str) -> AsyncIterator[RedisStream]:
    stream = stream_in(redis, prefix)
    yield stream
    await stream.close()


def offer(number: int = 0, pairs: int = 3, service: str = "support") -> Offer:
    return Offer(service, pairs, b"sealed-%d" % number)


def settled(reader: str, number: int, *messages: Message, after: int = 0) -> Settled:
    held = [Held(it.id, len(it.sealed), it.pairs) for it in messages]
    return Settled(reader, number, after, held)


async def test_what_is_added_is_handed_out_once_in_its_order(stream: RedisStream) -> None:
    added = await stream.add([offer(0), offer(1, 5)], BOUNDS)
    assert added == Added([True, True], [])
    (first,) = await stream.take("a", 1)
    (second,) = await stream.take("b", PLENTY)
    assert (first.service, first.pairs, first.sealed) == ("support", 3, b"sealed-0")
    assert (second.pairs, second.sealed) == (5, b"sealed-1")
    assert await stream.take("a", PLENTY) == []


async def test_how_much_waits_is_known_until_it_is_settled(stream: RedisStream) -> None:
    assert await stream.depth() == Depth()
    await stream.add([offer(0), offer(1, 5)], BOUNDS)
    (first, second) = await stream.take("a", PLENTY)
    depth = await stream.depth()
    assert (depth.pairs, depth.bytes) == (8, 16)
    assert 0 <= depth.age < 60
    assert await stream.settle([], [], settled("a", 1, first))
    depth = await stream.depth()
    assert (depth.pairs, depth.bytes) == (5, 8)
    assert await stream.settle([], [], settled("a", 2, second, after=1))
    assert await stream.depth() == Depth()


async def test_counts_are_kept_and_messages_let_go_of_in_one_step(stream: RedisStream) -> None:
    await stream.add([offer()], BOUNDS)
    messages = await stream.take("a", PLENTY)
    assert await stream.settle([minute_of()], [total_of()], settled("a", 1, *messages))
    assert list(await stream.totals("support")) == [total_of()]
    assert list(await stream.minutes("support", since=0, until=1e12)) == [minute_of()]
    assert await stream.take_over("b", 0.0, PLENTY) == TakenOver([], [])


async def test_what_is_brought_again_is_done_once(stream: RedisStream) -> None:
    await stream.add([offer()], BOUNDS)
    messages = await stream.take("a", PLENTY)
    for _ in range(2):
        assert await stream.settle([], [total_of()], settled("a", 7, *messages))
    assert not await stream.settle([], [], settled("a", 8, *messages, after=7))


async def test_counts_of_a_message_that_is_another_s_by_now_are_not_kept(
    stream: RedisStream,
) -> None:
    await stream.add([offer(0), offer(1)], BOUNDS)
    messages = await stream.take("slow", PLENTY)
    taken = await stream.take_over("quick", 0.0, 1)
    assert taken.messages == messages[:1]
    assert not await stream.settle([minute_of()], [total_of()], settled("slow", 1, *messages))
    assert list(await stream.totals("support")) == []
    assert (await stream.depth()).pairs == 6
    assert await stream.settle([], [total_of()], settled("quick", 1, *taken.messages))
    assert await stream.settle([], [], settled("slow", 2, messages[1]))


async def test_who_renews_what_it_has_keeps_it(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    await stream.add([offer(0), offer(1)], BOUNDS)
    first, second = await stream.take("a", PLENTY)
    silent = (f"{{{prefix}}}:pairs", "comparers", "a", "0", first.id, second.id)
    redis.tell("XCLAIM", *silent, "IDLE", "100000", "JUSTID")
    await stream.renew("a", [first.id, "1-0"])
    assert (await stream.take_over("b", 60.0, PLENTY)).messages == [second]


async def test_a_message_that_ends_every_reader_is_given_up(stream: RedisStream) -> None:
    await stream.add([offer()], BOUNDS)
    assert len(await stream.take("a", PLENTY)) == 1
    for _ in range(MOST_DELIVERIES - 1):
        assert len((await stream.take_over("b", 0.0, PLENTY)).messages) == 1
    assert await stream.take_over("b", 0.0, PLENTY) == TakenOver([], [Lost("support", 3)])
    assert await stream.depth() == Depth()


async def test_beyond_its_bound_nothing_is_taken_until_something_is_settled(
    stream: RedisStream,
) -> None:
    bounds = Bounds(16, 3600.0)
    assert (await stream.add([offer(0), offer(1), offer(2)], bounds)).is_taken == [
        True,
        True,
        False,
    ]
    assert await stream.settle([], [], settled("a", 1, *await stream.take("a", 1)))
    assert (await stream.add([offer(3)], bounds)).is_taken == [True]


def add_long_ago(redis: Redis, prefix: str, number: str = "1-0") -> None:
    """Add a message as if it had come in 1970."""
    said = ("service", "support", "pairs", "3", "sealed", "sealed-0")
    redis.tell("XADD", f"{{{prefix}}}:pairs", number, *said)


async def test_what_waits_for_too_long_is_given_up_and_told_to_who_adds_next(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    add_long_ago(redis, prefix)
    assert (await stream.add([offer(1)], BOUNDS)).expired == [Lost("support", 3)]
    assert (await stream.depth()).pairs == 3
    assert [it.sealed for it in await stream.take("a", PLENTY)] == [b"sealed-1"]


async def test_what_somebody_judges_is_not_given_up_for_its_age(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    add_long_ago(redis, prefix)
    (message,) = await stream.take("a", PLENTY)
    assert (await stream.add([offer(1)], BOUNDS)).expired == []
    assert await stream.settle([], [], settled("a", 1, message))


async def test_what_waits_for_too_long_is_given_up_where_nobody_adds(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    add_long_ago(redis, prefix)
    assert (await stream.depth()).age > 3600
    assert await stream.expire(3600.0) == [Lost("support", 3)]
    assert await stream.expire(3600.0) == []
    assert await stream.depth() == Depth()
    add_long_ago(redis, prefix, "2-0")
    (old,) = await stream.take("a", PLENTY)
    assert await stream.expire(3600.0) == []  # somebody judges it
    assert await stream.settle([], [], settled("a", 1, old))


def time_left(redis: Redis, prefix: str, name: str) -> int:
    return int(redis.tell("PTTL", f"{{{prefix}}}:{name}").strip(b":\r\n"))


Look = Callable[[RedisStream, str], Awaitable[object]]


@pytest.mark.parametrize(
    "look",
    [
        lambda stream, _: stream.take("b", PLENTY),
        lambda stream, its: stream.renew("a", [its]),
        lambda stream, _: stream.depth(),
    ],
    ids=["take", "renew", "depth"],
)
async def test_the_stream_does_not_end_while_somebody_looks(
    look: Look, stream: RedisStream, redis: Redis, prefix: str
) -> None:
    await stream.add([offer()], BOUNDS)
    (message,) = await stream.take("a", PLENTY)
    for name in ("pairs", "pairs:held"):
        redis.tell("PEXPIRE", f"{{{prefix}}}:{name}", "60000")
    await look(stream, message.id)
    for name in ("pairs", "pairs:held"):
        assert time_left(redis, prefix, name) > 7_190_000
    assert await stream.settle([], [], settled("a", 1, message))


async def test_the_stream_ends_by_itself_where_nobody_adds_and_nobody_comes(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    await stream.add([offer()], BOUNDS)
    for name in ("pairs", "pairs:held"):
        left = time_left(redis, prefix, name)
        assert 7_190_000 < left <= 7_200_000
    redis.tell("DEL", f"{{{prefix}}}:pairs")
    assert await stream.take("a", PLENTY) == []
    assert (await stream.add([offer()], Bounds(1, 3600.0))).is_taken == [True]
    assert (await stream.depth()).pairs == 3


async def test_a_reader_who_is_gone_is_forgotten(
    stream: RedisStream, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.store.redis_stream.FORGET_READER", -0.001)
    await stream.add([offer()], BOUNDS)
    (message,) = await stream.take("gone", PLENTY)
    await stream.settle([], [], settled("gone", 1, message))
    await stream.take("b", PLENTY)
    await stream.take_over("b", 60.0, PLENTY)
    said = redis.tell("XINFO", "CONSUMERS", f"{{{prefix}}}:pairs", "comparers")
    assert b"gone" not in said


async def test_an_entry_that_no_router_wrote_is_handed_out_with_nothing_sealed(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    for number, pairs in enumerate(("many", "-1", "1.5", "9" * 30)):
        redis.tell("XADD", f"{{{prefix}}}:pairs", "*", "pairs", pairs, "x", "y")
        (message,) = await stream.take("a", PLENTY)
        assert (message.service, message.pairs, message.sealed) == ("", 0, b"")
        if number % 2:
            assert await stream.settle([], [], settled("a", number, message, after=number // 2))
    gone = [await stream.take_over("b", 0.0, PLENTY) for _ in range(MOST_DELIVERIES)]
    assert gone[-1].given_up == [Lost("", 0), Lost("", 0)]
    assert (await stream.add([offer()], BOUNDS)).is_taken == [True]


async def test_a_redis_that_went_back_takes_no_sums_of_what_waits_there_again(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    await stream.add([offer(0), offer(1)], BOUNDS)
    first, second = await stream.take("a", PLENTY)
    keys = [f"{{{prefix}}}:{name}" for name in ("pairs", "pairs:held")]
    before = [(await stream._read(("DUMP", key)))[0] for key in keys]
    assert await stream.settle([], [total_of(b"3")], settled("a", 1, first))
    for key, value in zip(keys, before, strict=True):
        await stream._read(("RESTORE", key, 0, value, "REPLACE"))
    redis.tell("DEL", f"{{{prefix}}}:pairs:settled:a", f"{{{prefix}}}:totals:support")
    assert not await stream.settle([], [total_of(b"6")], settled("a", 2, second, after=1))
    again = (await stream.take_over("b", 0.0, PLENTY)).messages
    assert [it.id for it in again] == [first.id, second.id]
    assert await stream.settle([], [total_of(b"6")], settled("b", 1, *again))


async def test_who_has_settled_is_remembered_for_a_week(
    stream: RedisStream, redis: Redis, prefix: str
) -> None:
    await stream.settle([], [], settled("a", 1))
    left = int(redis.tell("TTL", f"{{{prefix}}}:pairs:settled:a").strip(b":\r\n"))
    assert 7 * DAY - 60 < left <= 7 * DAY


async def test_a_stream_that_is_closed_takes_nothing(stream: RedisStream) -> None:
    await stream.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await stream.add([offer()], BOUNDS)

import asyncio
import random
from collections.abc import AsyncIterator, Callable

import pytest

from router.errors import StoreDamagedError
from router.replica.leader import Leadership, Lock, granted
from router.store.audit import Event, Intact, verify
from router.store.leading import Outranked, Telling, Told
from router.store.redis import RedisStore
from router.store.redis_leading import led_of
from tests.support.redis_servers import Redis, store_in
from tests.support.stored import refusal_of

Open = Callable[[], RedisStore]


@pytest.fixture
async def opened(redis: Redis, prefix: str) -> AsyncIterator[Open]:
    """Opens as many stores upon the same keys as there are replicas."""
    stores: list[RedisStore] = []

    def open_one() -> RedisStore:
        stores.append(store_in(redis, prefix))
        return stores[-1]

    yield open_one
    for store in stores:
        await store.close()


async def test_the_first_who_asks_leads_and_goes_on_while_it_asks(opened: Open) -> None:
    one, other = opened(), opened()
    first = (await one.lead("a", 0, 10.0)).lock
    assert (first.holder, first.fence) == ("a", 1)
    assert (await other.lead("b", 0, 10.0)).lock == first
    again = (await one.lead("a", 1, 20.0)).lock
    assert (again.holder, again.fence) == ("a", 1)
    assert again.until > first.until + 5


async def test_whoever_comes_after_it_has_a_higher_fence(opened: Open) -> None:
    one, other = opened(), opened()
    await one.lead("a", 0, 0.02)
    async with asyncio.timeout(5):
        while (await other.lead("b", 1, 10.0)).lock.holder != "b":  # noqa: ASYNC110 - it is Redis' clock
            await asyncio.sleep(0.005)
    lock = (await one.lead("a", 1, 10.0)).lock
    assert (lock.holder, lock.fence) == ("b", 2)


async def test_whoever_gives_up_is_followed_at_once(opened: Open) -> None:
    one, other = opened(), opened()
    await one.lead("a", 0, 10.0)
    await other.resign("b", 1)
    assert (await other.lead("b", 0, 10.0)).lock.holder == "a"
    await one.resign("a", 1)
    lock = (await other.lead("b", 1, 10.0)).lock
    assert (lock.holder, lock.fence) == ("b", 2)
    await one.resign("a", 1)  # once more, too late
    assert (await one.lead("a", 2, 10.0)).lock.holder == "b"


async def test_a_store_that_was_emptied_goes_on_from_the_fence_that_is_known(
    redis: Redis, prefix: str, opened: Open
) -> None:
    store = opened()
    assert (await store.lead("a", 7, 10.0)).lock.fence == 8
    redis.tell("DEL", f"{{{prefix}}}:leader")
    assert (await store.lead("a", 8, 10.0)).lock.fence == 9


async def test_the_script_decides_by_the_rules(redis: Redis, prefix: str, opened: Open) -> None:
    """Side by side with `granted`, by the time that stands in the hash."""
    store, dice, key = opened(), random.Random(8), f"{{{prefix}}}:leader"
    for _ in range(60):
        redis.tell("DEL", key)
        had = None
        if dice.random() < 0.8:
            until = dice.choice([0.0, 4e9])  # long ago, or far ahead
            had = Lock(dice.choice("ab"), dice.randint(1, 3), until)
            words = ("holder", had.holder, "fence", str(had.fence), "until", str(int(until * 1000)))
            redis.tell("HSET", key, *words)
        asker, seen = dice.choice("ab"), dice.randint(0, 4)
        follows = granted(had, asker, seen, 2e9)
        lock = (await store.lead(asker, seen, 10.0)).lock
        assert (lock.holder, lock.fence) == (follows.holder, follows.fence), (had, asker, seen)


async def test_what_a_leader_tells_is_in_the_log_once(opened: Open) -> None:
    store = opened()
    fence = (await store.lead("a", 0, 10.0)).lock.fence
    entry, telling = refusal_of(""), Telling("configs", "a: 1; b: 2", fence)
    event = await store.append_as_leader(entry, telling)
    assert isinstance(event, Event)
    assert event.sequence == 1
    assert await store.append_as_leader(entry, telling) == Told()
    assert dict((await store.lead("b", 0, 10.0)).told) == {"configs": "a: 1; b: 2"}
    assert isinstance(await store.append_as_leader(entry, Telling("configs", "", fence)), Event)
    assert dict((await store.lead("b", 0, 10.0)).told) == {}
    assert await store.append_as_leader(entry, Telling("configs", "", fence)) == Told()
    head = await store.head()
    assert head.sequence == 2
    assert await verify(store.links, head) == Intact(head)


async def test_a_holder_that_was_stopped_and_wakes_up_writes_nothing(opened: Open) -> None:
    stopped, other = opened(), opened()
    lock = (await stopped.lead("a", 0, 0.02)).lock
    belief = Leadership().answered(lock, "a", sent=100.0)
    async with asyncio.timeout(5):
        while (await other.lead("b", 0, 10.0)).lock.holder != "b":  # noqa: ASYNC110 - it is Redis' clock
            await asyncio.sleep(0.005)
    assert belief.leads(100.1)  # it has looked at its clock right before it was stopped
    late = await stopped.append_as_leader(refusal_of(""), Telling("x", "y", belief.fence))
    assert late == Outranked()
    assert (await stopped.head()).sequence == 0
    assert isinstance(await other.append_as_leader(refusal_of(""), Telling("x", "y", 2)), Event)


async def test_it_is_told_however_many_write_at_once(opened: Open) -> None:
    leader, others = opened(), [opened() for _ in range(3)]
    fence = (await leader.lead("a", 0, 10.0)).lock.fence
    await asyncio.gather(
        *(leader.append_as_leader(refusal_of(""), Telling(f"t{n}", "x", fence)) for n in range(5)),
        *(store.append(refusal_of("support")) for store in others for _ in range(5)),
    )
    head = await leader.head()
    assert head.sequence == 20
    assert await verify(leader.links, head) == Intact(head)


@pytest.mark.parametrize(
    "reply",
    [
        [b"holder", b"a", b"fence", b"1"],
        [b"holder", b"a", b"fence", b"1", b"until", b"soon"],
        [b"holder", b"a", b"fence", b"1", b"until", b"5", b"told:x", b"\xff"],
    ],
)
def test_what_no_router_wrote_is_refused(reply: list[bytes]) -> None:
    with pytest.raises(StoreDamagedError):
        led_of(reply)

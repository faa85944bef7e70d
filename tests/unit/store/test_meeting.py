import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from router.errors import NotDurableError, StoreUnavailableError
from router.replica.membership import Presence
from router.store.meeting import Birth, Reply, meeting_of
from router.store.memory import MemoryStore
from router.store.port import Loaded
from router.store.redis_scripts import Keys
from tests.support.redis_servers import Redis, running, store_at, store_in
from tests.support.stored import entry_of, release_at

FIRST = release_at(0, 1, share=500)
ROLLBACK = release_at(3, 4)
ONE = Presence(
    instance="a1",
    replica="r1",
    beat=1,
    started_at=1_790_000_000.0,
    version="0.1.0",
    config_hash="0123456789ab",
    workers=2,
    advertise="https://10.0.0.3:9902",
    stands={"support": (0, 1)},
)
OTHER = Presence("r2", "b1", workers=0, beat=7, started_at=1_790_000_001.0)


async def test_a_beat_brings_back_all_that_stands(redis: Redis, prefix: str) -> None:
    store = store_in(redis, prefix)
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    heard = await store.beat(ONE, keep=10)
    assert heard.loaded == await store.load()
    (member,) = heard.members
    assert member == ONE
    assert (member.started_at, member.advertise) == (1_790_000_000.0, "https://10.0.0.3:9902")
    assert heard.birth is not None
    assert heard.birth.epoch == 0
    assert abs(heard.birth.at - time.time()) < 60
    await store.close()


async def test_a_beat_makes_no_store_of_an_empty_redis(redis: Redis, prefix: str) -> None:
    store = store_in(redis, prefix)
    assert await store.beat(ONE, keep=10) == Reply(None, Loaded(0, {}), (ONE,))
    assert await store.load() == Loaded(0, {})
    await store.close()


async def test_a_store_that_was_emptied_is_another_one(redis: Redis, prefix: str) -> None:
    store, keys = store_in(redis, prefix), Keys(prefix)
    await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    before = (await store.beat(ONE, keep=10)).birth
    redis.tell("DEL", keys.mark, keys.releases, keys.stands, keys.events, f"{keys.events}:support")
    assert (await store.beat(ONE, keep=10)).birth is None
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    after = (await store.beat(ONE, keep=10)).birth
    assert isinstance(before, Birth)
    assert isinstance(after, Birth)
    assert (before.epoch, after.epoch) == (3, 0)
    assert before.id != after.id
    await store.close()


async def test_the_highest_epoch_is_that_of_any_service(redis: Redis, prefix: str) -> None:
    store = store_in(redis, prefix)
    for epoch, service in ((1, "a"), (5, "b"), (2, "c")):
        release = release_at(epoch, 1, service=service)
        await store.put_newer(release, entry=entry_of(release))
    birth = (await store.beat(ONE, keep=10)).birth
    assert birth is not None
    assert birth.epoch == 5
    await store.close()


async def test_who_was_heard_from_is_a_member_until_he_is_forgotten(
    redis: Redis, prefix: str
) -> None:
    store = store_in(redis, prefix)
    await store.beat(OTHER, keep=0.2)
    assert (await store.beat(ONE, keep=10)).members == (ONE, OTHER)
    await asyncio.sleep(0.25)
    assert (await store.beat(ONE, keep=10)).members == (ONE,)
    await store.close()


async def test_a_short_memory_of_one_replica_does_not_shorten_that_of_others(
    redis: Redis, prefix: str
) -> None:
    store = store_in(redis, prefix)
    await store.beat(OTHER, keep=10)
    await store.beat(ONE, keep=0.05)
    await asyncio.sleep(0.1)
    heard = await store.beat(replace(OTHER, beat=8), keep=10)
    assert [(each.replica, each.beat) for each in heard.members] == [("r2", 8)]
    await store.close()


async def test_when_nobody_beats_any_more_redis_forgets_by_itself(
    redis: Redis, prefix: str
) -> None:
    store, keys = store_in(redis, prefix), Keys(prefix)
    await store.beat(ONE, keep=0.1)
    await asyncio.sleep(0.2)
    assert redis.tell("EXISTS", keys.replicas, keys.replicas_until) == b":0\r\n"
    await store.close()


async def test_two_of_one_name_are_two(redis: Redis, prefix: str) -> None:
    store = store_in(redis, prefix)
    twin = replace(ONE, instance="a2")
    await store.beat(ONE, keep=10)
    assert (await store.beat(twin, keep=10)).members == (ONE, twin)
    await store.close()


async def test_without_a_second_server_what_is_written_is_where_it_stays(
    redis: Redis, prefix: str
) -> None:
    store = store_in(redis, prefix)
    meeting = meeting_of(store)
    assert meeting is not None
    assert await meeting.confirmed(0.1)
    await store.close()


async def test_what_a_later_version_says_of_itself_is_read_as_far_as_it_goes(
    redis: Redis, prefix: str
) -> None:
    store, keys = store_in(redis, prefix), Keys(prefix)
    text = b'{"instance":"z","replica":"r9","beat":1,"started_at":0,"mood":"good"}'
    await store.beat(ONE, keep=10)
    redis.tell("HSET", keys.replicas, "z", text)
    assert (await store.beat(ONE, keep=10)).members == (ONE, Presence("r9", "z", beat=1))
    await store.close()


async def test_a_server_that_may_not_write_renews_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "min-replicas-to-write 1") as server:
        store = store_at(server.url)
        with pytest.raises(NotDurableError, match="too few of its replicas"):
            await store.beat(ONE, keep=10)
        assert server.tell("EXISTS", Keys("gray").replicas) == b":0\r\n"
        await store.close()


# Calls...


async def test_a_call_reaches_all_who_listen_at_once(redis: Redis, prefix: str) -> None:
    one, other = store_in(redis, prefix, look_again=20), store_in(redis, prefix)
    async with aclosing(one.calls()) as calls:
        first = asyncio.ensure_future(anext(calls))
        await asyncio.to_thread(redis.await_listener, Keys(prefix).calls)
        assert await other.call_out(b"roll back \xff") == 1
        assert await asyncio.wait_for(first, 5) == b"roll back \xff"
    for store in (one, other):
        await store.close()


async def test_a_call_that_nobody_hears_is_known_as_such(redis: Redis, prefix: str) -> None:
    store = store_in(redis, prefix)
    assert await store.call_out(b"anybody?") == 0
    await store.close()


async def test_who_listens_is_told_when_the_connection_is_lost(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        store = store_at(server.url)
        async with aclosing(store.calls()) as calls:
            first = asyncio.ensure_future(anext(calls))
            await asyncio.to_thread(server.await_listener, Keys("gray").calls)
            server.stop()
            with pytest.raises(StoreUnavailableError):
                await asyncio.wait_for(first, 5)
        await store.close()


async def test_who_listens_is_told_when_the_store_closes(redis: Redis, prefix: str) -> None:
    store = store_in(redis, prefix)
    async with aclosing(store.calls()) as calls:
        first = asyncio.ensure_future(anext(calls))
        await asyncio.to_thread(redis.await_listener, Keys(prefix).calls)
        await store.close()
        with pytest.raises(StoreUnavailableError):
            await asyncio.wait_for(first, 5)


def test_replicas_meet_where_a_store_is_shared_alone() -> None:
    assert meeting_of(MemoryStore()) is None

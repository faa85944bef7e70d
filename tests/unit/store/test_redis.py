import asyncio
from pathlib import Path

import pytest

from router.errors import (
    NotDurableError,
    StoreDamagedError,
    StoreUnavailableError,
)
from router.store.audit import Intact, verify
from router.store.codec import HIGHEST
from router.store.port import Loaded, Passed, Saved
from router.store.redis import RedisStore
from router.store.redis_scripts import Keys
from tests.support.redis_servers import QUICK, Redis, running, store_at, store_in
from tests.support.stored import entry_of, refusal_of, release_at

FIRST = release_at(0, 1, share=500)
SECOND = release_at(0, 2, share=2000)
ROLLBACK = release_at(1, 3)


async def kept(store: RedisStore) -> None:
    await store.put_newer(FIRST, entry=entry_of(FIRST))


# Many at once...


async def test_of_many_who_write_at_once_each_gets_an_event_of_its_own(
    redis: Redis, prefix: str
) -> None:
    stores = [store_in(redis, prefix) for _ in range(5)]
    await asyncio.gather(
        *(store.append(refusal_of("support", str(n))) for store in stores for n in range(6))
    )
    head = await stores[0].head()
    assert head.sequence == 30
    assert await verify(stores[0].links, head) == Intact(head)
    for store in stores:
        await store.close()


async def test_a_rollback_gets_through_while_everybody_writes(redis: Redis, prefix: str) -> None:
    stores = [store_in(redis, prefix) for _ in range(4)]
    outcomes = await asyncio.gather(
        stores[0].put_newer(ROLLBACK, entry=entry_of(ROLLBACK)),
        *(store.append(refusal_of("support")) for store in stores for _ in range(5)),
    )
    assert isinstance(outcomes[0], Saved)
    for store in stores:
        await store.close()


async def test_who_loses_each_time_says_so(
    redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.store.redis_base.ATTEMPTS", 0)
    store = store_in(redis, prefix)
    with pytest.raises(StoreUnavailableError, match="others change it all the time"):
        await store.append(refusal_of("support"))
    await store.close()


async def test_stores_of_different_prefixes_know_nothing_of_each_other(redis: Redis) -> None:
    one, other = store_in(redis, "one-of-two"), store_in(redis, "two-of-two")
    await kept(one)
    assert await other.load() == Loaded(0, {})
    for store in (one, other):
        await store.close()


# Changes that are noticed...


async def test_a_change_is_told_and_not_only_looked_for(redis: Redis, prefix: str) -> None:
    one, other = store_in(redis, prefix, look_again=20), store_in(redis, prefix)
    known = await one.load()
    waiting = asyncio.ensure_future(one.changed(known.version))
    await asyncio.to_thread(redis.await_listener, Keys(prefix).news)
    await kept(other)
    assert await asyncio.wait_for(waiting, 5) == 1
    for store in (one, other):
        await store.close()


async def test_where_nobody_may_subscribe_changes_are_looked_for(tmp_path: Path) -> None:
    rules = "user gray on >word ~* resetchannels +@all"
    with running(tmp_path, "user default off", rules) as server:
        url = server.url.replace("//", "//gray:word@")
        one, other = store_at(url), store_at(url)
        known = await one.load()
        waiting = asyncio.ensure_future(one.changed(known.version))
        await asyncio.sleep(0)
        await kept(other)
        assert await asyncio.wait_for(waiting, 5) == 1
        for store in (one, other):
            await store.close()


async def test_another_history_of_the_same_length_is_noticed(
    redis: Redis, keys: Keys, prefix: str
) -> None:
    """As after a failover: the new master has another change in the place of ours."""
    store = store_in(redis, prefix)
    await kept(store)
    known = await store.load()
    waiting = asyncio.ensure_future(store.changed(known.version))
    redis.tell("HSET", keys.mark, "changed", "0" * 64)
    assert await asyncio.wait_for(waiting, 5) == known.version
    await store.close()


async def test_a_store_that_was_emptied_is_noticed(redis: Redis, keys: Keys, prefix: str) -> None:
    store = store_in(redis, prefix)
    await kept(store)
    known = await store.load()
    waiting = asyncio.ensure_future(store.changed(known.version))
    redis.tell("DEL", keys.mark, keys.releases, keys.stands, keys.events)
    assert await asyncio.wait_for(waiting, 5) == 0
    assert await store.load() == Loaded(0, {})
    await store.close()


# What is not as a router left it...


async def test_releases_without_the_mark_are_damage(redis: Redis, keys: Keys, prefix: str) -> None:
    store = store_in(redis, prefix)
    await kept(store)
    redis.tell("DEL", keys.mark)
    with pytest.raises(StoreDamagedError, match="its mark is missing"):
        await store.load()
    await store.close()


async def test_a_release_goes_back_for_nobody_whatever_he_has_read(
    redis: Redis, keys: Keys, prefix: str
) -> None:
    store = store_in(redis, prefix)
    await kept(store)
    redis.tell("HSET", keys.stands, "support", "7 9")
    with pytest.raises(StoreDamagedError, match="do not fit together"):
        await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    assert (await store.load()).releases == {"support": FIRST}
    await store.close()


async def test_stands_are_told_apart_up_to_the_highest_that_there_is(
    redis: Redis, keys: Keys, prefix: str
) -> None:
    store = store_in(redis, prefix)
    one, next_one = release_at(HIGHEST - 1, HIGHEST - 1), release_at(HIGHEST - 1, HIGHEST)
    for release in (one, next_one):
        assert isinstance(await store.put_newer(release, entry=entry_of(release)), Saved)
    redis.tell("HSET", keys.stands, "support", f"{HIGHEST} {HIGHEST - 2}")
    last = release_at(HIGHEST, HIGHEST - 2)
    with pytest.raises(StoreDamagedError, match="do not fit together"):
        await store.put_newer(last, entry=entry_of(last))
    assert redis.tell("HGET", keys.mark, "epoch").endswith(b"%d\r\n" % (HIGHEST - 1))
    await store.close()


@pytest.mark.parametrize(
    "leftover",
    [
        ("XADD", "events:support", "9-0", "of", ""),
        ("XADD", "events", "9-0", "of", ""),
        ("SET", "events:support", "x"),
        ("SET", "stands", "x"),
    ],
    ids=" ".join,
)
async def test_nothing_is_half_written_upon_what_others_left(
    redis: Redis, keys: Keys, prefix: str, leftover: tuple[str, ...]
) -> None:
    store = store_in(redis, prefix)
    await store.load()
    command, key, *rest = leftover
    redis.tell(command, keys(key), *rest)
    with pytest.raises(StoreDamagedError, match="do not fit together"):
        await kept(store)
    assert await store.load() == Loaded(0, {})
    await store.close()


# A server that is away...


async def test_a_wait_for_changes_ends_with_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        store = store_at(server.url, limits=QUICK)
        known = await store.load()
        waiting = asyncio.ensure_future(store.changed(known.version))
        await asyncio.sleep(0)
        server.stop()
        with pytest.raises(StoreUnavailableError):
            await asyncio.wait_for(waiting, 5)
        await store.close()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (("min-replicas-to-write", "1"), "too few of its replicas"),
        (("maxmemory", "1"), "no memory left"),
    ],
)
async def test_what_a_server_cannot_keep_is_not_durable(
    tmp_path: Path, setting: tuple[str, str], said: str
) -> None:
    with running(tmp_path) as server:
        store = store_at(server.url)
        await kept(store)
        server.tell("CONFIG", "SET", *setting)
        with pytest.raises(NotDurableError, match=said):
            await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
        assert (await store.load()).releases == {"support": FIRST}
        assert (await store.head()).sequence == 1
        await store.close()


async def test_a_replica_takes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        store = store_at(server.url)
        await kept(store)
        server.tell("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(NotDurableError, match="it is a replica"):
            await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
        await store.close()


async def test_a_change_is_refused_by_the_law_before_anything_is_sent(
    redis: Redis, prefix: str
) -> None:
    store = store_in(redis, prefix)
    await kept(store)
    await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    refused = await store.compare_and_set(SECOND, based_on=(0, 1), entry=entry_of(SECOND))
    assert refused == Passed(ROLLBACK)
    await store.close()

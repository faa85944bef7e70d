import asyncio
import signal
import time
from pathlib import Path

import pytest

from router.errors import (
    StoreDamagedError,
    StoreTooNewError,
    StoreUnavailableError,
)
from router.store.audit import Intact, verify
from router.store.port import Answered, Saved
from router.store.redis import RedisStore
from router.store.redis_scripts import Keys
from tests.support.redis_servers import QUICK, Redis, running, store_at, store_in
from tests.support.stored import entry_of, refusal_of, release_at

FIRST = release_at(0, 1, share=500)
ROLLBACK = release_at(1, 3)


async def kept(store: RedisStore) -> None:
    await store.put_newer(FIRST, entry=entry_of(FIRST))


async def test_a_store_of_a_newer_version_is_not_guessed_at(
    redis: Redis, keys: Keys, prefix: str
) -> None:
    store = store_in(redis, prefix)
    await kept(store)
    redis.tell("HSET", keys.mark, "format", "2")
    with pytest.raises(StoreTooNewError, match="its format is 2"):
        await store.load()
    with pytest.raises(StoreTooNewError):
        await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    await store.close()


async def test_a_log_that_was_cut_off_is_damage(redis: Redis, keys: Keys, prefix: str) -> None:
    store = store_in(redis, prefix)
    await kept(store)
    await store.append(refusal_of("support"))
    redis.tell("XDEL", keys.events, "2-0")
    await store.reopen()
    with pytest.raises(StoreDamagedError, match="does not end where it should"):
        await store.load()
    await store.close()


async def test_the_key_of_another_program_is_damage(redis: Redis, keys: Keys, prefix: str) -> None:
    redis.tell("SET", keys.mark, "theirs")
    store = store_in(redis, prefix)
    with pytest.raises(StoreDamagedError, match="not of the kind that a router wrote"):
        await store.load()
    await store.close()


async def test_who_looks_into_a_store_makes_none(redis: Redis, keys: Keys, prefix: str) -> None:
    tool = store_in(redis, prefix).as_it_is()
    with pytest.raises(StoreUnavailableError, match=f"there is no store '{prefix}'"):
        await tool.put_newer(FIRST, entry=entry_of(FIRST))
    assert redis.tell("EXISTS", keys.mark) == b":0\r\n"
    await tool.close()


async def test_who_looks_into_a_store_may_roll_it_back(redis: Redis, prefix: str) -> None:
    own = store_in(redis, prefix)
    await kept(own)
    tool = store_in(redis, prefix).as_it_is()
    assert isinstance(await tool.put_newer(ROLLBACK, entry=entry_of(ROLLBACK)), Saved)
    assert (await own.load()).releases == {"support": ROLLBACK}
    for store in (own, tool):
        await store.close()


async def test_a_server_that_stands_still_costs_its_limit_and_no_more(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        store = store_at(server.url, limits=QUICK)
        await kept(store)
        server.signal(signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError, match="it does not answer"):
            await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
        assert time.monotonic() - began < QUICK.whole + 0.5
        server.signal(signal.SIGCONT)
        assert isinstance(await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK)), Saved)
        await store.close()


async def test_a_server_that_was_started_anew_has_all_that_it_was_given(tmp_path: Path) -> None:
    with running(tmp_path, "appendfsync always") as server:
        store = store_at(server.url, limits=QUICK)
        await kept(store)
        server.stop()
        with pytest.raises(StoreUnavailableError, match="there is no connection to it"):
            await store.load()
        server.start()
        assert (await store.load()).releases == {"support": FIRST}
        await store.close()


async def test_what_is_under_way_is_finished_when_the_store_closes(
    redis: Redis, prefix: str
) -> None:
    store = store_in(redis, prefix)
    await store.load()
    writing = asyncio.ensure_future(store.remember(_answer()))
    await asyncio.sleep(0)
    await store.close()
    await writing
    another = store_in(redis, prefix)
    assert await another.recall("key", 1.0) == _answer()
    await another.close()


def _answer() -> Answered:
    return Answered("key", "f", 200, b"\xff{}", 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("killed_after", [0.0, 0.003, 0.01, 0.02, 0.05])
async def test_a_server_that_is_killed_while_it_writes_has_what_it_said_it_has(
    tmp_path: Path, killed_after: float
) -> None:
    with running(tmp_path, "appendfsync always") as server:
        stores = [store_at(server.url, limits=QUICK) for _ in range(3)]
        said: list[int] = []

        async def write(store: RedisStore) -> None:
            while True:
                try:
                    said.append((await store.append(refusal_of("support"))).sequence)
                except StoreUnavailableError:
                    return

        await stores[0].load()
        writing = asyncio.gather(*map(write, stores))
        await asyncio.sleep(killed_after)
        server.stop()
        await writing
        server.start()
        head = await stores[0].head()
        assert await verify(stores[0].links, head) == Intact(head)
        assert max(said, default=0) <= head.sequence
        assert sorted(said) == sorted(set(said))
        await stores[1].append(refusal_of("support"))
        assert (await stores[2].head()).sequence == head.sequence + 1
        for store in stores:
            await store.close()

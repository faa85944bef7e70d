import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from router.errors import StoreDamagedError, StoreNotEmptyError, StoreUnavailableError
from router.store.audit import Link
from router.store.copying import copy
from router.store.memory import MemoryStore, Shelf
from router.store.port import Store
from router.store.redis_scripts import Keys
from router.store.sqlite import SqliteStore
from tests.support.redis_servers import Redis, store_in
from tests.support.stored import entry_of, refusal_of, release_at

FIRST = release_at(0, 1, share=500)
ROLLBACK = release_at(1, 2)
OTHER = release_at(0, 4, service="billing", share=2000)


async def lived_in(store: Store) -> None:
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST, why="größer"))
    await store.append(refusal_of("supp\udce9rt", "not \x00 now"))
    await store.put_newer(OTHER, entry=entry_of(OTHER))
    await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK, FIRST))


def rows(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT sequence, service, text, hash FROM event")
        rows = found.fetchall() + connection.execute("SELECT * FROM release").fetchall()
    connection.close()
    return rows


async def test_a_log_is_the_same_bytes_after_it_went_to_redis_and_back(
    redis: Redis, tmp_path: Path
) -> None:
    old, new = SqliteStore(tmp_path / "old.db"), SqliteStore(tmp_path / "new.db")
    between = store_in(redis, secrets.token_hex(4))
    await lived_in(old)
    there = await copy(old, between)
    back = await copy(between, new)
    assert there == back
    assert (there.services, there.head) == (("billing", "support"), await old.head())
    assert list(await between.links(0)) == list(await old.links(0))
    for store in (old, between, new):
        await store.close()
    assert rows(tmp_path / "old.db") == rows(tmp_path / "new.db")


async def test_a_log_of_many_pages_is_copied_whole(redis: Redis) -> None:
    old, new = MemoryStore(), store_in(redis, secrets.token_hex(4))
    for number in range(1100):
        await old.append(refusal_of("support", str(number)))
    assert (await copy(old, new)).head.sequence == 1100
    assert len(await new.links(1000)) == 100
    await new.close()


async def test_a_log_that_was_tampered_with_is_not_copied(redis: Redis) -> None:
    prefix = secrets.token_hex(4)
    old, new = store_in(redis, prefix), MemoryStore()
    await lived_in(old)
    redis.tell("XDEL", Keys(prefix).events, "2-0")
    with pytest.raises(StoreDamagedError, match="does not hold at event 2: it is missing"):
        await copy(old, new)
    assert (await new.load()).releases == {}
    await old.close()


async def test_nothing_is_copied_over_something() -> None:
    old, new = MemoryStore(), MemoryStore()
    await lived_in(old)
    await new.append(refusal_of("support"))
    with pytest.raises(StoreNotEmptyError):
        await copy(old, new)


class Busy(MemoryStore):
    """A router writes to it whenever its log is read."""

    async def links(self, after: int, limit: int = 1000) -> Sequence[Link]:
        links = await super().links(after, limit)
        await self.append(refusal_of("support"))
        return links


async def test_a_store_that_a_router_writes_to_is_not_copied() -> None:
    old, new = Busy(Shelf()), MemoryStore()
    await lived_in(old)
    with pytest.raises(StoreUnavailableError, match="stop it first"):
        await copy(old, new)
    assert (await new.head()).sequence == 0

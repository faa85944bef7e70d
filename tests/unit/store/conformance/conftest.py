"""The laws that every store obeys. A further one needs an opener here, and nothing else."""

import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from router.store.memory import MemoryStore, Shelf
from router.store.memory_records import MemoryRecords, RecordShelf
from router.store.port import Store
from router.store.records import Records
from router.store.sqlite import SqliteStore
from router.store.sqlite_records import SqliteRecords
from tests.support.redis_servers import Redis, records_in, store_in

Open = Callable[[], Store]
"""Opens a further store upon the same content, as another router would."""


def in_memory(_: Path) -> Open:
    shelf = Shelf()
    return lambda: MemoryStore(shelf)


def in_sqlite(folder: Path) -> Open:
    return lambda: SqliteStore(folder / "router.db", look_again=0.01)


def in_redis(server: Redis) -> Open:
    prefix = secrets.token_hex(4)
    return lambda: store_in(server, prefix, look_again=0.05)


@pytest.fixture(params=["in_memory", "in_sqlite", "in_redis"])
async def another(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """What opens the store that is tested; all are closed at the end."""
    opened: list[Store] = []
    openers: dict[str, Callable[[], Open]] = {
        "in_memory": lambda: in_memory(tmp_path),
        "in_sqlite": lambda: in_sqlite(tmp_path),
        "in_redis": lambda: in_redis(request.getfixturevalue("redis")),
    }
    opener = openers[request.param]()

    def opens() -> Store:
        opened.append(opener())
        return opened[-1]

    yield opens
    for store in opened:
        await store.close()


@pytest.fixture
def store(another: Open) -> Store:
    return another()


Keep = Callable[[], Records]
"""Opens further records upon the same content, as another router would."""


def records_in_memory(_: Path) -> Keep:
    shelf = RecordShelf()
    return lambda: MemoryRecords(shelf)


def records_in_sqlite(folder: Path) -> Keep:
    return lambda: SqliteRecords(folder / "router.db.records")


def records_in_redis(server: Redis) -> Keep:
    prefix = secrets.token_hex(4)
    return lambda: records_in(server, prefix)


@pytest.fixture(params=["in_memory", "in_sqlite", "in_redis"])
async def more_records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keep]:
    """What opens the records that are tested; all are closed at the end."""
    opened: list[Records] = []
    openers: dict[str, Callable[[], Keep]] = {
        "in_memory": lambda: records_in_memory(tmp_path),
        "in_sqlite": lambda: records_in_sqlite(tmp_path),
        "in_redis": lambda: records_in_redis(request.getfixturevalue("redis")),
    }
    opener = openers[request.param]()

    def opens() -> Records:
        opened.append(opener())
        return opened[-1]

    yield opens
    for records in opened:
        await records.close()


@pytest.fixture
def records(more_records: Keep) -> Records:
    return more_records()

"""The laws that every store obeys. A further one needs an opener here, and nothing else."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from router.store.memory import MemoryStore, Shelf
from router.store.port import Store
from router.store.sqlite import SqliteStore

Open = Callable[[], Store]
"""Opens a further store upon the same content, as another router would."""


def in_memory(_: Path) -> Open:
    shelf = Shelf()
    return lambda: MemoryStore(shelf)


def in_sqlite(folder: Path) -> Open:
    return lambda: SqliteStore(folder / "router.db", look_again=0.01)


OPENERS: tuple[Callable[[Path], Open], ...] = (in_memory, in_sqlite)


@pytest.fixture(params=OPENERS, ids=lambda opener: opener.__name__)
async def another(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """What opens the store that is tested; all are closed at the end."""
    opened: list[Store] = []
    opener: Open = request.param(tmp_path)

    def opens() -> Store:
        opened.append(opener())
        return opened[-1]

    yield opens
    for store in opened:
        await store.close()


@pytest.fixture
def store(another: Open) -> Store:
    return another()

import asyncio
import contextlib
import logging
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from router.control import shadow_key
from router.control.shadow_key import FILE, NAME, ShadowKey, own_key
from router.errors import StoreUnavailableError
from router.store.memory import MemoryStore, Shelf

OURS, THEIRS = bytes(range(32)), bytes(range(1, 33))


class Asked:
    """A store that answers only if it is let, and tells that it was asked."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.store = MemoryStore(shelf)
        self.is_away = False
        self._asked = asyncio.Event()

    async def secret(self, name: str, fresh: bytes) -> bytes:
        self._asked.set()
        if self.is_away:
            raise StoreUnavailableError("away")
        return await self.store.secret(name, fresh)

    async def is_asked_again(self) -> None:
        """Return once what came of an earlier answer is done: two questions later."""
        for _ in range(2):
            self._asked.clear()
            await asyncio.wait_for(self._asked.wait(), 5)


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_key, "RETRY_EVERY", 0.001)
    monkeypatch.setattr(shadow_key, "LOOK_AGAIN", 0.001)


@contextlib.asynccontextmanager
async def kept(
    key: ShadowKey, store: Asked, folder: Path, is_ours: Callable[[], bool] = lambda: True
) -> AsyncIterator[list[bytes]]:
    """Keep it; what it was whenever it changed is told."""
    changes: list[bytes] = []
    key.observers.append(lambda: changes.append(key.value))
    work = asyncio.create_task(key.keep(store, folder, is_ours=is_ours))
    try:
        await store.is_asked_again()
        yield changes
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def test_each_router_begins_by_a_key_that_nobody_knows() -> None:
    assert len(own_key().value) == 32
    assert own_key().value != own_key().value


async def test_the_first_of_all_goes_on_by_its_own(tmp_path: Path) -> None:
    key, store = ShadowKey(OURS), Asked()
    async with kept(key, store, tmp_path) as changes:
        assert (key.value, changes) == (OURS, [])
    assert await store.store.secret(NAME, THEIRS) == OURS


async def test_all_others_go_over_to_what_stands(tmp_path: Path) -> None:
    shelf = Shelf(secrets={NAME: THEIRS})
    key = ShadowKey(OURS)
    async with kept(key, Asked(shelf), tmp_path) as changes:
        assert (key.value, changes) == (THEIRS, [THEIRS])


async def test_until_the_store_answers_copies_are_drawn_by_what_there_is(tmp_path: Path) -> None:
    key, store = ShadowKey(OURS), Asked(Shelf(secrets={NAME: THEIRS}))
    store.is_away = True
    async with kept(key, store, tmp_path) as changes:
        assert (key.value, changes) == (OURS, [])
        assert not (tmp_path / FILE).exists()
        store.is_away = False
        await store.is_asked_again()
        assert changes == [THEIRS]


async def test_what_was_heard_outlives_a_restart_without_the_store(tmp_path: Path) -> None:
    async with kept(ShadowKey(OURS), Asked(Shelf(secrets={NAME: THEIRS})), tmp_path):
        pass
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    again = ShadowKey(OURS)
    again.recall(tmp_path)
    assert again.value == THEIRS


async def test_a_store_that_lost_its_state_gets_it_back(tmp_path: Path) -> None:
    shelf = Shelf()
    store = Asked(shelf)
    async with kept(ShadowKey(OURS), store, tmp_path) as changes:
        shelf.secrets.clear()
        await store.is_asked_again()
        assert shelf.secrets == {NAME: OURS}
        assert changes == []


async def test_a_file_that_was_removed_is_written_again(tmp_path: Path) -> None:
    store = Asked()
    async with kept(ShadowKey(OURS), store, tmp_path):
        (tmp_path / FILE).unlink()
        await store.is_asked_again()
        assert (tmp_path / FILE).read_bytes() == OURS


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_file_that_holds_no_key_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    key = ShadowKey(OURS)
    key.recall(tmp_path)
    assert key.value == OURS


async def test_a_folder_that_takes_nothing_or_is_another_s_costs_nothing(tmp_path: Path) -> None:
    key = ShadowKey(OURS)
    key.recall(tmp_path / "missing")
    async with kept(key, Asked(), tmp_path / "missing"):
        assert key.value == OURS
    async with kept(key, Asked(), tmp_path, is_ours=lambda: False):
        assert not (tmp_path / FILE).exists()


async def test_what_is_no_key_is_told_once_and_never_drawn_by(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key, store = ShadowKey(OURS), Asked(Shelf(secrets={NAME: b"short"}))
    with caplog.at_level(logging.INFO, "gray_router"):
        async with kept(key, store, tmp_path) as changes:
            await store.is_asked_again()
    assert (key.value, changes) == (OURS, [])
    assert [record.getMessage() for record in caplog.records] == ["shadow_key_unusable"]

import asyncio
import contextlib
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.errors import NotDurableError, StoreDamagedError, StoreUnavailableError
from router.store import sqlite_file
from router.store.audit import Broken, verify
from router.store.port import Saved, Store
from router.store.sqlite import SqliteStore
from router.store.sqlite_file import OpenFile, open_file
from tests.support.stored import entry_of, release_at

FIRST = release_at(0, 1, share=500)
SECOND = release_at(1, 2)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "router.db")
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    yield store
    await store.close()


async def tell(store: SqliteStore, statement: str) -> None:
    """Have the store's own connection do something."""
    await store._read(lambda connection: connection.execute(statement).fetchall())


async def test_it_never_touches_the_disk_in_the_event_loop(tmp_path: Path) -> None:
    threads = list[str]()

    def opening(path: Path) -> OpenFile:
        threads.append(threading.current_thread().name)
        return open_file(path)

    store = SqliteStore(tmp_path / "router.db", opener=opening)
    await store.load()
    await store.load()
    await store.close()
    assert threads == ["store"]


@pytest.mark.parametrize("part", ["router.db", "router.db-wal"])
async def test_nothing_is_kept_in_a_file_that_nobody_will_find(
    store: SqliteStore, tmp_path: Path, part: str
) -> None:
    seen = [store.is_displaced]
    (tmp_path / part).unlink()
    seen.append(store.is_displaced)
    with pytest.raises(NotDurableError, match="removed or replaced"):
        await store.put_newer(SECOND, entry=entry_of(SECOND))
    await store.reopen()
    assert isinstance(await store.put_newer(SECOND, entry=entry_of(SECOND)), Saved)
    seen.append(store.is_displaced)
    assert seen == [False, True, False]
    assert (await SqliteStore(tmp_path / "router.db").load()).releases == {"support": SECOND}


async def test_on_a_full_disk_a_change_is_refused_whole(store: SqliteStore) -> None:
    await tell(store, "PRAGMA max_page_count = 1")
    large = entry_of(SECOND, FIRST, why="x" * 20_000)
    with pytest.raises(NotDurableError, match="database or disk is full"):
        await store.put_newer(SECOND, entry=large)
    assert (await store.load()).releases == {"support": FIRST}
    assert (await store.head()).sequence == 1
    await tell(store, "PRAGMA max_page_count = 1000000")
    assert isinstance(await store.put_newer(SECOND, entry=large), Saved)


async def test_on_a_read_only_disk_a_change_is_refused_and_reading_goes_on(
    store: SqliteStore,
) -> None:
    await tell(store, "PRAGMA query_only = ON")
    with pytest.raises(NotDurableError, match="readonly"):
        await store.put_newer(SECOND, entry=entry_of(SECOND))
    assert (await store.load()).releases == {"support": FIRST}


async def test_a_disk_that_is_no_longer_read_only_is_noticed_by_the_next_change(
    store: SqliteStore,
) -> None:
    await tell(store, "PRAGMA query_only = ON")
    with pytest.raises(NotDurableError):
        await store.put_newer(SECOND, entry=entry_of(SECOND))
    assert isinstance(await store.put_newer(SECOND, entry=entry_of(SECOND)), Saved)


async def test_a_store_that_was_opened_on_a_full_disk_is_changed_when_there_is_room(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.close()
    with monkeypatch.context() as full:
        usable = sqlite_file._usable

        def fail(path: Path) -> sqlite3.Connection:
            raise NotDurableError(f"{path}: disk I/O error")

        full.setattr(sqlite_file, "_usable", fail)
        later = SqliteStore(tmp_path / "router.db")
        assert (await later.load()).releases == {"support": FIRST}
        with pytest.raises(NotDurableError, match="can be read and not be changed"):
            await later.put_newer(SECOND, entry=entry_of(SECOND))
        full.setattr(sqlite_file, "_usable", usable)
        await later.put_newer(SECOND, entry=entry_of(SECOND))
    assert (await later.load()).releases == {"support": SECOND}
    assert [note.is_loss for note in later.notes] == [False]
    await later.close()


async def test_another_program_that_holds_the_store_is_waited_for_and_not_for_ever(
    store: SqliteStore, tmp_path: Path
) -> None:
    await tell(store, "PRAGMA busy_timeout = 1")
    with contextlib.closing(sqlite3.connect(tmp_path / "router.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="locked"):
            await store.put_newer(SECOND, entry=entry_of(SECOND))
        assert (await store.load()).releases == {"support": FIRST}
        other.rollback()
    assert isinstance(await store.put_newer(SECOND, entry=entry_of(SECOND)), Saved)


async def test_a_store_that_cannot_be_opened_is_tried_again_by_the_next_call(
    tmp_path: Path,
) -> None:
    (tmp_path / "var").touch()
    store = SqliteStore(tmp_path / "var" / "router.db")
    for _ in range(2):
        with pytest.raises(NotDurableError, match="File exists"):
            await store.load()
    (tmp_path / "var").unlink()
    assert (await store.load()).releases == {}
    await store.close()


async def test_what_had_to_be_done_to_open_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "router.db").write_bytes(b"garbage")
    store = SqliteStore(tmp_path / "router.db")
    assert list(store.notes) == []
    await store.load()
    (note,) = store.notes
    assert note.is_loss
    assert "file is not a database" in note.text
    await store.close()


async def test_a_release_that_is_damaged_while_we_run_is_told_as_such(store: SqliteStore) -> None:
    await tell(store, "UPDATE release SET text = 'garbage'")
    with pytest.raises(StoreDamagedError, match="a stored release cannot be read"):
        await store.load()
    with pytest.raises(StoreDamagedError):
        await store.put_newer(SECOND, entry=entry_of(SECOND))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE event SET text = replace(CAST(text AS TEXT), 'ada', 'eve') WHERE sequence = 2",
        "UPDATE event SET text = 17 WHERE sequence = 2",
        "UPDATE event SET hash = x'ff' WHERE sequence = 2",
        "UPDATE event SET service = 'billing' WHERE sequence = 2",
        "DELETE FROM event WHERE sequence = 2",
        "UPDATE event SET sequence = 9 WHERE sequence = 2",
    ],
)
async def test_whoever_edits_the_audit_log_is_found_out(
    store: SqliteStore, tmp_path: Path, tampering: str
) -> None:
    for revision in (2, 3, 4):
        release = release_at(0, revision)
        await store.put_newer(release, entry=entry_of(release))
    with contextlib.closing(sqlite3.connect(tmp_path / "router.db")) as editor:
        editor.execute(tampering)
        editor.commit()
    verdict = await verify(store.links, await store.head())
    assert isinstance(verdict, Broken)
    assert verdict.sequence == 2


async def test_a_rollback_is_kept_even_when_nobody_waits_for_the_disk_any_more(
    store: SqliteStore,
) -> None:
    may_go_on = threading.Event()
    stuck = asyncio.ensure_future(store._read(lambda _: may_go_on.wait(10)))
    raised = asyncio.ensure_future(
        store.compare_and_set(
            release_at(0, 2, share=900), based_on=(0, 1), entry=entry_of(release_at(0, 2))
        )
    )
    rollback = asyncio.ensure_future(store.put_newer(SECOND, entry=entry_of(SECOND)))
    await asyncio.sleep(0)
    raised.cancel()
    rollback.cancel()
    await asyncio.gather(raised, rollback, return_exceptions=True)
    may_go_on.set()
    await stuck
    assert (await store.load()).releases == {"support": SECOND}
    assert (await store.head()).sequence == 2


async def test_a_change_of_our_own_is_noticed_at_once(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "router.db", look_again=3600)
    known = await store.load()
    noticed = asyncio.ensure_future(store.changed(known.version))
    await asyncio.sleep(0)  # its first look comes before what follows
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    async with asyncio.timeout(5):
        assert await noticed == 1
    await store.close()


async def test_closing_waits_for_what_was_asked_before(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    store: Store = SqliteStore(path)
    asked = asyncio.ensure_future(store.put_newer(FIRST, entry=entry_of(FIRST)))
    await asyncio.sleep(0)
    await store.close()
    assert isinstance(await asked, Saved)
    assert not path.with_name("router.db-wal").exists()


async def test_who_reopens_it_meets_what_is_at_its_place_by_then(tmp_path: Path) -> None:
    path = tmp_path / "data" / "gray-router.db"
    store = SqliteStore(path)
    first = release_at(0, 1)
    await store.put_newer(first, entry=entry_of(first))
    shutil.rmtree(path.parent)
    await store.reopen()
    assert (await store.load()).releases == {}
    await store.put_newer(first, entry=entry_of(first))
    await store.close()
    again = SqliteStore(path)
    assert (await again.load()).releases == {"support": first}
    await again.close()

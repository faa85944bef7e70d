import asyncio
import getpass
import json
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from router.cli.main import main
from router.release.state import Release, Status
from router.store.audit import Entry, Event, Intact, verify
from router.store.opening import open_existing, open_store
from router.store.port import Passed, Saved, Store
from tests.support.stored import entry_of, release_at

T = TypeVar("T")


def with_store(file: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        store = open_store(f"sqlite:///{file}", Path())
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "gray-router.db"

    async def fill(store: Store) -> None:
        for service, share in (("support", 2000), ("orders", 500)):
            release = release_at(3, 7, service=service, share=share)
            await store.put_newer(release, entry=entry_of(release))

    with_store(file, fill)
    return file


def rollback(file: Path, *words: str) -> int:
    return main(["rollback", *words, "--store", f"sqlite:///{file}"])


def releases(file: Path) -> dict[str, Release]:
    async def load(store: Store) -> dict[str, Release]:
        return dict((await store.load()).releases)

    return with_store(file, load)


def last_event(file: Path) -> Event:
    async def last(store: Store) -> Event:
        page = await store.events()
        return page.events[0]

    return with_store(file, last)


def test_the_store_stands_at_0_with_another_epoch(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = time.time()
    assert rollback(file, "support", "--reason", "errors") == 0
    after = releases(file)
    support = after["support"]
    assert (support.status, support.share, support.epoch, support.revision) == (
        Status.ROLLED_BACK,
        0,
        4,
        8,
    )
    assert (support.by, support.reason) == (getpass.getuser(), "errors")
    assert before <= support.updated_at <= time.time()
    assert after["orders"].share == 500
    assert capsys.readouterr().out == (
        "support: rolled back in the store (epoch 4); it stood at 20 %, rolling.\n"
        "A router that runs on this store notices it by itself; one that is started begins rolled "
        "back. Look with `gray-router status`.\n"
    )


def test_it_is_in_the_audit_log(file: Path) -> None:
    rollback(file, "support", "--reason", "errors")
    event = last_event(file)
    assert (event.command, event.service, event.origin) == ("rollback", "support", "store")
    assert (event.who, event.why, event.accepted) == (getpass.getuser(), "errors", True)
    assert event.old is not None
    assert event.new is not None
    assert (event.old["share"], event.new["share"]) == (2000, 0)

    async def check(store: Store) -> object:
        return await verify(store.links, await store.head())

    assert isinstance(with_store(file, check), Intact)


def test_all_are_rolled_back_if_that_is_said(file: Path) -> None:
    assert rollback(file, "--all") == 0
    assert {release.share for release in releases(file).values()} == {0}


def test_of_several_one_has_to_be_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback(file) == 2
    assert "which service? The store knows orders, support.\n--all" in capsys.readouterr().err


def test_the_one_that_there_is_need_not_be_named(tmp_path: Path) -> None:
    async def fill(store: Store) -> None:
        release = release_at(0, 1, share=500)
        await store.put_newer(release, entry=entry_of(release))

    with_store(tmp_path / "one.db", fill)
    assert rollback(tmp_path / "one.db") == 0
    assert releases(tmp_path / "one.db")["support"].epoch == 1


def test_a_misspelled_service_is_refused_with_the_names_there_are(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rollback(file, "suport") == 1
    assert capsys.readouterr().err == (
        "NOTHING WAS ROLLED BACK: the store knows no service suport; it knows orders, support\n"
    )


def test_what_was_rolled_back_may_be_so_once_more(file: Path) -> None:
    assert rollback(file, "support") == 0
    assert rollback(file, "support") == 0
    assert releases(file)["support"].epoch == 5


def test_a_change_that_comes_in_between_is_outdone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = release_at(9, 9, share=5000)
    opened = open_existing

    def slow(url: str, folder: Path) -> Store:
        store = opened(url, folder)
        put, between = store.put_newer, [raised]

        async def late(release: Release, *, entry: Entry) -> Saved | Passed:
            while between:
                other = between.pop()
                await put(other, entry=entry_of(other))
            return await put(release, entry=entry)

        monkeypatch.setattr(store, "put_newer", late)
        return store

    monkeypatch.setattr("router.cli.rollback_store.open_existing", slow)
    assert rollback(file, "support") == 0
    assert (releases(file)["support"].epoch, releases(file)["support"].share) == (10, 0)


def test_a_store_that_is_not_there_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rollback(tmp_path / "folder" / "none.db", "support") == 1
    assert "none.db: there is no such file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database" * 500], ids=["empty", "other"])
def test_a_damaged_store_is_left_as_it_is(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gray-router.db"
    file.write_bytes(content)
    assert rollback(file, "support") == 1
    assert str(file) in capsys.readouterr().err
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {file.name: content}


def test_another_programs_database_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "photos.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE photo (name)")
    connection.close()
    before = file.read_bytes()
    assert rollback(file, "support") == 1
    assert "it is the database of another program" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["photos.db"]


def test_a_store_that_another_program_holds_is_said_so(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert rollback(file, "support") == 1
    holder.close()
    assert "locked" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["memory:", "redis://secret@host/x", "data/x.db"])
def test_what_is_no_file_of_a_store_is_wrong_usage(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "support", "--store", url]) == 2
    assert "secret" not in capsys.readouterr().err


def test_a_user_without_a_name_is_his_number(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    rollback(file, "support")
    assert last_event(file).who == "uid 4000000"


def test_json_says_where_it_stands(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback(file, "support", "--json") == 0
    report = {"service": "support", "epoch": 4, "revision": 8, "percent": 0, "durable": "store"}
    assert json.loads(capsys.readouterr().out) == {"reports": [report]}

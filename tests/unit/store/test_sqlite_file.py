import contextlib
import re
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from router.errors import (
    NotDurableError,
    StoreDamagedError,
    StoreError,
    StoreTooNewError,
    StoreUnavailableError,
)
from router.store import sqlite_file, tables
from router.store.sqlite_file import OpenFile, move_aside, open_existing_file, open_file
from tests.support.stored import entry_of, release_at

RELEASE = release_at(1, 5, share=500)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store with one release is."""
    path = tmp_path / "router.db"
    file = open_file(path)
    with tables.transaction(file.connection):
        tables.put(file.connection, RELEASE, entry_of(RELEASE))
    file.connection.close()
    return path


def edited(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_new_store_is_for_us_alone_and_says_whose_it_is(tmp_path: Path) -> None:
    path = tmp_path / "var" / "router.db"
    file = open_file(path)
    file.connection.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_bytes()[68:72] == b"GRAY"
    assert file.note is None


def test_a_commit_is_on_the_disk_when_it_returns(path: Path) -> None:
    connection = open_file(path).connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_a_store_is_found_as_it_was_left(path: Path) -> None:
    file = open_file(path)
    assert tables.load(file.connection).releases == {"support": RELEASE}
    assert file.note is None
    file.connection.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database at all, " * 400)


def truncated_to(pages: float) -> Callable[[Path], None]:
    def truncate(path: Path) -> None:
        path.write_bytes(path.read_bytes()[: int(4096 * pages)])

    return truncate


def overwritten_page(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * 4096 + content[8192:])


def newer(path: Path) -> None:
    edited(path, "PRAGMA user_version = 9")


def newer_release(path: Path) -> None:
    edited(path, """UPDATE release SET text = '{"format":9,"release":{}}'""")


def unreadable_release(path: Path) -> None:
    edited(path, "UPDATE release SET text = 17")


def cut_log(path: Path) -> None:
    edited(path, "DELETE FROM event")


def without_mark(path: Path) -> None:
    edited(path, "DELETE FROM mark")


def without_a_table(path: Path) -> None:
    edited(path, "DROP TABLE answer")


DAMAGES: dict[Callable[[Path], None], str] = {
    garbage: "file is not a database",
    truncated_to(0): "it is empty",
    truncated_to(0.1): "",
    truncated_to(1): "",
    truncated_to(3.5): "",
    overwritten_page: "",
    newer: "was written by a newer version: its format is 9, this version reads up to 1",
    newer_release: "a stored release was written by a newer version",
    unreadable_release: "a stored release cannot be read",
    cut_log: "its audit log does not end where it should",
    without_mark: "the store's mark is not one row",
    without_a_table: "a table is missing",
}


@pytest.mark.parametrize(("damage", "why"), DAMAGES.items())
def test_a_damaged_store_is_moved_aside_and_reported(
    path: Path, damage: Callable[[Path], None], why: str
) -> None:
    damage(path)
    damaged = path.read_bytes()
    file = open_file(path)
    assert file.note is not None
    assert file.note.is_loss
    assert why in file.note.text
    aside = path.with_name("router.db.damaged-1")
    assert file.note.text.endswith(f"was moved to {aside}, and an empty one took its place")
    assert aside.read_bytes() == damaged
    assert tables.load(file.connection).releases == {}
    file.connection.close()
    again = open_file(path)
    assert again.note is None
    again.connection.close()


def test_what_is_moved_aside_never_takes_the_place_of_another(path: Path) -> None:
    for number in (1, 2, 3):
        path.write_bytes(b"garbage %d" % number)
        open_file(path).connection.close()
    kept = [path.with_name(f"router.db.damaged-{number}").read_bytes() for number in (1, 2, 3)]
    assert kept == [b"garbage 1", b"garbage 2", b"garbage 3"]


def test_what_belongs_to_a_store_moves_with_it(path: Path) -> None:
    path.with_name("router.db-wal").write_bytes(b"log")
    path.with_name("router.db-shm").write_bytes(b"index")
    aside = move_aside(path)
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "router.db.damaged-1",
        "router.db.damaged-1-shm",
        "router.db.damaged-1-wal",
    ]
    assert aside.name == "router.db.damaged-1"


def test_a_damaged_store_that_cannot_be_moved_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    garbage(path)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(NotDurableError, match="it is damaged; Read-only file system"):
        open_file(path)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    edited(path, "CREATE TABLE theirs (a)", "INSERT INTO theirs VALUES (1)")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailableError, match="it is the database of another program"):
        open_file(path)
    assert path.read_bytes() == before


def test_of_a_large_store_the_audit_log_is_not_read_to_its_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKED_WHOLE", 0)
    asked: list[str] = []
    usable = sqlite3.connect

    def connect(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = usable(*arguments, **options)  # type: ignore[call-overload]
        connection.set_trace_callback(asked.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect)
    open_file(path).connection.close()
    checks = [query for query in asked if "quick_check" in query]
    assert checks == [f"PRAGMA quick_check({name})" for name in ("release", "answer", "mark")]


def test_a_folder_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "router.db"
    with pytest.raises(NotDurableError, match=f"{re.escape(str(path.parent))}: File exists"):
        open_file(path)


def test_where_there_is_no_room_for_an_empty_store_it_is_told_where_the_damaged_one_went(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise NotDurableError("database or disk is full")

    garbage(path)
    monkeypatch.setattr(tables, "make", fail)
    told = r"router\.db\.damaged-1; an empty one cannot be made: database or disk is full"
    with pytest.raises(NotDurableError, match=told):
        open_file(path)


# A disk that takes nothing...


def refuse_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite fail as it does where its shared memory has no room; to read works still."""
    usable = sqlite3.connect

    def connect(database: object, **options: object) -> sqlite3.Connection:
        if "immutable=1" in str(database):
            return usable(database, **options)  # type: ignore[call-overload, no-any-return]
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    monkeypatch.setattr(sqlite3, "connect", connect)


def frozen(path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenFile:
    refuse_to_write(monkeypatch)
    return open_file(path)


def test_on_a_full_disk_a_store_that_was_closed_can_still_be_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = frozen(path, monkeypatch)
    assert file.is_frozen
    assert tables.load(file.connection).releases == {"support": RELEASE}
    assert file.note is not None
    assert not file.note.is_loss
    assert "the store can be read and not be changed" in file.note.text
    file.connection.close()


def test_what_may_be_older_than_what_was_answered_is_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.with_name("router.db-wal").write_bytes(b"later changes")
    with pytest.raises(NotDurableError, match="disk I/O error"):
        frozen(path, monkeypatch)


def test_a_damaged_store_on_a_full_disk_is_not_taken_for_a_whole_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_log(path)
    with pytest.raises(StoreError, match="does not end where it should"):
        frozen(path, monkeypatch)


def test_a_new_store_that_has_no_room_is_not_taken_for_one_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "router.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # as far as it came
    with pytest.raises(NotDurableError, match="disk I/O error"):
        frozen(path, monkeypatch)


def test_a_connection_that_fails_is_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.with_name("router.db-wal").write_bytes(b"later changes")
    refuse_to_write(monkeypatch)
    with pytest.raises(NotDurableError):
        open_file(path)


def test_an_error_that_is_no_fault_of_the_file_is_a_bug_and_stays_one(path: Path) -> None:
    with pytest.raises(sqlite3.ProgrammingError), sqlite_file.translated(path, writing=True):
        raise sqlite3.ProgrammingError("closed")


def test_a_store_that_is_there_is_opened_for_reading_and_writing(path: Path) -> None:
    file = open_existing_file(path)
    assert tables.stored(file.connection, "support") == RELEASE
    with tables.transaction(file.connection):
        tables.append(file.connection, entry_of(RELEASE))
    file.connection.close()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("DROP TABLE mark", StoreDamagedError),
        ("PRAGMA user_version = 99", StoreTooNewError),
        ("PRAGMA application_id = 7", StoreUnavailableError),
    ],
)
def test_whoever_opens_what_is_there_leaves_it_as_it_is(
    path: Path, statement: str, error: type[StoreError]
) -> None:
    edited(path, statement)
    before = path.read_bytes()
    with pytest.raises(error):
        open_existing_file(path)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.damaged-*"))

import sqlite3
from pathlib import Path

import pytest

from router.errors import NotDurableError, StoreTooNewError, StoreUnavailableError
from router.store import record_tables
from router.store.record_file import open_record_file, place_beside, shrink


def test_records_lie_beside_their_store() -> None:
    assert place_beside(Path("data/gray-router.db")) == Path("data/gray-router.db.records")


def test_a_new_file_is_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "records"
    file = open_record_file(path)
    file.connection.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_there_is_opened_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "records"
    for replica in ("r1", "r2"):
        connection = open_record_file(path).connection
        connection.execute("INSERT INTO total VALUES ('s', 'p', ?, 1, '')", (replica,))
        connection.close()
    connection = open_record_file(path).connection
    assert connection.execute("SELECT count(*) FROM total").fetchone() == (2,)
    connection.close()


def test_what_is_removed_is_overwritten_and_the_disk_gets_it_back(tmp_path: Path) -> None:
    path = tmp_path / "records"
    connection = open_record_file(path).connection
    connection.execute("INSERT INTO total VALUES ('s', 'p', 'r', 1, ?)", (b"canary" * 200_000,))
    shrink(connection)
    assert path.stat().st_size > 1_000_000
    assert b"canary" in path.read_bytes()
    connection.execute("DELETE FROM total")
    shrink(connection)
    assert b"canary" not in path.read_bytes()
    assert path.with_name("records-wal").stat().st_size == 0
    assert path.stat().st_size < 200_000
    connection.close()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records"
    connection = open_record_file(path).connection
    connection.execute(f"PRAGMA user_version = {record_tables.FORMAT + 1}")
    connection.close()
    with pytest.raises(StoreTooNewError):
        open_record_file(path)
    assert [each.name for each in tmp_path.iterdir() if "damaged" in each.name] == []


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StoreUnavailableError, match="another program"):
        open_record_file(path)


@pytest.mark.parametrize("damage", ["garbage", "a table is gone"])
def test_what_is_damaged_is_moved_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "records"
    if damage == "garbage":
        path.write_bytes(b"no database" * 1000)
    else:
        connection = open_record_file(path).connection
        connection.execute("DROP TABLE caller")
        connection.close()
    file = open_record_file(path)
    assert record_tables.are_all_there(file.connection)
    file.connection.close()
    assert (tmp_path / "records.damaged-1").exists()


def test_a_place_where_nothing_can_be_is_not_durable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotDurableError):
        open_record_file(tmp_path / "file" / "records")


def test_a_file_that_was_replaced_is_no_longer_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "records"
    file = open_record_file(path)
    stands = [file.is_displaced]
    path.unlink()
    stands.append(file.is_displaced)
    assert stands == [False, True]
    file.connection.close()

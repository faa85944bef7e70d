import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.errors import StoreDamagedError
from router.store import tables
from router.store.audit import Head
from router.store.codec import is_same
from router.store.port import KEPT_FOR, Answered
from tests.support.stored import NOON, entry_of, refusal_of, release_at

RELEASE = release_at(1, 5, share=500)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    tables.make(connection)
    yield connection
    connection.close()


def test_new_tables_are_empty_and_say_whose_they_are(connection: sqlite3.Connection) -> None:
    assert not tables.are_missing(connection)
    assert tables.are_all_there(connection)
    assert tables.origin(connection) == (tables.APPLICATION, tables.FORMAT)
    assert tables.ends_where_it_should(connection)
    assert tables.head(connection) == Head()


def test_an_empty_file_has_none_of_them() -> None:
    connection = sqlite3.connect(":memory:")
    assert tables.are_missing(connection)
    assert not tables.are_all_there(connection)
    connection.close()


def test_a_transaction_that_fails_leaves_nothing(connection: sqlite3.Connection) -> None:
    def fail() -> None:
        with tables.transaction(connection):
            tables.put(connection, RELEASE, entry_of(RELEASE))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert tables.load(connection).releases == {}
    assert tables.head(connection) == Head()
    with tables.transaction(connection):
        tables.put(connection, RELEASE, entry_of(RELEASE))
    assert tables.stored(connection, "support") == RELEASE


def test_what_is_compared_in_a_transaction_is_not_changed_by_others_meanwhile(
    tmp_path: Path,
) -> None:
    one, other = (
        sqlite3.connect(tmp_path / "router.db", timeout=0, isolation_level=None) for _ in range(2)
    )
    tables.make(one)
    with tables.transaction(one):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        tables.put(one, RELEASE, entry_of(RELEASE))
    with tables.transaction(other):
        assert tables.stored(other, "support") == RELEASE
    one.close()
    other.close()


def test_the_version_grows_with_releases_and_not_with_events(
    connection: sqlite3.Connection,
) -> None:
    tables.put(connection, RELEASE, entry_of(RELEASE))
    tables.append(connection, refusal_of("support"))
    assert tables.version(connection) == 1
    assert tables.load(connection).version == 1


def test_what_is_compared_is_what_would_be_written(connection: sqlite3.Connection) -> None:
    odd = release_at(1, 6, reason="caf\udce9")
    tables.put(connection, odd, entry_of(odd))
    assert is_same(tables.stored(connection, "support"), odd)
    assert not is_same(tables.stored(connection, "support"), RELEASE)
    assert not is_same(None, odd)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (tables._NEWEST, (9, 1)),
        (tables._NEWEST_OF_SERVICE, ("support", 9, 1)),
        (tables._FOLLOWING, (9, 1)),
    ],
)
def test_a_page_is_found_by_an_index_and_not_by_reading_all(
    connection: sqlite3.Connection, query: str, values: tuple[str | int, ...]
) -> None:
    plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    (step,) = [row[3] for row in plan]
    assert step.startswith("SEARCH event USING")


def test_answers_that_are_too_old_are_deleted(connection: sqlite3.Connection) -> None:
    for day in range(3):
        tables.remember(connection, Answered(f"key-{day}", "f", 200, b"", NOON + day * KEPT_FOR))
    assert connection.execute("SELECT count(*) FROM answer").fetchone() == (1,)


def test_two_ends_of_one_log_are_damage(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO mark SELECT * FROM mark")
    with pytest.raises(StoreDamagedError, match="mark is not one row"):
        tables.head(connection)

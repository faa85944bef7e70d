import sqlite3
from pathlib import Path

import pytest

from router.errors import StoreDamagedError
from router.store import record_tables as tables
from router.store.evicting import FRAME, held
from router.store.record_file import open_record_file
from router.store.records import Sampled, Sealed, Wanted
from tests.support.recorded import sampled, sealed_of


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    return open_record_file(tmp_path / "records").connection


def test_nothing_is_left_of_what_is_dropped(connection: sqlite3.Connection) -> None:
    tables.keep(
        connection,
        [sampled(1, ("/a", "value"), callers=(b"a",))],
        [sealed_of(1, callers=(b"a", b"b"))],
    )
    for kind in (tables.SAMPLE, tables.SEALED):
        tables.drop(connection, kind, tables.of_caller(connection, kind, [b"a"], None))
    for table in ("sample", "sealed", "difference", "caller"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608
    connection.close()


def test_records_are_weighed_as_memory_weighs_them(connection: sqlite3.Connection) -> None:
    samples = [sampled(1, ("/a", "value"), ("/b", "type")), sampled(2)]
    originals = [sealed_of(1)]
    tables.keep(connection, samples, originals)
    kept: list[Sampled | Sealed] = [*samples, *originals]
    assert list(tables.all_held(connection)) == [held(it) for it in kept]
    size = sum(len(it.text) + FRAME for it in kept)
    assert tables.sizes(connection) == (2, 1, size)
    connection.close()


def test_a_rare_field_is_found_by_an_index(connection: sqlite3.Connection) -> None:
    plans: list[str] = []
    connection.set_trace_callback(plans.append)
    tables.samples(connection, Wanted("support", field="/a"), 10)
    connection.set_trace_callback(None)
    (query,) = plans
    plan = connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert any("SEARCH difference USING" in row[3] for row in plan)
    assert not any("SCAN" in row[3] for row in plan)
    connection.close()


def test_what_was_tampered_with_is_damaged(connection: sqlite3.Connection) -> None:
    tables.keep(connection, [sampled(1)], [])
    connection.execute("UPDATE sample SET differences = 'x'")
    with pytest.raises(StoreDamagedError, match="not what a router wrote"):
        tables.sample(connection, "sample-1")
    connection.close()

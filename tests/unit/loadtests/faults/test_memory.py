import contextlib
import hashlib
import sqlite3
from pathlib import Path

import orjson

from loadtests.faults.memory import BEGINNING, read_memory, remembered


def chain(*commands: str) -> list[tuple[bytes, str]]:
    rows: list[tuple[bytes, str]] = []
    previous = BEGINNING
    for command in commands:
        text = orjson.dumps({"command": command, "previous": previous})
        previous = hashlib.sha256(text).hexdigest()
        rows.append((text, previous))
    return rows


def test_a_chain_is_read_to_its_end() -> None:
    memory = remembered(chain("set", "rollback"))
    assert [event["command"] for event in memory.events] == ["set", "rollback"]
    assert memory.broken_at == 0


def test_the_first_event_that_was_changed_is_named() -> None:
    rows = chain("set", "rollback", "set")
    rows[1] = (rows[1][0].replace(b"rollback", b"pause"), rows[1][1])
    assert remembered(rows).broken_at == 2


def test_one_that_was_taken_out_is_noticed() -> None:
    first, _, third = chain("set", "rollback", "set")
    assert remembered([first, third]).broken_at == 2


def test_it_is_read_from_the_store_s_file(tmp_path: Path) -> None:
    file = tmp_path / "router.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE event (sequence INTEGER, text BLOB, hash TEXT)")
        for number, row in reversed(list(enumerate(chain("set", "rollback")))):
            connection.execute("INSERT INTO event VALUES (?, ?, ?)", (number, *row))
        connection.commit()
    memory = read_memory(file)
    assert [event["command"] for event in memory.events] == ["set", "rollback"]
    assert memory.broken_at == 0

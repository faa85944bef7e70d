"""What a router remembers, read from its store's own file: releases, and the audit log's chain.

It is read as docs/topics/storage.md tells everybody to, and by nothing of the router's.
"""

import contextlib
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

STORE: Final = "gray-router.db"
BEGINNING: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Remembered:
    """The audit log as it stands there. broken_at: the first event that does not follow, or 0."""

    events: Sequence[dict[str, Any]]
    broken_at: int


def read_memory(file: Path) -> Remembered:
    """Read a store that nobody has open.

    What is read is a copy: SQLite follows links to their end, and a way into another mount
    namespace leads through one that has none.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(file, folder)
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            rows = connection.execute("SELECT text, hash FROM event ORDER BY sequence").fetchall()
    return remembered(rows)


def remembered(rows: Sequence[tuple[str | bytes, str]]) -> Remembered:
    """Follow the chain from its beginning."""
    previous, broken_at = BEGINNING, 0
    events: list[dict[str, Any]] = []
    for number, (text, digest) in enumerate(rows, 1):
        content = text.encode() if isinstance(text, str) else text
        events.append(event := orjson.loads(content))
        is_next = event["previous"] == previous
        if not broken_at and not (is_next and hashlib.sha256(content).hexdigest() == digest):
            broken_at = number
        previous = digest
    return Remembered(events, broken_at)

"""The SQLite file of records: ours, whole and open, or what else it is, in our own errors.

What is removed from it is overwritten, so that nobody finds it in the file or in its log.
"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from router.errors import (
    NotDurableError,
    StoreDamagedError,
    StoreTooNewError,
    StoreUnavailableError,
)
from router.store import record_tables, tables
from router.store.slots import is_at
from router.store.sqlite_file import BUSY_LIMIT, CHECKED_WHOLE, move_aside, translated


@dataclass(slots=True)
class RecordFile:
    """A connection that belongs to the thread that opened it."""

    path: Path
    connection: sqlite3.Connection
    known: os.stat_result

    @property
    def is_displaced(self) -> bool:
        """Whether somebody has removed it, or put another one in its place."""
        return not is_at(self.path, self.known)


def place_beside(store: Path) -> Path:
    """Return where the records of this store lie.

    Beside it and not in it: whatever is done to them, a rollback waits for nothing and the file
    that it is kept in stays small.
    """
    return store.with_name(store.name + ".records")


def open_record_file(path: Path) -> RecordFile:
    """Open it, a new one where there is none; raise StoreError.

    What is damaged is moved aside, and an empty one takes its place. What is of a newer version is
    left alone.
    """
    try:
        return _opened(path)
    except StoreDamagedError:
        move_aside(path)
        return _opened(path)


def _opened(path: Path) -> RecordFile:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise NotDurableError(f"{error.filename or path}: {error.strerror}") from error
    with translated(path, writing=True):
        connection = sqlite3.connect(path, timeout=BUSY_LIMIT, isolation_level=None)
    try:
        with translated(path, writing=True):
            _prepare(connection, path)
        return RecordFile(path, connection, path.stat())
    except BaseException:
        connection.close()
        raise


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA secure_delete = ON")
    if tables.are_missing(connection):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before anything is in it
        connection.execute("PRAGMA journal_mode = WAL")
        record_tables.make(connection)
    _inspect(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # a power failure costs the last seconds
    connection.execute("PRAGMA journal_size_limit = 16777216")


def _inspect(connection: sqlite3.Connection, path: Path) -> None:
    application, found = tables.origin(connection)
    if application != record_tables.APPLICATION:
        raise StoreUnavailableError(f"{path}: it is the database of another program")
    if found > record_tables.FORMAT:
        raise StoreTooNewError(str(path), found, record_tables.FORMAT)
    is_small = path.stat().st_size <= CHECKED_WHOLE
    if is_small and connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise StoreDamagedError(f"{path}: it is damaged")
    if not record_tables.are_all_there(connection):
        raise StoreDamagedError(f"{path}: a table is missing")


def shrink(connection: sqlite3.Connection) -> None:
    """Give back what is no longer needed, and leave nothing of it in the write-ahead log."""
    # `execute` takes one step of a statement without columns, which here frees one page.
    connection.executescript("PRAGMA incremental_vacuum(2000); PRAGMA wal_checkpoint(TRUNCATE);")

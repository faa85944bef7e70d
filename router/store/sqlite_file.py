"""A SQLite file that is ours, whole and open; or what else it is, in our own errors.

What is damaged is moved aside, never deleted and never repaired: somebody may want to look at it.
"""

import contextlib
import os
import sqlite3
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from router.errors import (
    NotDurableError,
    StoreDamagedError,
    StoreError,
    StoreTooNewError,
    StoreUnavailableError,
)
from router.store import tables
from router.store.port import Note
from router.store.slots import is_at

BUSY_LIMIT: Final = 2.0
"""Seconds for which another program may hold the file before we give up."""

CHECKED_WHOLE: Final = 64 * 1024 * 1024
"""Bytes. A file up to this size is checked whole when it is opened (0.15 s); of a larger one, whose
bulk is the audit log, what routing depends on."""

_DISK: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_FORMAT}
)


@dataclass(slots=True)
class OpenFile:
    """A connection that belongs to the thread that opened it.

    is_frozen: the disk takes nothing, so it is only read. note: what the operator should know.
    parts: the files that hold what was answered.
    """

    connection: sqlite3.Connection
    is_frozen: bool = False
    note: Note | None = None
    parts: Mapping[Path, os.stat_result] = field(default_factory=dict[Path, os.stat_result])

    @property
    def is_displaced(self) -> bool:
        """Whether somebody has removed one of its parts, or put another one in its place."""
        return not all(is_at(path, known) for path, known in self.parts.items())


@contextlib.contextmanager
def translated(path: Path, *, writing: bool) -> Generator[None]:
    """Raise what SQLite raises as a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise  # it did not come from the file: a bug
        raise _meaning(code & 0xFF, f"{path}: {error}", writing=writing) from error


def is_read_only(error: NotDurableError) -> bool:
    """Say whether the disk may be written to at all."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_READONLY


def _meaning(code: int, sentence: str, *, writing: bool) -> StoreError:
    if code in _DAMAGE:
        return StoreDamagedError(sentence)
    if code in _DISK and writing:
        return NotDurableError(sentence)
    return StoreUnavailableError(sentence)


def open_file(path: Path) -> OpenFile:
    """Open the store at ``path``, a new one where there is none; raise StoreError.

    What is damaged, or of a newer version, is moved aside, and an empty store takes its place.
    """
    try:
        return OpenFile(_usable(path), parts=_parts(path))
    except (StoreDamagedError, StoreTooNewError) as error:
        return _replaced(path, f"{error}; the store was moved to {move_aside(path)}")
    except NotDurableError as error:
        note = f"the store can be read and not be changed: {error}"
        return OpenFile(_frozen(path, error), is_frozen=True, note=Note(note, is_loss=False))


def open_existing_file(path: Path) -> OpenFile:
    """Open a store that is there, whole and ours; if not, leave it so and raise StoreError."""
    if not path.is_file():
        raise StoreUnavailableError(f"{path}: there is no such file")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with translated(path, writing=False):
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_LIMIT, isolation_level=None)
    with contextlib.closing(connection), translated(path, writing=False):
        connection.text_factory = _text
        if tables.are_missing(connection):
            raise StoreDamagedError(f"{path}: it is empty")
        _inspect(connection, path)
    return OpenFile(_usable(path), parts=_parts(path))


def _replaced(path: Path, what_happened: str) -> OpenFile:
    try:
        connection = _usable(path)
    except NotDurableError as error:
        raise NotDurableError(f"{what_happened}; an empty one cannot be made: {error}") from error
    note = f"{what_happened}, and an empty one took its place"
    return OpenFile(connection, note=Note(note, is_loss=True), parts=_parts(path))


def _parts(path: Path) -> Mapping[Path, os.stat_result]:
    """Return the file and its write-ahead log as they are; no log once that was given up."""
    files = (path, path.with_name(path.name + "-wal"))
    return {each: each.stat() for each in files if each.exists()}


def _usable(path: Path) -> sqlite3.Connection:
    _make(path)
    with translated(path, writing=True):
        connection = sqlite3.connect(path, timeout=BUSY_LIMIT, isolation_level=None)
    try:
        with translated(path, writing=True):
            _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make(path: Path) -> None:
    """Have a file that is for us alone."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        elif not path.stat().st_size and _is_settled(path):
            raise StoreDamagedError(f"{path}: it is empty")
    except OSError as error:
        raise NotDurableError(f"{error.filename or path}: {error.strerror}") from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.text_factory = _text
    connection.execute("PRAGMA trusted_schema = OFF")
    if not tables.are_missing(connection):
        _recognise(connection, path)  # before anything in it is changed
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
    if tables.are_missing(connection):
        tables.make(connection)
    _inspect(connection, path)


def _text(stored: bytes) -> str:
    """What was tampered with need not be text."""
    return stored.decode("utf-8", "replace")


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError for a file that is not ours, or of a version that we do not know."""
    application, found = tables.origin(connection)
    if application != tables.APPLICATION:
        raise StoreUnavailableError(f"{path}: it is the database of another program")
    if found > tables.FORMAT:
        raise StoreTooNewError(str(path), found, tables.FORMAT)


def _inspect(connection: sqlite3.Connection, path: Path) -> None:
    _recognise(connection, path)
    checks = ("",) if path.stat().st_size <= CHECKED_WHOLE else ("(release)", "(answer)", "(mark)")
    for check in checks:
        if connection.execute(f"PRAGMA quick_check{check}").fetchone()[0] != "ok":
            raise StoreDamagedError(f"{path}: it is damaged")
    if not tables.are_all_there(connection):
        raise StoreDamagedError(f"{path}: a table is missing")
    tables.load(connection)  # raises for a release that cannot be read
    if not tables.ends_where_it_should(connection):
        raise StoreDamagedError(f"{path}: its audit log does not end where it should")


# Where the disk takes nothing...


def _is_settled(path: Path) -> bool:
    """Say whether all of the store is in its one file: then that can be read by itself.

    While there is a write-ahead log, what is in the file may be older than what was answered.
    """
    log = path.with_name(path.name + "-wal")
    return path.exists() and (not log.exists() or not log.stat().st_size)


def _frozen(path: Path, because: NotDurableError) -> sqlite3.Connection:
    """Open a store that is only read; raise what this is ``because`` of where there is none."""
    if not _is_settled(path):
        raise because
    with translated(path, writing=False):
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        connection.text_factory = _text
        try:
            _inspect_frozen(connection, path, because)
        except BaseException:
            connection.close()
            raise
        return connection


def _inspect_frozen(connection: sqlite3.Connection, path: Path, because: NotDurableError) -> None:
    if tables.are_missing(connection):
        raise because
    _inspect(connection, path)


def move_aside(path: Path) -> Path:
    """Give a store another name, together with what belongs to it; return that name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    try:
        for suffix in ("-shm", "-wal", ""):  # the file itself last: until then it is tried again
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise NotDurableError(f"{path}: it is damaged; {error.strerror or error}") from error
    return aside

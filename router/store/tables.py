"""The tables of the SQLite store, and each thing that is done to them.

`mark` has one row: the version of the releases, and the end of the chain of events. So a change is
one transaction upon values that are compared and written, as it is in any other store.
"""

import contextlib
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from typing import Final

from router.errors import StoreDamagedError
from router.release.state import Release
from router.store.audit import Entry, Event, Head, Link, event_of, forge, head_of
from router.store.codec import decode, encode
from router.store.port import KEPT_FOR, Answered, Loaded, Page

APPLICATION: Final = 0x47524159
"""`GRAY`: whose file this is, as `file` and SQLite itself show it."""

FORMAT: Final = 1
"""Of the tables."""

_TABLES: Final = """
CREATE TABLE release (
    service TEXT PRIMARY KEY, epoch INTEGER NOT NULL, revision INTEGER NOT NULL, text BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE event (
    sequence INTEGER PRIMARY KEY, service TEXT NOT NULL, text BLOB NOT NULL, hash TEXT NOT NULL
);
CREATE INDEX event_of_service ON event (service, sequence);
CREATE TABLE answer (
    key BLOB PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX answer_by_age ON answer (at);
CREATE TABLE mark (version INTEGER NOT NULL, sequence INTEGER NOT NULL, hash TEXT NOT NULL);
INSERT INTO mark VALUES (0, 0, '0000000000000000000000000000000000000000000000000000000000000000');
"""

Connection = sqlite3.Connection


@contextlib.contextmanager
def transaction(connection: Connection) -> Generator[None]:
    """Write all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends it by itself when the disk is full
            connection.execute("ROLLBACK")
        raise


# The file...


def are_missing(connection: Connection) -> bool:
    """Say whether the file is new."""
    return _number(connection, "SELECT count(*) FROM sqlite_schema") == 0


def are_all_there(connection: Connection) -> bool:
    """Say whether no table is missing."""
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {"release", "event", "answer", "mark"} <= {name for (name,) in names}


def make(connection: Connection) -> None:
    """Make all of them, or none."""
    connection.executescript(
        f"BEGIN IMMEDIATE; {_TABLES}"
        f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
    )


def origin(connection: Connection) -> tuple[int, int]:
    """Return whose file this is, and in which format."""
    return (
        _number(connection, "PRAGMA application_id"),
        _number(connection, "PRAGMA user_version"),
    )


def ends_where_it_should(connection: Connection) -> bool:
    """Say whether the last event is the one that is held to be the last."""
    last = _links(connection, _NEWEST, (_LAST, 1))
    return (head_of(last[0]) if last else Head()) == head(connection)


def _number(connection: Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


# Releases...


def load(connection: Connection) -> Loaded:
    """Read the version first: a change in between is then noticed once more, and never missed."""
    at = version(connection)
    texts = connection.execute("SELECT CAST(text AS BLOB) FROM release")
    releases = (decode(text) for (text,) in texts)
    return Loaded(at, {release.service: release for release in releases})


def stored(connection: Connection, service: str) -> Release | None:
    """Return the release that stands."""
    row = connection.execute(
        "SELECT CAST(text AS BLOB) FROM release WHERE service = ?", (service,)
    ).fetchone()
    return decode(row[0]) if row else None


def put(connection: Connection, release: Release, entry: Entry) -> Event:
    """Have ``release`` stand, and note why."""
    connection.execute(
        "INSERT INTO release VALUES (?, ?, ?, ?) ON CONFLICT (service) DO UPDATE SET"
        " epoch = excluded.epoch, revision = excluded.revision, text = excluded.text",
        _row(release),
    )
    connection.execute("UPDATE mark SET version = version + 1")
    return append(connection, entry)


def _row(release: Release) -> tuple[str, int, int, bytes]:
    return (release.service, release.epoch, release.revision, encode(release))


def version(connection: Connection) -> int:
    """Return what grows with each change of a release."""
    return int(_mark(connection)[0])


# Events...


_LAST: Final = 2**63 - 1
"""The largest number that SQLite knows."""

_NEWEST: Final = """
SELECT sequence, CAST(service AS TEXT), CAST(text AS BLOB), CAST(hash AS TEXT) FROM event
WHERE sequence < ? ORDER BY sequence DESC LIMIT ?
"""
_NEWEST_OF_SERVICE: Final = """
SELECT sequence, CAST(service AS TEXT), CAST(text AS BLOB), CAST(hash AS TEXT) FROM event
WHERE service = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?
"""
_FOLLOWING: Final = """
SELECT sequence, CAST(service AS TEXT), CAST(text AS BLOB), CAST(hash AS TEXT) FROM event
WHERE sequence > ? ORDER BY sequence LIMIT ?
"""


def append(connection: Connection, entry: Entry) -> Event:
    """Add the next link of the chain."""
    event, link = forge(entry, head(connection))
    _append(connection, (link,))
    return event


def _append(connection: Connection, links: Sequence[Link]) -> None:
    rows = ((link.sequence, link.service, link.text, link.hash) for link in links)
    connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?)", rows)
    last = head_of(links[-1])
    connection.execute("UPDATE mark SET sequence = ?, hash = ?", (last.sequence, last.hash))


def page(connection: Connection, service: str | None, before: int | None, limit: int) -> Page:
    """Read one event more than asked for: it tells whether there is a next page."""
    below = _LAST if before is None else _numbered(before)
    if service is None:
        found = _links(connection, _NEWEST, (below, limit + 1))
    else:
        found = _links(connection, _NEWEST_OF_SERVICE, (service, below, limit + 1))
    following = found[limit - 1].sequence if len(found) > limit else None
    return Page([event_of(link) for link in found[:limit]], following)


def links(connection: Connection, after: int, limit: int) -> list[Link]:
    """Read what follows number ``after``."""
    return _links(connection, _FOLLOWING, (_numbered(after), limit))


def _numbered(sequence: int) -> int:
    """A cursor comes from outside: SQLite refuses numbers beyond its own."""
    return max(0, min(sequence, _LAST))


def _links(connection: Connection, query: str, values: tuple[str | int, ...]) -> list[Link]:
    """What was tampered with may be of any type: the queries make it of the right one."""
    return [Link(*row) for row in connection.execute(query, values)]


def head(connection: Connection) -> Head:
    """Return what is held to be the end of the chain."""
    _, sequence, digest = _mark(connection)
    return Head(sequence, digest)


def _mark(connection: Connection) -> tuple[int, int, str]:
    rows = connection.execute(
        "SELECT CAST(version AS INTEGER), CAST(sequence AS INTEGER), CAST(hash AS TEXT) FROM mark"
    ).fetchall()
    if len(rows) != 1:
        raise StoreDamagedError("the store's mark is not one row")
    number, sequence, digest = rows[0]
    return number, sequence, digest


# Idempotency keys...


def recall(connection: Connection, key: str, now: float) -> Answered | None:
    """Return the answer to ``key``, unless it is too old."""
    row = connection.execute(
        "SELECT fingerprint, status, body, at FROM answer WHERE key = ? AND at > ?",
        (_bytes(key), now - KEPT_FOR),
    ).fetchone()
    return Answered(key, *row) if row else None


def remember(connection: Connection, answered: Answered) -> None:
    """Keep an answer; forget those that are too old."""
    connection.execute("DELETE FROM answer WHERE at <= ?", (answered.at - KEPT_FOR,))
    connection.execute(
        "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)",
        (
            _bytes(answered.key),
            answered.fingerprint,
            answered.status,
            answered.body,
            answered.at,
        ),
    )


def _bytes(key: str) -> bytes:
    """A header may hold what is no text."""
    return key.encode("utf-8", "surrogateescape")


# Secrets...


_SECRETS: Final = """
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID
"""
"""Made with the first one, also in a store of an earlier version."""


def secret(connection: Connection, name: str) -> bytes | None:
    """Return it, None where there is none."""
    places = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'secret'"
    if not _number(connection, places):
        return None
    row = connection.execute(
        "SELECT CAST(value AS BLOB) FROM secret WHERE name = ?", (name,)
    ).fetchone()
    return row[0] if row else None


def keep_secret(connection: Connection, name: str, fresh: bytes) -> bytes:
    """Return it; where there is none it is ``fresh`` from now on."""
    connection.execute(_SECRETS)
    connection.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, fresh))
    return secret(connection, name) or fresh


# All of another store...


def are_empty(connection: Connection) -> bool:
    """Say whether no release and no event was ever kept."""
    kept = "SELECT EXISTS (SELECT 1 FROM release) + EXISTS (SELECT 1 FROM event)"
    return _number(connection, kept) == 0


def fill(connection: Connection, releases: Mapping[str, Release], links: Sequence[Link]) -> None:
    """Write down all that another store held."""
    rows = map(_row, releases.values())
    connection.executemany("INSERT INTO release VALUES (?, ?, ?, ?)", rows)
    if releases:
        connection.execute("UPDATE mark SET version = version + 1")
    if links:
        _append(connection, links)

"""The tables of records in SQLite, and each thing that is done to them."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import msgspec

from router.errors import StoreDamagedError
from router.store.evicting import FRAME, Held
from router.store.records import (
    Limits,
    Minute,
    Place,
    Removed,
    Sampled,
    Samples,
    Sealed,
    Total,
    Wanted,
    place_of,
)

APPLICATION: Final = 0x47524152
"""`GRAR`: whose file this is."""

FORMAT: Final = 1
"""Of the tables."""

_TABLES: Final = """
CREATE TABLE minute (
    service TEXT NOT NULL, minute INTEGER NOT NULL, phase TEXT NOT NULL, replica TEXT NOT NULL,
    counts BLOB NOT NULL, PRIMARY KEY (service, minute, phase, replica)
) WITHOUT ROWID;
CREATE INDEX minute_by_age ON minute (minute);
CREATE TABLE total (
    service TEXT NOT NULL, phase TEXT NOT NULL, replica TEXT NOT NULL, at REAL NOT NULL,
    counts BLOB NOT NULL, PRIMARY KEY (service, phase, replica)
) WITHOUT ROWID;
CREATE TABLE sample (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, service TEXT NOT NULL, at REAL NOT NULL,
    size INTEGER NOT NULL, phase TEXT NOT NULL, detail TEXT NOT NULL, differences BLOB NOT NULL,
    callers BLOB NOT NULL, text BLOB NOT NULL
);
CREATE INDEX sample_of_service ON sample (service, at, id);
CREATE INDEX sample_by_age ON sample (at, size);
CREATE TABLE difference (
    service TEXT NOT NULL, field TEXT NOT NULL, change TEXT NOT NULL, sample INTEGER NOT NULL,
    PRIMARY KEY (service, field, change, sample)
) WITHOUT ROWID;
CREATE INDEX difference_of_sample ON difference (sample);
CREATE TABLE sealed (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, service TEXT NOT NULL, at REAL NOT NULL,
    size INTEGER NOT NULL, expires REAL NOT NULL, callers BLOB NOT NULL, text BLOB NOT NULL
);
CREATE INDEX sealed_of_service ON sealed (service, at, id);
CREATE INDEX sealed_by_age ON sealed (at, size);
CREATE INDEX sealed_by_end ON sealed (expires);
CREATE TABLE caller (
    digest BLOB NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (digest, kind, number)
) WITHOUT ROWID;
CREATE INDEX caller_of_record ON caller (kind, number);
"""

T = TypeVar("T")
Connection = sqlite3.Connection

SAMPLE: Final = "sample"
SEALED: Final = "sealed"

_EVER: Final = 1e18
"""Seconds: after all that was ever kept."""


def make(connection: Connection) -> None:
    """Make all of them, or none."""
    connection.executescript(
        f"BEGIN IMMEDIATE; {_TABLES}"
        f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
    )


def are_all_there(connection: Connection) -> bool:
    """Say whether no table is missing."""
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    tables = {"minute", "total", "sample", "difference", "sealed", "caller"}
    return tables <= {name for (name,) in names}


# Counts...

_MINUTES: Final = """
SELECT service, phase, minute, replica, CAST(counts AS BLOB) FROM minute
WHERE service = ? AND minute * 60 >= ? AND minute * 60 < ? AND {phase}
ORDER BY minute, phase, replica
"""
_TOTALS: Final = """
SELECT service, phase, replica, at, CAST(counts AS BLOB) FROM total WHERE service = ? AND {phase}
ORDER BY at, phase, replica
"""


def count(connection: Connection, minutes: Iterable[Minute], totals: Iterable[Total]) -> None:
    """Have these stand in place of what stood there."""
    connection.executemany(
        "INSERT OR REPLACE INTO minute VALUES (?, ?, ?, ?, ?)",
        [(it.service, it.minute, it.phase, it.replica, it.counts) for it in minutes],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO total VALUES (?, ?, ?, ?, ?)",
        [(it.service, it.phase, it.replica, it.at, it.counts) for it in totals],
    )


def minutes(
    connection: Connection, service: str, phase: str | None, since: float, until: float
) -> list[Minute]:
    """Read what was counted within."""
    condition, values = _in_phase(phase)
    query = _MINUTES.format(phase=condition)
    rows = connection.execute(query, (service, since, until, *values))
    return [Minute(*row) for row in rows]


def totals(connection: Connection, service: str, phase: str | None) -> list[Total]:
    """Read what was counted in all."""
    condition, values = _in_phase(phase)
    rows = connection.execute(_TOTALS.format(phase=condition), (service, *values))
    return [Total(*row) for row in rows]


def _in_phase(phase: str | None) -> tuple[str, tuple[str | int, ...]]:
    if phase is None:
        return "1", ()
    within = phase + "/"
    return "(phase = ? OR substr(phase, 1, ?) = ?)", (phase, len(within), within)


# Samples and originals...

_SAMPLE: Final = "id, service, phase, at, detail, differences, callers, CAST(text AS BLOB)"
_SEALED: Final = "id, service, at, expires, callers, CAST(text AS BLOB)"


def keep(connection: Connection, samples: Sequence[Sampled], sealed: Sequence[Sealed]) -> None:
    """Have these stand in place of what has their ids."""
    drop(connection, SAMPLE, numbers(connection, SAMPLE, [it.id for it in samples]))
    drop(connection, SEALED, numbers(connection, SEALED, [it.id for it in sealed]))
    for sample in samples:
        _keep_sample(connection, sample)
    for each in sealed:
        row = (each.id, each.service, each.at, len(each.text) + FRAME, each.expires)
        number = connection.execute(
            "INSERT OR REPLACE INTO sealed VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (*row, _packed(each.callers), each.text),
        ).lastrowid
        _note_callers(connection, SEALED, number, each.callers)


def _keep_sample(connection: Connection, sample: Sampled) -> None:
    row = (sample.id, sample.service, sample.at, len(sample.text) + FRAME, sample.phase)
    number = connection.execute(
        "INSERT OR REPLACE INTO sample VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, sample.detail, _packed(sample.differences), _packed(sample.callers), sample.text),
    ).lastrowid
    connection.executemany(
        "INSERT OR IGNORE INTO difference VALUES (?, ?, ?, ?)",
        [(sample.service, *difference, number) for difference in sample.differences],
    )
    _note_callers(connection, SAMPLE, number, sample.callers)


def _note_callers(
    connection: Connection, kind: str, number: int | None, callers: Sequence[bytes]
) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO caller VALUES (?, ?, ?)",
        [(digest, kind, number) for digest in callers],
    )


def samples(connection: Connection, wanted: Wanted, limit: int) -> Samples:
    """Read one sample more than asked for: it tells whether there is a next page."""
    conditions = ["service = ?", "at >= ?", "at < ?"]
    until = _EVER if wanted.until is None else wanted.until
    values: list[str | float] = [wanted.service, wanted.since, until]
    if wanted.before is not None:
        conditions.append("(at, id) < (?, ?)")
        values += wanted.before
    condition, more = _in_phase(wanted.phase)
    conditions.append(condition)
    values += more
    if wanted.field is not None or wanted.change is not None:
        condition, differing = _differing(wanted)
        conditions.append(condition)
        values += differing
    query = (
        f"SELECT {_SAMPLE} FROM sample WHERE {' AND '.join(conditions)} "  # noqa: S608 - ours
        "ORDER BY at DESC, id DESC LIMIT ?"
    )
    found = [_sample(row) for row in connection.execute(query, (*values, limit + 1))]
    following = place_of(found[limit - 1]) if len(found) > limit else None
    return Samples(found[:limit], following)


def _differing(wanted: Wanted) -> tuple[str, list[str]]:
    sought = {"field": wanted.field, "change": wanted.change}
    named = {name: value for name, value in sought.items() if value is not None}
    condition = " AND ".join(f"{name} = ?" for name in named)
    query = f"number IN (SELECT sample FROM difference WHERE service = ? AND {condition})"  # noqa: S608
    return query, [wanted.service, *named.values()]


def sample(connection: Connection, number: str) -> Sampled | None:
    """Read one sample."""
    query = f"SELECT {_SAMPLE} FROM sample WHERE id = ?"  # noqa: S608 - nobody else's words
    row = connection.execute(query, (number,)).fetchone()
    return _sample(row) if row else None


def sealed(connection: Connection, number: str) -> Sealed | None:
    """Read one original."""
    query = f"SELECT {_SEALED} FROM sealed WHERE id = ?"  # noqa: S608 - nobody else's words
    row = connection.execute(query, (number,)).fetchone()
    return _original(row) if row else None


def all_sealed(
    connection: Connection, service: str, after: Place | None, limit: int
) -> list[Sealed]:
    """Read originals, the oldest first."""
    query = (
        f"SELECT {_SEALED} FROM sealed WHERE service = ? AND (at, id) > (?, ?) "  # noqa: S608
        "ORDER BY at, id LIMIT ?"
    )
    rows = connection.execute(query, (service, *(after or (-_EVER, "")), limit))
    return [_original(row) for row in rows]


def _sample(row: Sequence[Any]) -> Sampled:
    number, service, phase, at, detail, differences, callers, text = row
    shown = _unpacked(differences, tuple[tuple[str, str], ...])
    return Sampled(number, service, phase, at, detail, shown, _digests(callers), text)


def _original(row: Sequence[Any]) -> Sealed:
    number, service, at, expires, callers, text = row
    return Sealed(number, service, at, expires, _digests(callers), text)


def _packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


def _digests(packed: bytes) -> tuple[bytes, ...]:
    return _unpacked(packed, tuple[bytes, ...])


def _unpacked(packed: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise StoreDamagedError("a record is not what a router wrote") from error


# Their end...


def drop(connection: Connection, kind: str, these: Sequence[int]) -> int:
    """Remove these, and whatever they are found by."""
    gone = [(number,) for number in these]
    if kind == SAMPLE:
        connection.executemany("DELETE FROM difference WHERE sample = ?", gone)
    connection.executemany(
        "DELETE FROM caller WHERE kind = ? AND number = ?", [(kind, each) for each in these]
    )
    connection.executemany(f"DELETE FROM {kind} WHERE number = ?", gone)  # noqa: S608 - one of two
    return len(gone)


def numbers(connection: Connection, kind: str, ids: Iterable[str]) -> list[int]:
    """Return the numbers of those of these ids that are there."""
    query = f"SELECT number FROM {kind} WHERE id = ?"  # noqa: S608 - one of two
    rows = (connection.execute(query, (each,)).fetchone() for each in ids)
    return [row[0] for row in rows if row]


def of_caller(
    connection: Connection, kind: str, digests: Iterable[bytes], service: str | None
) -> list[int]:
    """Return the numbers of what bears one of these digests."""
    query = (
        f"SELECT number FROM {kind} WHERE (?1 IS NULL OR service = ?1) AND number IN "  # noqa: S608
        "(SELECT number FROM caller WHERE digest = ?2 AND kind = ?3)"
    )
    found = {
        number
        for digest in digests
        for (number,) in connection.execute(query, (service, digest, kind))
    }
    return sorted(found)


def end_counts(connection: Connection, limits: Limits, now: float) -> Removed:
    """Remove counts that are too old."""
    ended = (now - limits.minutes) / 60
    past = connection.execute("DELETE FROM minute WHERE minute < ?", (ended,)).rowcount
    oldest = now - limits.max_age
    left = connection.execute("DELETE FROM total WHERE at < ?", (oldest,)).rowcount
    return Removed(minutes=past, totals=left)


def aged(connection: Connection, kind: str, limits: Limits, now: float) -> list[int]:
    """Return the numbers of what is too old."""
    query = f"SELECT number FROM {kind} WHERE at < ?"  # noqa: S608 - one of two
    found = [number for (number,) in connection.execute(query, (now - limits.max_age,))]
    if kind == SEALED:
        rows = connection.execute("SELECT number FROM sealed WHERE expires < ?", (now,))
        found += [number for (number,) in rows]
    return sorted(set(found))


def sizes(connection: Connection) -> tuple[int, int, int]:
    """Return how many samples and originals there are, and how many bytes they take."""
    query = (
        "SELECT (SELECT count(*) FROM sample), (SELECT count(*) FROM sealed),"
        " (SELECT total(size) FROM sample) + (SELECT total(size) FROM sealed)"
    )
    samples_, sealed_, size = connection.execute(query).fetchone()
    return samples_, sealed_, int(size)


def all_held(connection: Connection) -> Iterator[Held]:
    """Go through all of them, as far as it matters to what has to go."""
    for number, at, size, service, packed in connection.execute(
        "SELECT id, at, size, service, differences FROM sample"
    ):
        shown = _unpacked(packed, tuple[tuple[str, str], ...])
        kinds = tuple((service, *difference) for difference in shown)
        yield Held(number, at, size, is_sealed=False, kinds=kinds)
    for number, at, size, service in connection.execute("SELECT id, at, size, service FROM sealed"):
        yield Held(number, at, size, is_sealed=True, kinds=((service,),))

"""Records in a SQLite file beside that of the store, for one router, in a thread of their own."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from router.errors import StoreDamagedError
from router.store import record_tables as tables
from router.store.evicting import evicted, is_too_much
from router.store.lane import Lane
from router.store.record_file import RecordFile, open_record_file, shrink
from router.store.record_tables import SAMPLE, SEALED
from router.store.records import (
    LONGEST_READ,
    Limits,
    Minute,
    Place,
    Removed,
    Sampled,
    Samples,
    Sealed,
    Total,
    Wanted,
    bounded,
)
from router.store.sqlite_file import translated
from router.store.tables import transaction

T = TypeVar("T")
Connection = sqlite3.Connection

AT_ONCE: Final = 200
"""Records that are removed in one transaction: whoever wants to read waits no longer than that."""


class SqliteRecords:
    """Opened by the first call. What could not be opened is tried again by each call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lane = Lane("records")
        self._file: RecordFile | None = None

    # Counts...

    async def count(self, minutes: Sequence[Minute], totals: Sequence[Total]) -> None:
        await self._write(lambda connection: tables.count(connection, minutes, totals))

    async def minutes(
        self, service: str, *, phase: str | None = None, since: float, until: float
    ) -> Sequence[Minute]:
        return await self._read(lambda it: tables.minutes(it, service, phase, since, until))

    async def totals(self, service: str, *, phase: str | None = None) -> Sequence[Total]:
        return await self._read(lambda it: tables.totals(it, service, phase))

    # Samples and originals...

    async def keep(self, samples: Sequence[Sampled], sealed: Sequence[Sealed] = ()) -> None:
        await self._write(lambda connection: tables.keep(connection, samples, sealed))

    async def samples(self, wanted: Wanted) -> Samples:
        return await self._read(lambda it: tables.samples(it, wanted, bounded(wanted.limit)))

    async def sample(self, number: str) -> Sampled | None:
        return await self._read(lambda it: tables.sample(it, number))

    async def sealed(self, number: str) -> Sealed | None:
        return await self._read(lambda it: tables.sealed(it, number))

    async def all_sealed(
        self, service: str, *, after: Place | None = None, limit: int = LONGEST_READ
    ) -> Sequence[Sealed]:
        return await self._read(lambda it: tables.all_sealed(it, service, after, bounded(limit)))

    # Their end...

    async def forget(self, caller: Sequence[bytes], *, service: str | None = None) -> Removed:
        def of_caller(kind: str) -> Callable[[Connection], list[int]]:
            return lambda it: tables.of_caller(it, kind, caller, service)

        samples = await self._drop(SAMPLE, await self._read(of_caller(SAMPLE)))
        sealed = await self._drop(SEALED, await self._read(of_caller(SEALED)))
        await self._read(shrink)
        return Removed(samples=samples, sealed=sealed)

    async def prune(self, limits: Limits, now: float) -> Removed:
        if not await self._lane.do(self._is_there):
            return Removed()
        counts = await self._write(lambda it: tables.end_counts(it, limits, now))
        samples = await self._drop(SAMPLE, await self._aged(SAMPLE, limits, now))
        sealed = await self._drop(SEALED, await self._aged(SEALED, limits, now))
        too_many, too_many_sealed = await self._read(lambda it: _too_many(it, limits))
        samples += await self._drop(SAMPLE, too_many)
        sealed += await self._drop(SEALED, too_many_sealed)
        await self._read(shrink)
        return Removed(counts.minutes, counts.totals, samples, sealed)

    async def close(self) -> None:
        await self._lane.close(self._forget)

    # Own...

    async def _aged(self, kind: str, limits: Limits, now: float) -> list[int]:
        return await self._read(lambda it: tables.aged(it, kind, limits, now))

    async def _drop(self, kind: str, numbers: Iterable[int]) -> int:
        """A piece at a time, so that others have their turn."""
        left = iter(numbers)
        gone = 0
        while piece := list(islice(left, AT_ONCE)):
            gone += await self._write(_dropping(kind, piece))
        return gone

    async def _write(self, work: Callable[[Connection], T]) -> T:
        def write(connection: Connection) -> T:
            with transaction(connection):
                return work(connection)

        return await self._do(write, writing=True)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self._do(work, writing=False)

    async def _do(self, work: Callable[[Connection], T], *, writing: bool) -> T:
        def done() -> T:
            file = self._opened()
            try:
                with translated(self._path, writing=writing):
                    return work(file.connection)
            except StoreDamagedError:
                self._forget()  # it is moved aside when it is opened again
                raise

        return await self._lane.do(done)

    def _is_there(self) -> bool:
        """Where nothing was ever recorded there need be no file."""
        return self._file is not None or self._path.exists()

    def _opened(self) -> RecordFile:
        if self._file is not None and self._file.is_displaced:
            self._forget()  # what is written there is gone with this process
        if self._file is None:
            self._file = open_record_file(self._path)
        return self._file

    def _forget(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.connection.close()


def _dropping(kind: str, numbers: Sequence[int]) -> Callable[[Connection], int]:
    return lambda connection: tables.drop(connection, kind, numbers)


def _too_many(connection: Connection, limits: Limits) -> tuple[list[int], list[int]]:
    if not is_too_much(*tables.sizes(connection), limits):
        return [], []
    gone = evicted(tables.all_held(connection), limits)
    samples = tables.numbers(connection, SAMPLE, [it.id for it in gone if not it.is_sealed])
    sealed = tables.numbers(connection, SEALED, [it.id for it in gone if it.is_sealed])
    return samples, sealed

"""A store in one SQLite file, for one router. All of SQLite happens in a thread of its own."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from router.errors import NotDurableError, StoreNotEmptyError
from router.release.state import Release
from router.store import tables
from router.store.audit import Entry, Event, Head, Link
from router.store.codec import is_same
from router.store.lane import Lane
from router.store.port import (
    LONGEST_PAGE,
    Answered,
    Loaded,
    Note,
    Page,
    Passed,
    Repeated,
    Saved,
    Stand,
    bounded,
    is_newer,
    may_follow,
)
from router.store.sqlite_file import (
    OpenFile,
    is_read_only,
    open_existing_file,
    open_file,
    translated,
)

T = TypeVar("T")
Connection = sqlite3.Connection

LOOK_AGAIN: Final = 0.5
"""Seconds after which a change by another program is noticed; our own are noticed at once."""


class SqliteStore:
    """Opened by the first call. One that could not be opened is tried again by each call."""

    def __init__(
        self,
        path: Path,
        *,
        look_again: float = LOOK_AGAIN,
        opener: Callable[[Path], OpenFile] = open_file,
    ) -> None:
        self._path = path
        self._opener = opener
        self._look_again = look_again
        self._lane = Lane("store")
        self._file: OpenFile | None = None
        self._notes: list[Note] = []
        self._waiting: set[asyncio.Event] = set()

    def as_it_is(self) -> "SqliteStore":
        """Return the same store for one who neither makes nor replaces the file."""
        return SqliteStore(self._path, look_again=self._look_again, opener=open_existing_file)

    @property
    def notes(self) -> Sequence[Note]:
        return tuple(self._notes)

    @property
    def is_displaced(self) -> bool:
        return self._file is not None and self._file.is_displaced

    # Releases...

    async def load(self) -> Loaded:
        return await self._read(tables.load)

    async def compare_and_set(
        self,
        release: Release,
        *,
        based_on: Stand | None,
        entry: Entry,
        answered: Answered | None = None,
        birth: str | None = None,
    ) -> Saved | Passed | Repeated:
        def work(connection: Connection) -> Saved | Passed | Repeated:
            known = answered and tables.recall(connection, answered.key, answered.at)
            if known:
                return Repeated(known)
            stored = tables.stored(connection, release.service)
            if is_same(stored, release):
                return Saved(release, None)
            if birth is not None or not may_follow(stored, release, based_on):
                return Passed(stored)
            if answered is not None:
                tables.remember(connection, answered)
            return Saved(release, tables.put(connection, release, entry))

        return await self._change(work)

    async def put_newer(self, release: Release, *, entry: Entry) -> Saved | Passed:
        def work(connection: Connection) -> Saved | Passed:
            stored = tables.stored(connection, release.service)
            if is_same(stored, release):
                return Saved(release, None)
            if not is_newer(release, stored):
                return Passed(stored)
            return Saved(release, tables.put(connection, release, entry))

        return await self._change(work, in_any_case=True)

    async def changed(self, version: int) -> int:
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            while (found := await self._read(tables.version)) == version:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._look_again):
                        await news.wait()
                news.clear()
        finally:
            self._waiting.discard(news)
        return found

    # The audit log...

    async def append(self, entry: Entry) -> Event:
        return await self._write(lambda connection: tables.append(connection, entry))

    async def events(
        self, *, service: str | None = None, before: int | None = None, limit: int = 100
    ) -> Page:
        limit = bounded(limit)
        return await self._read(lambda connection: tables.page(connection, service, before, limit))

    async def links(self, after: int, limit: int = LONGEST_PAGE) -> Sequence[Link]:
        limit = bounded(limit)
        return await self._read(lambda connection: tables.links(connection, after, limit))

    async def head(self) -> Head:
        return await self._read(tables.head)

    # Idempotency keys...

    async def recall(self, key: str, now: float) -> Answered | None:
        return await self._read(lambda connection: tables.recall(connection, key, now))

    async def remember(self, answered: Answered) -> None:
        await self._write(lambda connection: tables.remember(connection, answered))

    # Secrets...

    async def secret(self, name: str, fresh: bytes) -> bytes:
        known = await self._read(lambda connection: tables.secret(connection, name))
        if known is not None:  # also where the disk takes nothing
            return known
        return await self._write(lambda connection: tables.keep_secret(connection, name, fresh))

    # All of another store...

    async def fill(self, releases: Mapping[str, Release], links: Sequence[Link]) -> None:
        def work(connection: Connection) -> None:
            if not tables.are_empty(connection):
                raise StoreNotEmptyError(str(self._path))
            tables.fill(connection, releases, links)

        await self._change(work)

    # Its end...

    async def reopen(self) -> None:
        await self._lane.do(self._forget)

    async def close(self) -> None:
        await self._lane.close(self._forget)
        self._wake()

    # Own...

    async def _read(self, work: Callable[[Connection], T]) -> T:
        def read() -> T:
            file = self._file or self._open()
            with translated(self._path, writing=False):
                return work(file.connection)

        return await self._lane.do(read)

    async def _change(self, work: Callable[[Connection], T], *, in_any_case: bool = False) -> T:
        outcome = await self._write(work, in_any_case=in_any_case)
        self._wake()
        return outcome

    async def _write(self, work: Callable[[Connection], T], *, in_any_case: bool = False) -> T:
        def write() -> T:
            file = self._writable()
            try:
                with translated(self._path, writing=True), tables.transaction(file.connection):
                    return work(file.connection)
            except NotDurableError as error:
                if is_read_only(error):
                    self._forget()  # it stays so for SQLite, even when the disk no longer is
                raise

        return await self._lane.do(write, in_any_case=in_any_case)

    def _open(self) -> OpenFile:
        self._file = file = self._opener(self._path)
        if file.note is not None:
            self._notes.append(file.note)
        return file

    def _writable(self) -> OpenFile:
        """A file that is only read since the disk took nothing: perhaps it does by now."""
        file = self._file or self._open()
        if file.is_displaced:  # what is written there is gone with this process
            raise NotDurableError(f"{self._path}: it was removed or replaced while it was open")
        if not file.is_frozen:
            return file
        again = self._opener(self._path)
        if again.is_frozen and again.note is not None:
            again.connection.close()
            raise NotDurableError(again.note.text)
        file.connection.close()
        self._file = again
        return again

    def _forget(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.connection.close()

    def _wake(self) -> None:
        for news in self._waiting:
            news.set()

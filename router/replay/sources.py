"""Where recorded requests come from: one after the other, and it is known how far that is."""

import gzip
import os
import secrets
import stat
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Final, Protocol, cast

from router.control.threads import in_thread
from router.errors import RecordingError
from router.replay.entries import Entry
from router.replay.goreplay import read_goreplay
from router.replay.jsonl import read_json_lines
from router.replay.vault import VaultReader
from router.settings.schema import Settings
from router.store.opening import open_records
from router.vault import Vault

VAULT: Final = "vault"


class Source(Protocol):
    """A recording."""

    @property
    def share(self) -> float | None:
        """How much of it was read, from 0 to 1; None where nobody knows."""
        ...

    def entries(self) -> AsyncIterator[Entry]:
        """Yield what is recorded; raise `RecordingError` or `StoreError` where it cannot go on."""
        ...


def source_of(
    name: str, service: str, settings: Settings, folder: Path, wall: Callable[[], float]
) -> Source:
    """Return the recording of that name."""
    if name == VAULT:
        return VaultSource(service, settings, folder, wall)
    return FileSource(Path(name))


class FileSource:
    """A file of GoReplay or of JSON lines, perhaps packed; never held as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._size = 0

    @property
    def share(self) -> float | None:
        return min(1.0, self._at / self._size) if self._size else None

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield its requests; while a pipe says nothing, what was asked meanwhile goes on."""
        steps = self._steps()
        if self._path.is_file():
            for entry in steps:
                yield entry
            return
        while (entry := await in_thread(partial(next, steps, None), "replay: read")) is not None:
            yield entry

    def _steps(self) -> Iterator[Entry]:
        is_goreplay = self._path.name.removesuffix(".gz").endswith(".gor")
        read = read_goreplay if is_goreplay else read_json_lines
        try:
            with self._path.open("rb") as raw:
                self._measure(raw)
                for entry in read(self._unpacked(raw)):
                    self._at = raw.tell() if self._size else 0
                    yield entry
        except gzip.BadGzipFile as error:
            raise RecordingError(f"{self._path} is not packed by gzip") from error
        except OSError as error:
            raise RecordingError(f"{self._path}: {error.strerror or error}") from error
        except (EOFError, zlib.error) as error:
            raise RecordingError(f"{self._path} is cut off, or packed by nobody") from error

    def _measure(self, raw: IO[bytes]) -> None:
        """A pipe has no size, and no place in it."""
        status = os.fstat(raw.fileno())
        self._size = status.st_size if stat.S_ISREG(status.st_mode) else 0

    def _unpacked(self, raw: IO[bytes]) -> IO[bytes]:
        if self._path.suffix == ".gz":
            return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
        return raw


class VaultSource:
    """What a router has kept of a service under lock and key."""

    def __init__(
        self, service: str, settings: Settings, folder: Path, wall: Callable[[], float]
    ) -> None:
        self._service = service
        self._settings = settings
        self._folder = folder
        self._wall = wall
        self._reader: VaultReader | None = None

    @property
    def share(self) -> float | None:
        return None if self._reader is None else self._reader.share

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield the requests that were kept."""
        keys, place = self._settings.records.opening_keys, self._settings.store
        if not keys:
            raise RecordingError("the config names no records.key: without it there is no vault")
        records = open_records(place.url, self._folder, prefix=place.prefix)
        vault = Vault(keys, secrets.token_bytes)
        self._reader = VaultReader(records, vault, self._service, self._wall)
        try:
            async for entry in self._reader.entries():
                yield entry
        finally:
            await records.close()

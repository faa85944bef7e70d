"""A file of slots that has all of its room from the beginning, so that a full disk is no hindrance.

Zeros are really written: blocks that are only reserved may need another one when they are used.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, TypeVar

from router.errors import NotDurableError, StoreUnavailableError

T = TypeVar("T")

_PIECE: Final = 1024 * 1024
"""Bytes of zeros that are written at once."""


class Slots(Protocol):
    """What the journal writes to."""

    @property
    def is_displaced(self) -> bool:
        """Whether what is written would not be found by the next one who reads."""
        ...

    def read(self) -> Sequence[bytes]:
        """Return every slot; raise StoreUnavailableError."""
        ...

    def write(self, index: int, slot: bytes) -> None:
        """Overwrite a slot, and return once it is on the disk; raise NotDurableError."""
        ...

    def grow(self, count: int) -> None:
        """Have at least ``count`` slots, on the disk; raise NotDurableError."""
        ...

    def close(self) -> None: ...


class SlotFile:
    """Slots of ``size`` bytes in one file."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._file = -1
        self._known: os.stat_result | None = None

    @property
    def is_displaced(self) -> bool:
        """Whether the open file was removed, or another one put in its place."""
        known = self._known
        return known is not None and not is_at(self._path, known)

    def read(self) -> Sequence[bytes]:
        """Return every slot; none where there is no file. It needs no right to write."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreUnavailableError(self._sentence(error)) from error
        whole = len(content) - len(content) % self._size
        return [content[at : at + self._size] for at in range(0, whole, self._size)]

    def write(self, index: int, slot: bytes) -> None:
        def write() -> None:
            file = self._opened()
            _write_all(file, slot, index * self._size)
            os.fdatasync(file)

        self._attempt(write)

    def grow(self, count: int) -> None:
        def grow() -> None:
            file = self._opened()
            have = os.fstat(file).st_size
            have -= have % self._size
            for at in range(have, count * self._size, _PIECE):
                _write_all(file, bytes(min(_PIECE, count * self._size - at)), at)
            os.fsync(file)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)  # else a new file may have no name after a power failure
            finally:
                os.close(folder)

        self._attempt(grow)

    def close(self) -> None:
        self._forget()

    def _opened(self) -> int:
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._known = os.fstat(self._file)
        return self._file

    def _attempt(self, work: Callable[[], T]) -> T:
        """Do ``work``; after a failure the next attempt begins with a file that is opened anew."""
        try:
            return work()
        except OSError as error:
            self._forget()
            raise NotDurableError(self._sentence(error)) from error

    def _forget(self) -> None:
        file, self._file, self._known = self._file, -1, None
        if file >= 0:
            os.close(file)

    def _sentence(self, error: OSError) -> str:
        return f"{self._path}: {error.strerror or error}"


def is_at(path: Path, known: os.stat_result) -> bool:
    """Say whether this file is still the one at ``path``."""
    try:
        return os.path.samestat(path.stat(), known)
    except OSError:
        return False


def _write_all(file: int, content: bytes, at: int) -> None:
    """Write all of it: a disk that has room for a part takes that part, and says no word."""
    written = 0
    while written < len(content):
        written += os.pwrite(file, content[written:], at + written)

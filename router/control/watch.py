"""Notices that a file on disk is another one than was read, however it came there.

`look_at` asks the file system, beside the event loop, since a network disk may keep whoever asks;
`Watch` decides what follows. Looking is at what a path leads to in the end, so an editor's rename
and a mounted ConfigMap, whose folder is swapped behind a symbolic link, are seen like any write.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

LOOK_EVERY: Final = 1.0
"""Seconds."""


Signature: TypeAlias = tuple[int, int, int, int]
"""What tells one content of a file from another without reading it.

Device, inode, when it was changed in nanoseconds, size.
"""

Look: TypeAlias = Mapping[Path, Signature | None]
"""What was seen of each file; None where there was none."""


@dataclass(frozen=True, slots=True)
class News:
    """What a look brought to light.

    changed: files that are others than were read; told until they are read. missing: files that
    are gone; told once.
    """

    changed: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()


def look_at(paths: Iterable[Path]) -> Look:
    """Look at files now; may wait for their disks."""
    return {path: _signature(path) for path in paths}


def _signature(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


class Watch:
    """Compares what is there with what was read; ``main`` is the file that names the others."""

    def __init__(self, main: Path, read: Look) -> None:
        self._main = main
        self._read = read
        self._last = read
        self._told: frozenset[Path] = frozenset()

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(self._read)

    def rebase(self, read: Look) -> None:
        """Compare with this from now on: the files were read once more."""
        self._read = self._last = read
        self._told = frozenset()

    def look(self, now: Look) -> News:
        """Return what differs, once it stands still: it was seen like that the last time too.

        An editor that writes in place is so given time to finish. A missing file is waited for:
        whoever replaces it may remove it first.
        """
        is_settled, self._last = now == self._last, now
        if not is_settled or now.keys() != self._read.keys():
            return News()
        missing = frozenset(path for path, found in now.items() if found is None)
        newly = tuple(path for path in now if path in missing - self._told)
        self._told = missing
        return News(() if self._main in missing else self._changed(now), newly)

    def _changed(self, now: Look) -> tuple[Path, ...]:
        return tuple(path for path, found in now.items() if found not in (None, self._read[path]))

"""Keeps the roster of `state_dir`: which workers may live on if this supervisor is killed.

Nothing is written before `open`, so that a supervisor that is killed while it starts leaves nobody
behind, and those of its predecessor, who still serve, are still found by its successor.
"""

import contextlib
import logging
from collections.abc import Callable, Generator
from pathlib import Path

from router.control.events import tell
from router.wire.roster import Entry, entry_of, remove_roster, write_roster


class Census:
    """Workers are counted once they serve; ``is_ours`` says whether the folder still is."""

    def __init__(self, state_dir: Path, is_ours: Callable[[], bool] = lambda: True) -> None:
        self._state_dir = state_dir
        self._is_ours = is_ours
        self._present: dict[str, Entry] = {}
        self._is_open = False

    def open(self) -> None:
        """Write who is here, in place of those that were; whoever is left out may go now."""
        self._is_open = True
        self._write()

    def close(self) -> None:
        """Nobody is to live on without us."""
        self._is_open = False
        if self._is_ours():
            with _trouble_told():
                remove_roster(self._state_dir)

    def repeat(self) -> None:
        """Write the same once more, where the folder was made again."""
        self._write()

    def add(self, name: str, pid: int) -> None:
        with _trouble_told():
            entry = entry_of(pid)
            if entry is not None:
                self._present[name] = entry
                self._write()

    def remove(self, name: str) -> None:
        if self._present.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        if self._is_open and self._is_ours():
            with _trouble_told():
                write_roster(self._state_dir, self._present.values())


@contextlib.contextmanager
def _trouble_told() -> Generator[None]:
    """Go on where the disk is full, the folder is gone or no descriptor is left."""
    try:
        yield
    except OSError as error:
        tell("roster_not_written", level=logging.ERROR, error=str(error))

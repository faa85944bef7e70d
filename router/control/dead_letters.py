"""Posts that no webhook took, kept in `state_dir` for people: one JSON object a line.

They are read by nobody here. Two files are kept, each of at most a megabyte.
"""

import asyncio
import logging
import os
from pathlib import Path
from typing import Any, Final

import orjson

from router.control.events import tell
from router.errors import StoreUnavailableError
from router.store.lane import Lane

FILE: Final = "webhooks.dead.jsonl"
"""In `state_dir`."""

LARGEST: Final = 1024 * 1024
"""Bytes. A file that would grow beyond them takes the place of the one before it."""

CLOSE_LIMIT: Final = 1.0
"""Seconds that a disk may take to write what is left, at the end."""

_MODE: Final = 0o600


class DeadLetters:
    """Writes them down one after the other, beside the event loop."""

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / FILE
        self._lane = Lane("webhooks")

    async def keep(self, letter: dict[str, Any]) -> None:
        """Add one to the file, also if whoever asked goes away meanwhile."""
        line = orjson.dumps(letter) + b"\n"
        try:
            await self._lane.do(lambda: self._write(line), in_any_case=True)
        except (OSError, StoreUnavailableError) as error:
            tell("dead_letter_lost", level=logging.ERROR, error=str(error))

    async def close(self) -> None:
        """Wait for what is being written; a disk that hangs is not waited for."""
        try:
            async with asyncio.timeout(CLOSE_LIMIT):
                await self._lane.close(_nothing)
        except TimeoutError:
            tell("dead_letter_lost", level=logging.ERROR, error="the disk has not answered")

    def _write(self, line: bytes) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
        try:
            if os.fstat(descriptor).st_size + len(line) > LARGEST:
                self._file.replace(self._file.with_name(f"{FILE}.1"))
                os.close(descriptor)
                descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def _nothing() -> None:
    """Do nothing, after all that came before."""

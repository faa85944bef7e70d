"""What a router's ledger has booked, kept in `state_dir` for the next supervisor.

It is written before the store is. What a name says of a minute or a phase stands in place of what
it said before: so a successor that goes on under this name may write again what has perhaps arrived
already, and whatever orphans have counted meanwhile is booked once.
"""

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from router.compare.ledger import Ledger
from router.control.events import tell
from router.wire.whole_file import replace_whole

FILE: Final = "booked"
"""In `state_dir`."""


class Booked(msgspec.Struct):
    """What stands in the books by one name.

    seen: (service, result) -> requests, as counted by then. totals: by service and phase. minutes:
    by service, phase and minute, those that may be missing in the store.
    """

    name: str
    seen: dict[tuple[str, str], int] = {}
    totals: dict[tuple[str, str], Ledger] = {}
    minutes: dict[tuple[str, str, int], Ledger] = {}


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Booked)


class BookedFile:
    """The file. is_ours: whether the folder still belongs to this router."""

    def __init__(self, state_dir: Path, is_ours: Callable[[], bool]) -> None:
        self._path = state_dir / FILE
        self._is_ours = is_ours
        self._is_told = False

    def keep(self, booked: Booked) -> None:
        """Replace what was kept before; where that fails, nobody goes on from what is old."""
        if not self._is_ours():
            return
        try:
            replace_whole(self._path, _ENCODER.encode(booked))
            self._is_told = False
        except OSError as error:
            self.forget()
            if not self._is_told:
                tell("counts_not_kept", level=logging.ERROR, error=str(error))
            self._is_told = True

    def found(self) -> Booked | None:
        """Return what a predecessor kept; None where that is missing or cannot be read."""
        try:
            return _DECODER.decode(self._path.read_bytes())
        except (OSError, msgspec.DecodeError, ValueError):
            return None

    def forget(self) -> None:
        """Let nobody go on from there."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

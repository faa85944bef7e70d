"""What the dead workers of a router had counted, kept in `state_dir` for the next supervisor.

The living carry their own counts over, in memory. Nothing is flushed to the disk: this outlives a
process that is killed, not a machine that stops, and neither do the living.
"""

import contextlib
import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from router.control.events import tell
from router.control.telemetry import Totals

FILE: Final = "counted"
"""In `state_dir`."""


def _counter(_: type, plain: dict[Any, int]) -> Counter[Any]:
    return Counter(plain)


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Totals, dec_hook=_counter)


def keep(state_dir: Path, totals: Totals) -> None:
    """Replace the file as a whole."""
    new = state_dir / f"{FILE}.new"
    try:
        new.write_bytes(_ENCODER.encode(totals))
        os.replace(new, state_dir / FILE)  # noqa: PTH105 - Path.replace says the same, less plainly
    except OSError as error:
        tell("counts_not_kept", level=logging.ERROR, error=str(error))


def found(state_dir: Path) -> Totals:
    """Return what a predecessor kept; nothing where that is missing or cannot be read."""
    try:
        return _DECODER.decode((state_dir / FILE).read_bytes())
    except (OSError, msgspec.DecodeError):
        return Totals()


def forget(state_dir: Path) -> None:
    """Let nobody count that again."""
    with contextlib.suppress(OSError):
        (state_dir / FILE).unlink(missing_ok=True)

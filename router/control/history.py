"""What the dead workers of a router had counted, kept in `state_dir` for the next supervisor.

The living carry their own counts over, in memory. This file outlives a process that is killed, not
a machine that stops, and neither do the living.
"""

import contextlib
import logging
from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from router.control.events import tell
from router.control.telemetry import Totals
from router.wire.whole_file import replace_whole

FILE: Final = "counted"
"""In `state_dir`."""


def _counter(_: type, plain: dict[Any, int]) -> Counter[Any]:
    return Counter(plain)


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Totals, dec_hook=_counter)


def keep(state_dir: Path, totals: Totals) -> None:
    """Replace what was kept before; where that fails it is told, and serving goes on."""
    try:
        replace_whole(state_dir / FILE, _ENCODER.encode(totals))
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

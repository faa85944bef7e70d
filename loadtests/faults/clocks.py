"""The time of day as one router sees it, set forward and back while it runs.

The change is made in the router's own processes, by a module that Python imports at its start: the
system's clock cannot be set for one process, and monotonic clocks never jump. So everything that
the router reads from `time.time` is shifted, and everything else is the router's own way.
"""

import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MODULE: Final = """\
import mmap
import struct
import time

with open({offset!r}, "rb") as file:
    shared = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
system = time.time


def shifted():
    return system() + struct.unpack("d", shared)[0]


time.time = shifted
"""


class Clocks:
    """The clocks of all processes that are started with its environment."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder / "clocks"
        self._folder.mkdir()
        offset = self._folder / "offset"
        offset.write_bytes(bytes(8))
        with offset.open("r+b") as file:
            self._shared: Final = mmap.mmap(file.fileno(), 8)
        (self._folder / "sitecustomize.py").write_text(MODULE.format(offset=str(offset)))

    def set(self, seconds: float) -> None:
        """Let them go ahead of the system's by so many seconds, or behind it."""
        self._shared[:] = struct.pack("d", seconds)

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return what a router's environment needs."""
        path = inherited.get("PYTHONPATH")
        return {"PYTHONPATH": f"{self._folder}:{path}" if path else str(self._folder)}

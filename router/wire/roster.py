"""The file that names the workers that serve: who lives on without a supervisor.

They are those whom the next supervisor waits for. A worker that stands here serves on when its
supervisor is gone; any other one ends then. A process is meant by its id and its start time, so
that a later one with the same id is somebody else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.wire.whole_file import replace_whole

FILE: Final = "workers"
"""In `state_dir`."""

_START_TIME: Final = 19
"""Which field of /proc/PID/stat, counted behind the program's name: proc_pid_stat(5)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One worker. `started` in clock ticks since the machine started."""

    pid: int
    started: int


def entry_of(pid: int) -> Entry | None:
    """Return who has this id now, or None if nobody has; raise OSError if that cannot be read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return Entry(pid, int(fields[_START_TIME]))


def read_roster(
    state_dir: Path, on_damage: Callable[[bytes], None] = lambda _: None
) -> frozenset[Entry]:
    """Return who stands there; nobody where there is no file.

    ``on_damage`` is given each line that means nothing: somebody has edited it, or a machine lost
    power.
    """
    try:
        lines = (state_dir / FILE).read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    found: set[Entry] = set()
    for line in lines:
        entry = _entry(line)
        if entry is None:
            on_damage(line)
        else:
            found.add(entry)
    return frozenset(found)


def _entry(line: bytes) -> Entry | None:
    try:
        pid, started = map(int, line.split())
    except ValueError:
        return None
    return Entry(pid, started) if pid > 0 else None


def write_roster(state_dir: Path, entries: Iterable[Entry]) -> None:
    """Let these stand there, and nobody else."""
    lines = sorted(f"{entry.pid} {entry.started}\n" for entry in entries)
    replace_whole(state_dir / FILE, "".join(lines).encode())


def remove_roster(state_dir: Path) -> None:
    """Let nobody stand there."""
    (state_dir / FILE).unlink(missing_ok=True)

"""A process and all its descendants: who they are, what they have cost, what they hold.

It reads /proc itself: the figures are the kernel's, and the bench needs no further package.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One process; `born` (ticks since boot) tells it from a later one with the same number.

    session: the number of the process that began it with setsid(2). Children keep it, also those
    whose parents have died, and no other process gets that number meanwhile.
    """

    pid: int
    parent: int
    session: int
    born: int
    state: str
    cpu_seconds: float
    resident_bytes: int


def parse_stat(line: str) -> Member:
    """Read one line of /proc/PID/stat; the name in parentheses may hold spaces and parentheses."""
    pid, _, rest = line.partition(" ")
    fields = rest[rest.rindex(")") + 2 :].split()
    return Member(
        pid=int(pid),
        state=fields[0],
        parent=int(fields[1]),
        session=int(fields[3]),
        cpu_seconds=(int(fields[11]) + int(fields[12])) * TICK,
        born=int(fields[19]),
        resident_bytes=int(fields[21]) * PAGE,
    )


def descendants(root: int, everybody: list[Member]) -> list[Member]:
    """Return ``root`` and whoever descends from it, parents first."""
    found = [member for member in everybody if member.pid == root]
    for ancestor in found:
        found.extend(member for member in everybody if member.parent == ancestor.pid)
    return found


def members(root: int) -> list[Member]:
    """Return the living family of ``root``."""
    return descendants(root, list(_everybody()))


def is_alive(member: Member) -> bool:
    """Tell whether this very process still runs."""
    now = _read(member.pid)
    return now is not None and now.born == member.born and now.state != "Z"


def living(sessions: Collection[int]) -> list[Member]:
    """Return who is alive in these sessions."""
    return [member for member in _everybody() if member.session in sessions and member.state != "Z"]


def cpu_seconds(family: list[Member]) -> float:
    """Add up the CPU time of a family, its own and the kernel's for it."""
    return sum(member.cpu_seconds for member in family)


def thread_cpu_seconds(pids: list[int]) -> dict[int, float]:
    """Tell by thread what the threads of these processes have cost."""
    stats = [
        parse_stat((thread / "stat").read_text())
        for pid in pids
        for thread in (PROC / str(pid) / "task").iterdir()
    ]
    return {thread.pid: thread.cpu_seconds for thread in stats}


def resident_bytes(pids: list[int]) -> int:
    """Add up what these processes hold resident; pages that they share count for each."""
    now = [_read(pid) for pid in pids]
    return sum(member.resident_bytes for member in now if member is not None)


def proportional_bytes(pids: list[int]) -> int:
    """Add up what these processes hold, a page shared by n of them counted as 1/n for each."""
    return sum(_rollup(pid).get("Pss", 0) for pid in pids)


def own_bytes(pids: list[int]) -> int:
    """Add up what these processes hold that is no file's: it changes by their own doing alone.

    Their part of a library is not in it, which grows when somebody else who used it ends.
    """
    rollups = [_rollup(pid) for pid in pids]
    return sum(rollup.get("Pss", 0) - rollup.get("Pss_File", 0) for rollup in rollups)


def _rollup(pid: int) -> dict[str, int]:
    _, *lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    entries = [line.split() for line in lines]
    return {entry[0].rstrip(":"): int(entry[1]) * KIB for entry in entries}


def _everybody() -> Iterator[Member]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            member = _read(int(entry.name))
            if member is not None:
                yield member


def _read(pid: int) -> Member | None:
    try:
        return parse_stat((PROC / str(pid) / "stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended while we looked

"""Which process holds which connection, as the kernel says."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
SOCKET: Final = "socket:["
ESTABLISHED: Final = "01"


def holders(port: int, pids: Iterable[int]) -> dict[int, int]:
    """Return by client's port the process that holds the connection to a router's ``port``.

    A connection that still waits in an accept queue has no holder.
    """
    inodes = accepted((PROC / "net" / "tcp").read_text(), port)
    return {inodes[inode]: pid for pid in pids for inode in _sockets(pid) if inode in inodes}


def accepted(table: str, port: int) -> dict[int, int]:
    """Read the kernel's table: inode → client's port of each connection to ``port``."""
    found: dict[int, int] = {}
    for line in table.splitlines()[1:]:
        _, local, remote, state, *rest = line.split()
        if state == ESTABLISHED and int(local.rpartition(":")[2], 16) == port:
            found[int(rest[5])] = int(remote.rpartition(":")[2], 16)
    found.pop(0, None)  # whoever waits for `accept` has no inode yet
    return found


def _sockets(pid: int) -> Iterator[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for entry in (PROC / str(pid) / "fd").iterdir():
            target = _target(entry)
            if target.startswith(SOCKET):
                yield int(target[len(SOCKET) : -1])


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except (FileNotFoundError, ProcessLookupError):
        return ""  # closed while we looked

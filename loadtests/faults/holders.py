"""Which process holds which connection, and which has made it, as the kernel says."""

import contextlib
import re
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
    inodes = accepted(_table(), port)
    return {inodes[inode]: pid for inode, pid in _owned(pids) if inode in inodes}


def callers(ports: Iterable[int], pids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Return by port and client's port the process that has made the connection there."""
    inodes = made(_table(), ports)
    return {inodes[inode]: pid for inode, pid in _owned(pids) if inode in inodes}


def accepted(table: str, port: int) -> dict[int, int]:
    """Read the kernel's table: inode → client's port of each connection to ``port``."""
    found: dict[int, int] = {}
    for line in table.splitlines()[1:]:
        _, local, remote, state, *rest = line.split()
        if state == ESTABLISHED and int(local.rpartition(":")[2], 16) == port:
            found[int(rest[5])] = int(remote.rpartition(":")[2], 16)
    found.pop(0, None)  # whoever waits for `accept` has no inode yet
    return found


def made(table: str, ports: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Read there the clients' side of the same: inode → port and client's port.

    It is read while everybody goes on, so it may not take the time that Python needs for each line.
    """
    wanted = "|".join(f"{port:04X}" for port in ports)
    line = rf":(\w+) \w+:({wanted}) {ESTABLISHED} \S+ \S+ \S+ +\d+ +\d+ (\d+) "
    return {
        int(inode): (int(port, 16), int(client, 16))
        for client, port, inode in re.findall(line, table)
    }


def _table() -> str:
    return (PROC / "net" / "tcp").read_text()


def _owned(pids: Iterable[int]) -> Iterator[tuple[int, int]]:
    return ((inode, pid) for pid in pids for inode in _sockets(pid))


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

"""Which process holds which connection, and which has made it, as the kernel says."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
SOCKET: Final = "socket:["
ESTABLISHED: Final = "01"


def holders(port: int, pids: Iterable[int]) -> dict[int, int]:
    """Return by client's port the process that holds the connection to a router's ``port``.

    A connection that still waits in an accept queue has no holder.
    """
    return _owners(accepted(_table(), port), pids)


def callers(port: int, pids: Iterable[int]) -> dict[int, int]:
    """Return by client's port the process that has made the connection to ``port``."""
    return _owners(made(_table(), port), pids)


def accepted(table: str, port: int) -> dict[int, int]:
    """Read the kernel's table: inode → client's port of each connection to ``port``."""
    return {inode: remote for inode, local, remote in _established(table) if local == port}


def made(table: str, port: int) -> dict[int, int]:
    """Read there the clients' side of the same: inode → client's port."""
    return {inode: local for inode, local, remote in _established(table) if remote == port}


def _established(table: str) -> Iterator[tuple[int, int, int]]:
    """Yield of each connection its inode, its port and the other side's."""
    for line in table.splitlines()[1:]:
        _, local, remote, state, *rest = line.split()
        inode = int(rest[5])
        if state == ESTABLISHED and inode:  # whoever waits for `accept` has none yet
            yield inode, int(local.rpartition(":")[2], 16), int(remote.rpartition(":")[2], 16)


def _table() -> str:
    return (PROC / "net" / "tcp").read_text()


def _owners(inodes: Mapping[int, int], pids: Iterable[int]) -> dict[int, int]:
    return {inodes[inode]: pid for pid in pids for inode in _sockets(pid) if inode in inodes}


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

"""Unix sockets in `state_dir`, by which our own processes find one another; each has its name."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BACKLOG: Final = 128


def bind_there(state_dir: Path, name: str) -> socket.socket:
    """Listen there, in place of whoever did; our user alone may connect."""
    listening = socket.socket(socket.AF_UNIX)
    try:
        with _short_path(state_dir, name) as path:
            path.unlink(missing_ok=True)
            listening.bind(str(path))
            path.chmod(0o600)
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def connect_there(state_dir: Path, name: str) -> socket.socket:
    """Connect at once or raise: BlockingIOError when whoever listens does not keep up."""
    connected = socket.socket(socket.AF_UNIX)
    connected.setblocking(False)
    try:
        with _short_path(state_dir, name) as path:
            connected.connect(str(path))
    except BaseException:
        connected.close()
        raise
    return connected


@contextmanager
def _short_path(state_dir: Path, name: str) -> Generator[Path]:
    """Name the socket through its folder: an address holds 108 bytes, a path may be longer."""
    folder = os.open(state_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Path(f"/proc/self/fd/{folder}/{name}")
    finally:
        os.close(folder)

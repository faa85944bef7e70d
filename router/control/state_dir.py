"""`state_dir`: the folder of one router. A lock says that its supervisor lives."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Final

from router.errors import StateDirError
from router.wire.control_socket import bind_control

LOCK: Final = "serve.lock"


@contextlib.contextmanager
def claimed(state_dir: Path) -> Generator[None]:
    """Make the folder where it is missing, and be its only supervisor.

    The kernel gives the lock back when we end, however that happens. The file stays: whoever
    removed it could take it from under the next one.
    """
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(state_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateDirError(f"state_dir: {state_dir} cannot be used: {error.strerror}") from error
    try:
        _take(lock, state_dir)
        yield
    finally:
        os.close(lock)


def _take(lock: int, state_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
        raise StateDirError(
            f"state_dir: {state_dir} belongs to a router that runs already (pid {holder}); "
            "a second one needs a `state_dir` of its own"
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def open_control(state_dir: Path) -> socket.socket:
    """Listen for workers."""
    try:
        return bind_control(state_dir)
    except OSError as error:
        raise StateDirError(
            f"state_dir: no socket can be made in {state_dir}: {error.strerror}"
        ) from error

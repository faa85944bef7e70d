"""`state_dir`: the folder of one router. A lock says that its supervisor lives."""

import contextlib
import fcntl
import os
import socket
from pathlib import Path
from typing import Final, Self

from router.errors import StateDirError
from router.wire.control_socket import bind_control

LOCK: Final = "serve.lock"


class Claim:
    """One supervisor's claim to the folder, from `with` to its end.

    The kernel gives the lock back when we end, however that happens. The file stays: whoever
    removed it could take it from under the next one.
    """

    def __init__(self, state_dir: Path) -> None:
        self.state_dir: Final = state_dir
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go()

    def take(self) -> None:
        """Make the folder where it is missing, and be its only supervisor; also once more."""
        try:
            self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.state_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateDirError(
                f"state_dir: {self.state_dir} cannot be used: {error.strerror}"
            ) from error
        try:
            _take(lock, self.state_dir)
        except BaseException:
            os.close(lock)
            raise
        self._let_go()
        self._lock = lock

    @property
    def is_held(self) -> bool:
        """Whether what lies there is ours: somebody may have removed the folder, or our lock."""
        if self._lock is None:
            return False
        try:
            return os.path.samestat((self.state_dir / LOCK).stat(), os.fstat(self._lock))
        except OSError:
            return False

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _take(lock: int, state_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
        raise StateDirError(
            f"state_dir: {state_dir} belongs to a router that runs already (pid {holder}); "
            "a second one needs a `state_dir` of its own"
        ) from error
    except OSError as error:
        raise StateDirError(f"state_dir: {state_dir} cannot be locked: {error.strerror}") from error
    # A full disk takes no process id, which others are only told of; the lock holds without it.
    with contextlib.suppress(OSError):
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

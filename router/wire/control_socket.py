"""Where workers find their supervisor, this one or the next: `control.sock` in `state_dir`."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FILE: Final = "control.sock"
BACKLOG: Final = 128


def bind_control(state_dir: Path) -> socket.socket:
    """Listen there, in place of whoever did; our user alone may connect."""
    control = socket.socket(socket.AF_UNIX)
    try:
        with _short_path(state_dir) as path:
            path.unlink(missing_ok=True)
            control.bind(str(path))
            path.chmod(0o600)
        control.listen(BACKLOG)
    except BaseException:
        control.close()
        raise
    control.setblocking(False)
    return control


def connect_control(state_dir: Path) -> socket.socket:
    """Connect at once or raise: BlockingIOError when the supervisor does not keep up."""
    control = socket.socket(socket.AF_UNIX)
    control.setblocking(False)
    try:
        with _short_path(state_dir) as path:
            control.connect(str(path))
    except BaseException:
        control.close()
        raise
    return control


def control_id(state_dir: Path) -> tuple[int, int] | None:
    """Tell the socket that lies there from any other one; None where none does."""
    try:
        found = (state_dir / FILE).lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remove_control(state_dir: Path) -> None:
    """Let nobody try in vain."""
    (state_dir / FILE).unlink(missing_ok=True)


@contextmanager
def _short_path(state_dir: Path) -> Generator[Path]:
    """Name the socket through its folder: an address holds 108 bytes, a path may be longer."""
    folder = os.open(state_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Path(f"/proc/self/fd/{folder}/{FILE}")
    finally:
        os.close(folder)

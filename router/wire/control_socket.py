"""Where workers find their supervisor, this one or the next: `control.sock` in `state_dir`."""

import socket
from pathlib import Path
from typing import Final

from router.wire.state_socket import bind_there, connect_there

FILE: Final = "control.sock"


def bind_control(state_dir: Path) -> socket.socket:
    """Listen there, in place of whoever did; our user alone may connect."""
    return bind_there(state_dir, FILE)


def connect_control(state_dir: Path) -> socket.socket:
    """Connect at once or raise: BlockingIOError when the supervisor does not keep up."""
    return connect_there(state_dir, FILE)


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

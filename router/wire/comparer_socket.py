"""Where the comparer listens, in `state_dir`.

Workers bring their pairs to `comparer.sock`. Pairs that somebody else has made come to
`pairs.sock`, over HTTP, by way of a worker.
"""

import socket
from pathlib import Path
from typing import Final

from router.wire.state_socket import bind_there, connect_there

FILE: Final = "comparer.sock"
COUNTER: Final = "pairs.sock"


def bind_comparer(state_dir: Path) -> socket.socket:
    """Listen there, in place of whoever did; our user alone may connect."""
    return bind_there(state_dir, FILE)


def connect_comparer(state_dir: Path) -> socket.socket:
    """Connect at once or raise OSError: nobody is there, or does not keep up."""
    return connect_there(state_dir, FILE)


def bind_counter(state_dir: Path) -> socket.socket:
    """Listen there, in place of whoever did; our user alone may connect."""
    return bind_there(state_dir, COUNTER)

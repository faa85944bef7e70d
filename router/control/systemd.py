"""What the service manager is told, where there is one: sd_notify(3)."""

import contextlib
import socket
from collections.abc import Callable, Mapping

Notify = Callable[..., None]
"""Takes what is to be said: `READY=1`, `STOPPING=1`, ..."""


def notifier(environment: Mapping[str, str]) -> Notify:
    """Return the way to whoever started us; without one, what is said is lost."""
    path = environment.get("NOTIFY_SOCKET", "")
    # `@` stands for the zero byte before which an abstract address begins: unix(7).
    address = "\0" + path[1:] if path.startswith("@") else path

    def notify(*lines: str) -> None:
        if address.startswith(("\0", "/")):
            with (
                contextlib.suppress(OSError),
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to,
            ):
                to.sendto("\n".join(lines).encode(), address)

    return notify

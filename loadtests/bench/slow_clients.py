"""Clients that keep a proxy waiting: who drip a header, who read slowly, and who do nothing."""

import contextlib
import socket
import time
from typing import Final

from loadtests.bench import plain_client

EVERY: Final = 1.0
"""Seconds between two bytes of a header, and between two looks at an answer."""
SIP: Final = 256
"""Bytes that a slow reader takes at a time."""
SMALL_BUFFER: Final = 4096
"""Bytes; with a larger one the kernel would read in the slow reader's place."""
BEGINNING: Final = b"GET /v1/answer HTTP/1.1\r\nhost: bench.example.com\r\nx-slow: "


class Dripper:
    """Sends a header byte by byte; `cut_after`: seconds until the proxy had enough of it."""

    def __init__(self, port: int) -> None:
        self._connection = plain_client.connect(port)
        self._connection.sendall(BEGINNING)
        self._connection.setblocking(False)
        self._began = time.monotonic()
        self.cut_after: float | None = None

    def step(self) -> None:
        """Look whether the proxy has answered or hung up, and send one more byte if not."""
        if self.cut_after is None and self._is_cut():
            self.cut_after = time.monotonic() - self._began

    def close(self) -> None:
        self._connection.close()

    def _is_cut(self) -> bool:
        try:
            self._connection.recv(SIP)
        except BlockingIOError:
            pass
        except ConnectionError:
            return True
        else:
            return True  # an answer, or the end: it waits no longer
        try:
            self._connection.send(b"x")
        except ConnectionError:
            return True
        return False


class SlowReader:
    """Asks for a large answer and takes it in sips."""

    def __init__(self, port: int, number: int) -> None:
        self._connection = socket.socket()
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self._connection.connect(("127.0.0.1", port))
        self._connection.sendall(plain_client.question(f"user-{number:06d}", "/huge"))
        self._connection.setblocking(False)

    def step(self) -> None:
        """Take a sip, if there is one."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            self._connection.recv(SIP)

    def close(self) -> None:
        self._connection.close()


class SlowClients:
    """So many of each kind. `run` moves all of them once each `EVERY` seconds, evenly spread."""

    def __init__(self, port: int, *, drippers: int, readers: int, idlers: int) -> None:
        self.drippers = [Dripper(port) for _ in range(drippers)]
        sippers = [SlowReader(port, number) for number in range(readers)]
        self._moving: list[Dripper | SlowReader] = [*self.drippers, *sippers]
        self._idlers = [plain_client.connect(port) for _ in range(idlers)]
        for number, idler in enumerate(self._idlers):
            plain_client.ask(idler, plain_client.question(f"user-{number:06d}"))

    def run(self, seconds: float) -> None:
        """Be slow for a while."""
        pause = EVERY / len(self._moving)
        turn = 0
        began = time.monotonic()
        while (now := time.monotonic() - began) < seconds:
            while turn * pause <= now:
                self._moving[turn % len(self._moving)].step()
                turn += 1
            time.sleep(pause)

    def close(self) -> None:
        for client in self._moving:
            client.close()
        for idler in self._idlers:
            idler.close()

"""The comparer's end of a worker's link: keeps the pairs that come, and judges nothing."""

import asyncio
import socket
import threading
from pathlib import Path
from typing import Final

from router.compare.pair import Pair
from router.wire.comparer_socket import bind_comparer
from router.wire.pairs import PairDecoder

PATIENCE: Final = 10.0
CHUNK: Final = 256 * 1024


class HeardPairs:
    """Listens in a thread, from its making until `close`."""

    def __init__(self, state_dir: Path) -> None:
        self._heard: Final = threading.Condition()
        self._pairs: list[Pair] = []
        self._connected: socket.socket | None = None
        self._listener: Final = bind_comparer(state_dir)
        self._listener.setblocking(True)
        self._listening: Final = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def await_link(self) -> None:
        """Wait until the worker has found us."""
        with self._heard:
            assert self._heard.wait_for(lambda: self._connected is not None, PATIENCE)

    def forget(self) -> None:
        """Forget what came until now."""
        with self._heard:
            self._pairs = []

    async def take(self, count: int = 1) -> list[Pair]:
        """Wait for so many pairs, and return all that have come; backends go on meanwhile."""
        return await asyncio.to_thread(self._take, count)

    def _take(self, count: int) -> list[Pair]:
        with self._heard:
            came = self._heard.wait_for(lambda: len(self._pairs) >= count, PATIENCE)
            assert came, f"{len(self._pairs)} of {count} pairs have come"
            taken, self._pairs = self._pairs, []
        return taken

    @property
    def count(self) -> int:
        return len(self._pairs)

    def close(self) -> None:
        """The worker has ended by now."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listening.join()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            with self._heard:
                self._connected = connected
                self._heard.notify_all()
            with connected:
                self._read(connected)

    def _read(self, connected: socket.socket) -> None:
        decoder = PairDecoder()
        try:
            while chunk := connected.recv(CHUNK):
                for batch in decoder.feed(chunk):
                    with self._heard:
                        self._pairs += batch
                        self._heard.notify_all()
        finally:
            self._connected = None

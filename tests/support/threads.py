"""Threads that run for the time of a block."""

import threading
from collections.abc import Sequence
from typing import Self


class Threads:
    """Starts them, and tells them at the end of the block that it is over."""

    def __init__(self, threads: Sequence[threading.Thread]) -> None:
        self._is_over = threading.Event()
        self._threads = threads

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

"""What a worker says of itself on stderr, one JSON object a line; it loads no `logging` for it."""

import asyncio
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from router.lines_out import LinesOut, rfc3339

LAST_LINES_WITHIN: Final = 0.5
"""Seconds that the last events may take to be read, at the end.

Together with those of the access log (1.0) fewer than a supervisor waits before it kills (2.0).
"""


class WorkerEvents:
    """Hands lines on and waits for nobody. ``on_dropped`` hears how many nobody took."""

    def __init__(self, descriptor: int, on_dropped: Callable[[int], None]) -> None:
        self._lines = LinesOut(descriptor, bytes, on_dropped, "event log")

    def tell(self, event: str, detail: str, *, level: str = "error") -> None:
        record = {
            "at": rfc3339(time.time()),
            "level": level,
            "event": event,
            "pid": os.getpid(),
            "detail": detail,
        }
        self._lines.add(msgspec.json.encode(record) + b"\n")
        self._lines.flush()

    def task_died(self, name: str, error: BaseException) -> None:
        self.tell("worker_task_died", f"{name}: {place_of(error)}")

    def callback_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        place = place_of(error) if isinstance(error, BaseException) else "no exception"
        self.tell("worker_callback_failed", place)

    def shadow_failed(self, error: BaseException) -> None:
        self.tell("shadow_failed", place_of(error))

    def close(self) -> None:
        """Write what is left, if somebody reads it soon."""
        self._lines.close(LAST_LINES_WITHIN)


def place_of(error: BaseException) -> str:
    """Say what was raised and where; never its text, which may hold a client's bytes."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-3:]]
    return f"{type(error).__name__} at {' > '.join(places) or 'an unknown place'}"

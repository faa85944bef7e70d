"""What the control plane says of itself: one JSON object a line on stderr."""

import contextlib
import logging
from collections.abc import Generator
from typing import Final

import orjson

from router.lines_out import LinesOut, rfc3339
from router.stdio import STDERR

LAST_LINES_WITHIN: Final = 1.0
"""Seconds that the last events may take to be read, at the end."""

_log: Final = logging.getLogger("gray_router")


def tell(
    event: str,
    *,
    level: int = logging.INFO,
    failure: BaseException | None = None,
    **fields: object,
) -> None:
    """Write one event; ``fields`` are plain values. A `failure` is written with its traceback."""
    if failure is not None:
        level = logging.ERROR
    _log.log(level, event, extra={"fields": fields}, exc_info=failure)


@contextlib.contextmanager
def events_written(descriptor: int = STDERR) -> Generator[None]:
    """Send events, and the warnings of libraries, to stderr as JSON lines until the end."""
    log = EventLog(descriptor)
    root = logging.getLogger()
    root.addHandler(log)
    before = _log.level
    _log.setLevel(logging.INFO)
    try:
        yield
    finally:
        _log.setLevel(before)
        root.removeHandler(log)
        log.close()


def events_dropped() -> int:
    """Count the events that nobody took."""
    logs = [each for each in logging.getLogger().handlers if isinstance(each, EventLog)]
    return sum(log.dropped() for log in logs)


class EventLog(logging.Handler):
    """Hands lines on and waits for nobody: an event must not cost the supervisor its time."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._dropped = 0
        self._lines = LinesOut(descriptor, bytes, self._drop, "event log")

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; logging lets one thread in at a time."""
        self._lines.add(self.format(record).encode() + b"\n")
        self._lines.flush()

    def dropped(self) -> int:
        """Count the lines that nobody took in time, or that could not be written."""
        with self._one_at_a_time():
            self._lines.flush()
            return self._dropped

    def close(self) -> None:
        """Write what is left, if somebody reads it soon."""
        with self._one_at_a_time():
            self._lines.close(LAST_LINES_WITHIN)
        super().close()

    def _drop(self, number: int) -> None:
        self._dropped += number

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Generator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()


class JsonLines(logging.Formatter):
    """Formats our events, and what libraries log, alike."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": rfc3339(record.created),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.name != _log.name:
            line["logger"] = record.name
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()

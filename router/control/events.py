"""What the control plane says of itself: one JSON object a line on stderr."""

import datetime as dt
import logging
from typing import Final

import orjson

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


def write_events() -> None:
    """Send events, and the warnings of libraries, to stderr as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    _log.setLevel(logging.INFO)


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


def rfc3339(seconds: float) -> str:
    """Write a Unix time as people and programs read it."""
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

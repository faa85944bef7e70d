"""What a body is, by its Content-Type (RFC 9110, 8.3.1)."""

import enum
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


class Shape(enum.Enum):
    """How bytes of a media type are read."""

    JSON = enum.auto()
    LINES = enum.auto()  # one JSON value a line
    EVENTS = enum.auto()
    FORM = enum.auto()
    TEXT = enum.auto()
    BYTES = enum.auto()
    UNSAID = enum.auto()  # by what they look like


@dataclass(frozen=True, slots=True)
class Media:
    """A media type, all of it in lower case. parameters: sorted, without `charset`."""

    essence: str
    charset: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def shape(self) -> Shape:
        known = _SHAPES.get(self.essence)
        if known is not None:
            return known
        if self.essence.endswith("+json"):
            return Shape.JSON
        is_text = self.essence.startswith("text/") or self.essence.endswith("+xml")
        return Shape.TEXT if is_text else Shape.BYTES


_SHAPES: Final = {
    "": Shape.UNSAID,
    "text/plain": Shape.UNSAID,  # what many frameworks say of whatever they are given
    "application/json": Shape.JSON,
    "text/json": Shape.JSON,
    "application/x-ndjson": Shape.LINES,
    "application/ndjson": Shape.LINES,
    "application/jsonl": Shape.LINES,
    "application/x-jsonlines": Shape.LINES,
    "application/jsonlines": Shape.LINES,
    "application/json-seq": Shape.LINES,
    "application/stream+json": Shape.LINES,
    "text/event-stream": Shape.EVENTS,
    "application/x-www-form-urlencoded": Shape.FORM,
    "application/xml": Shape.TEXT,
    "application/javascript": Shape.TEXT,
    "application/yaml": Shape.TEXT,
}

_PARAMETER: Final = re.compile(r';\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')
_LONGEST: Final = 1024
"""Bytes of a Content-Type that are read."""


@lru_cache(maxsize=256)
def media(content_type: bytes) -> Media:
    """Read a Content-Type; what cannot be read of it is left out."""
    text = content_type[:_LONGEST].decode("latin-1")
    essence = text.partition(";")[0].strip().lower()
    found = {
        name.lower(): (quoted or plain).lower() for name, quoted, plain in _PARAMETER.findall(text)
    }
    charset = found.pop("charset", "")
    return Media(essence, charset, tuple(sorted(found.items())))

"""Lines of JSON (NDJSON, JSON Lines), and JSON text sequences (RFC 7464), as one array."""

from typing import Final

from router.compare.json_text import NotJsonError, loads
from router.places.pointer import Json

_RECORD: Final = "\x1e"
_SPACE: Final = " \t\r\n" + _RECORD


def lines_of(text: str) -> list[Json]:
    """Parse each line that is not blank; one that is no JSON stays a text, and differs as one."""
    separator = _RECORD if text.startswith(_RECORD) else "\n"
    stripped = (line.strip(_SPACE) for line in text.split(separator))
    return [_value(line) for line in stripped if line]


def _value(line: str) -> Json:
    try:
        return loads(line)
    except NotJsonError:
        return line

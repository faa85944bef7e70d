"""Server-sent events (HTML, 9.2.6): a stream's text as the list of what it says."""

import re
from dataclasses import dataclass
from typing import Final

from router.compare.json_text import json_or_text
from router.places.pointer import Json

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_MESSAGE: Final = "message"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. name: `message` where it has none. identity: what its own `id` says."""

    name: str
    data: str
    identity: str = ""


def events_of(text: str) -> list[Event]:
    """Read a whole stream.

    Comments, `retry` and unknown fields say nothing. An event without data is none. One that no
    blank line ends is dropped by browsers, but not by the SDKs of language models: here it counts,
    since it may be what the two streams differ in.
    """
    found: list[Event] = []
    block: list[str] = []
    for line in _LINE_END.split(text):
        if line:
            block.append(line)
        elif block:
            _add(found, block)
            block = []
    _add(found, block)
    return found


def documents_of(events: list[Event]) -> list[Json]:
    """Return events as JSON: `data` parsed where it is an object or an array."""
    return [_document(event) for event in events]


def _add(found: list[Event], block: list[str]) -> None:
    name, identity = "", ""
    data: list[str] = []
    for line in block:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            identity = value
    if data:
        found.append(Event(name or _MESSAGE, "\n".join(data), identity))


def _document(event: Event) -> Json:
    said: dict[str, Json] = {"event": event.name, "data": json_or_text(event.data)}
    if event.identity:
        said["id"] = event.identity
    return said

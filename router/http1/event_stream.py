"""Where does one server-sent event end?

Behind a blank line, and nowhere else (HTML, 9.2.6): an event that is not complete is dropped by
whoever reads the stream, and one that another is put into would be read as one that nobody sent.
"""

import re
from typing import Final

ROLLED_BACK_EVENT: Final = b'event: gray-router\ndata: {"type":"rolled_back"}\n\n'
"""The last event of a stream that a rollback ends."""

_AFTER_BLANK_LINE: Final = (b"\n\n", b"\r\r", b"\n\r", b"\n\r\n", b"\r\r\n")
_BLANK_LINE: Final = re.compile(rb"\n\n|\r\r|\n\r")
_LONGEST: Final = 3
"""Bytes that tell whether a line was blank."""


class Events:
    """Where a stream of events stands. Lines end in LF, CR or CRLF, in any mixture."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b"\n\n"

    @property
    def is_between(self) -> bool:
        """Whether the last event is complete, and no other has begun."""
        return self._tail.endswith(_AFTER_BLANK_LINE)

    def feed(self, data: bytes) -> None:
        self._tail = (data if len(data) >= _LONGEST else self._tail + data)[-_LONGEST:]

    def feed_to_end(self, data: bytes) -> int:
        """Feed, and return up to where the event goes that ends first; -1 where none does."""
        before = self._tail
        self.feed(data)
        ended = _BLANK_LINE.search(before + data, max(0, len(before) - 1))
        return -1 if ended is None else ended.end() - len(before)

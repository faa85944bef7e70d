"""What do requests and answers have in common, before and after their lines are read?

Rule 1: a head is read only when all of it is here, so that chunking cannot change the verdict.
Rule 2: what is ambiguous is refused, never repaired. The grammar is RFC 9112's; where it leaves a
choice, the stricter one is taken.
Rule 3: what goes out is written anew from what was parsed: `lines` are made by `http1.lines`, never
cut from the input.

Everything that is accepted is accepted, with the same meaning, by httptools and h11: the fuzz holds
that. `request_head` and `reply_head` say the rest.
"""

import re
from collections.abc import Mapping
from typing import Final

from router.errors import MalformedMessageError
from router.http1.lines import Lines, Reader
from router.http1.names import Kind

HEAD_END: Final = b"\r\n\r\n"

CHUNKED: Final = -1
UNTIL_CLOSE: Final = -2
"""Values of `length` beside a number of bytes."""

NUMBER: Final = re.compile(rb"[0-9]{1,18}")
_BROKEN_LINE: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)(?!\Z)")
_HARMLESS_OPTIONS: Final = frozenset({b"close", b"keep-alive", b"upgrade", b"te"})
_NO_OPTIONS: Final = frozenset[bytes]()
_USUAL_OPTIONS: Final = {
    value: frozenset({value.lower()})
    for value in (b"close", b"Close", b"keep-alive", b"Keep-Alive", b"upgrade", b"Upgrade")
}
_NEVER_NOMINATED: Final = frozenset({b"host", b"content-length", b"transfer-encoding"})


class Head:
    """What requests and replies share.

    `fields` are all fields as (lower-case name, value); `lines` those that are passed on, written
    anew with the sender's spelling of the name; both in order.
    """

    __slots__ = (
        "chunked", "connection", "declared", "fields", "length", "lines", "minor", "request_id",
        "upgrade",
    )  # fmt: skip

    def __init__(self, minor: int) -> None:
        self.minor = minor
        self.fields: list[tuple[bytes, bytes]] = []
        self.lines: list[bytes] = []
        self.chunked = False
        self.declared: int | None = None
        self.connection: bytes | None = None
        self.upgrade: bytes | None = None
        self.request_id: bytes | None = None
        self.length = 0

    def read_lines(self, block: bytes, memory: Lines) -> None:
        """Read all field lines: what stands between the start line and the empty line."""
        young, fields, lines = memory.young, self.fields, self.lines
        for raw in block.split(b"\r\n"):
            reader, passed_on, field = young.get(raw) or memory.read(raw)
            fields.append(field)
            if reader is None:
                lines.append(passed_on)
            else:
                reader(self, field[1], passed_on)

    # Readers of special fields...

    def on_content_length(self, value: bytes, _line: bytes) -> None:
        if self.declared is not None or not NUMBER.fullmatch(value):
            raise MalformedMessageError("Content-Length is not one plain number")
        self.declared = self.length = int(value)

    def on_transfer_encoding(self, value: bytes, _line: bytes) -> None:
        if self.chunked or value.lower() != b"chunked":
            raise MalformedMessageError("Transfer-Encoding is not exactly one 'chunked'")
        self.chunked = True

    def on_connection(self, value: bytes, _line: bytes) -> None:
        self.connection = value if self.connection is None else self.connection + b"," + value

    def on_upgrade(self, value: bytes, _line: bytes) -> None:
        self.upgrade = value if self.upgrade is None else self.upgrade + b"," + value

    def on_request_id(self, value: bytes, _line: bytes) -> None:
        if self.request_id is None:
            self.request_id = value

    # Own...

    def settle_chunked(self) -> None:
        if self.declared is not None or self.minor == 0:
            raise MalformedMessageError(
                "Transfer-Encoding stands beside Content-Length or in HTTP/1.0"
            )
        self.length = CHUNKED

    def options(self) -> frozenset[bytes]:
        """Return the options of `Connection`, and drop the fields that it nominates as hop-by-hop.

        They were meant for us (RFC 9110, 7.6.1). Framing and Host stay what they are, whoever
        nominates them.
        """
        if self.connection is None:
            return _NO_OPTIONS
        usual = _USUAL_OPTIONS.get(self.connection)
        if usual is not None:
            return usual
        options = frozenset(option.strip(b" \t") for option in self.connection.lower().split(b","))
        nominated = options - _HARMLESS_OPTIONS
        if nominated:
            self.lines = [
                line for line in self.lines if line[: line.index(b":")].lower() not in nominated
            ]
            nominated -= _NEVER_NOMINATED
            self.fields = [field for field in self.fields if field[0] not in nominated]
        return options


COMMON_READERS: Final[Mapping[Kind, Reader]] = {
    Kind.CONTENT_LENGTH: Head.on_content_length,
    Kind.TRANSFER_ENCODING: Head.on_transfer_encoding,
    Kind.CONNECTION: Head.on_connection,
    Kind.UPGRADE: Head.on_upgrade,
    Kind.REQUEST_ID: Head.on_request_id,
}


def has_broken_line(beginning: bytes, seen: int) -> bool:
    """Tell whether a line ends otherwise than in CRLF: then no more bytes can make a valid head.

    seen: how many bytes have been looked at before, so that a head that drips is not read each
    time.
    """
    return _BROKEN_LINE.search(beginning, max(0, seen - 1)) is not None

"""What does this head mean? One answer, or none.

Rule 1: a head is read only when all of it is here, so that chunking cannot change the verdict.
Rule 2: what is ambiguous is refused, never repaired. The grammar is RFC 9112's; where it leaves a choice, the
stricter one is taken.
Rule 3: what goes out is written anew from what was parsed: `lines` are made by `http1.lines`, never cut from the
input.

Everything that is accepted here is accepted, with the same meaning, by httptools and h11: the fuzz holds that.
"""

import re
from collections.abc import Mapping
from typing import Final

from router.errors import MalformedMessageError
from router.http1.authority import agrees, host_of
from router.http1.lines import PERSONAL, Lines, Reader
from router.http1.memory import Memory
from router.http1.names import Kind

HEAD_END: Final = b"\r\n\r\n"

CHUNKED: Final = -1
UNTIL_CLOSE: Final = -2
"""Values of `length` beside a number of bytes."""

_PATH = rb"[!$%&'()*+,\-./0-9:;=@A-Z_a-z~|\[\]^]"
_QUERY = rb"[!$%&'()*+,\-./0-9:;=@A-Z_a-z~|\[\]^?{}\\`]"
# Beyond RFC 3986 these are the bytes that browsers send unescaped (WHATWG URL, path and query sets).
# Any token is a method (RFC 9110, 9.1), but those in lower case are mistakes of senders: a backend that forgives
# them would see another method than we do.
_METHOD = rb"([!#$%&'*+\-.^_`|~0-9A-Z]{1,32}+)"
_VERSION = rb"HTTP/1\.([01])\r\n"
_REQUEST_LINE: Final = re.compile(
    rb"%b (/%b*+(?:\?%b*+)?+) %b" % (_METHOD, _PATH, _QUERY, _VERSION)
)
_OTHER_FORM: Final = re.compile(
    rb"%b (?:\*|(?i:https?)://([^/?\x00-\x20\x7f-\xff]++)((?:/%b*+)?(?:\?%b*+)?+)) %b"
    % (_METHOD, _PATH, _QUERY, _VERSION)
)
_BEGINNING: Final = re.compile(rb"(?:%b(?: |\Z)|\r\Z)" % _METHOD)
_BROKEN_LINE: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)(?!\Z)")
_BAD_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_STATUS_LINE: Final = re.compile(
    rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*+))?"
)
_NUMBER: Final = re.compile(rb"[0-9]{1,18}")
_HARMLESS_OPTIONS: Final = frozenset({b"close", b"keep-alive", b"upgrade", b"te"})
_NO_OPTIONS: Final = frozenset[bytes]()
_USUAL_OPTIONS: Final = {
    value: frozenset({value.lower()})
    for value in (b"close", b"Close", b"keep-alive", b"Keep-Alive", b"upgrade", b"Upgrade")
}
_NEVER_NOMINATED: Final = frozenset({b"host", b"content-length", b"transfer-encoding"})

NO_CONTENT: Final = 204
BODILESS: Final = frozenset({NO_CONTENT, 304})
FIRST_FINAL: Final = 200


class _Head:
    """What requests and replies share.

    `fields` are all fields as (lower-case name, value); `lines` those that are passed on, written anew with
    the sender's spelling of the name; both in order.
    """

    # What a head does not say stands here and not in each instance: ten stores less a message.
    chunked = False
    declared: int | None = None
    connection: bytes | None = None
    upgrade: bytes | None = None
    request_id: bytes | None = None
    length = 0

    def __init__(self, minor: int) -> None:
        self.minor = minor
        self.fields: list[tuple[bytes, bytes]] = []
        self.lines: list[bytes] = []

    def read_lines(self, block: bytes, memory: Lines) -> None:
        """Read all field lines; ``block`` is what stands between the start line and the empty line."""
        young, fields, lines = memory.young, self.fields, self.lines
        for raw in block.split(b"\r\n"):
            reader, passed_on, field = young.get(raw) or memory.read(raw)
            fields.append(field)
            if reader is None:
                lines.append(passed_on)
            else:
                reader(self, field[1], passed_on)

    # Readers of special fields...

    def _on_content_length(self, value: bytes, _line: bytes) -> None:
        if self.declared is not None or not _NUMBER.fullmatch(value):
            raise MalformedMessageError("Content-Length is not one plain number")
        self.declared = self.length = int(value)

    def _on_transfer_encoding(self, value: bytes, _line: bytes) -> None:
        if self.chunked or value.lower() != b"chunked":
            raise MalformedMessageError("Transfer-Encoding is not exactly one 'chunked'")
        self.chunked = True

    def _on_connection(self, value: bytes, _line: bytes) -> None:
        self.connection = value if self.connection is None else self.connection + b"," + value

    def _on_upgrade(self, value: bytes, _line: bytes) -> None:
        self.upgrade = value if self.upgrade is None else self.upgrade + b"," + value

    def _on_request_id(self, value: bytes, _line: bytes) -> None:
        if self.request_id is None:
            self.request_id = value

    # Own...

    def _settle_chunked(self) -> None:
        if self.declared is not None or self.minor == 0:
            raise MalformedMessageError(
                "Transfer-Encoding stands beside Content-Length or in HTTP/1.0"
            )
        self.length = CHUNKED

    def _options(self) -> frozenset[bytes]:
        """Return the options of `Connection`, and drop the fields that it nominates as hop-by-hop.

        They were meant for us (RFC 9110, 7.6.1). Framing and Host stay what they are, whoever nominates them.
        """
        if self.connection is None:
            return frozenset()
        options = frozenset(option.strip(b" \t") for option in self.connection.lower().split(b","))
        nominated = options - _HARMLESS_OPTIONS
        if nominated:
            self.lines = [
                line for line in self.lines if line[: line.index(b":")].lower() not in nominated
            ]
            nominated -= _NEVER_NOMINATED
            self.fields = [field for field in self.fields if field[0] not in nominated]
        return options


class RequestHead(_Head):
    """The head of a request, understood and unambiguous.

    `length` is the body's bytes, `CHUNKED`, or 0. `target` is what goes upstream: origin-form or `*`.
    `host` is lower-case without port, `authority` is the Host field's value as it came.
    """

    authority: bytes | None = None
    host = b""
    expect_continue = False
    te_trailers = False
    max_forwards: int | None = None

    def __init__(self, method: bytes, target: bytes, minor: int) -> None:
        super().__init__(minor)
        self.method = method
        self.target = target
        self.keep_alive = minor == 1

    # Readers of special fields...

    def _on_host(self, value: bytes, _line: bytes) -> None:
        if self.authority is not None:
            raise MalformedMessageError("Host is repeated")
        self.authority = value

    def _on_expect(self, value: bytes, line: bytes) -> None:
        if value.lower() == b"100-continue":
            self.expect_continue = self.minor == 1  # RFC 9110, 10.1.1: not from HTTP/1.0
        else:
            self.lines.append(line)

    def _on_te(self, value: bytes, _line: bytes) -> None:
        self.te_trailers = self.te_trailers or b"trailers" in value.lower()

    def _on_max_forwards(self, value: bytes, line: bytes) -> None:
        if self.method not in (b"TRACE", b"OPTIONS"):
            self.lines.append(line)
        elif self.max_forwards is None and _NUMBER.fullmatch(value):
            self.max_forwards = int(value)

    # Conclusions...

    def settle(self, absolute: bytes | None) -> None:
        """Conclude what needs the whole head; refuse what contradicts itself.

        absolute: the authority of an absolute-form target, or None.
        """
        if self.chunked:
            self._settle_chunked()
        if self.authority is not None:
            self.host = host_of(self.authority)
        elif self.minor == 1:
            raise MalformedMessageError("Host is missing")
        if absolute is not None:
            self._settle_absolute(absolute)
        if self.connection is not None or self.upgrade is not None:
            self._settle_connection()

    def _settle_absolute(self, absolute: bytes) -> None:
        host = host_of(absolute)
        if self.authority is None:
            self.authority, self.host = absolute, host
        elif not agrees(absolute, self.authority):
            raise MalformedMessageError("the target names another host than Host does")

    def _settle_connection(self) -> None:
        options = self._options()
        self.keep_alive = b"close" not in options and (self.minor == 1 or b"keep-alive" in options)
        if self.upgrade is None:
            return
        # HTTP/2 in a tunnel would carry requests past every rule of ours: such a wish is not heard.
        if b"upgrade" not in options or self.minor == 0 or b"h2c" in self.upgrade.lower():
            self.upgrade = None
        elif self.length:
            raise MalformedMessageError("a request to upgrade may not have a body")


class ReplyHead(_Head):
    """The head of an upstream's answer.

    `length` is the body's bytes, `CHUNKED` or `UNTIL_CLOSE`, as for an answer to GET. `declared` is the
    Content-Length as it came, or None; answers to HEAD and 304 have one without a body.
    """

    has_date = False
    cache_control: list[bytes] | None = None

    def __init__(self, minor: int, status: int, reason: bytes) -> None:
        super().__init__(minor)
        self.status = status
        self.reason = reason
        self.keep_alive = minor == 1

    def _on_date(self, _value: bytes, line: bytes) -> None:
        self.has_date = True
        self.lines.append(line)

    def _on_cache_control(self, value: bytes, _line: bytes) -> None:
        self.cache_control = [*(self.cache_control or ()), value]

    @property
    def is_personal(self) -> bool:
        """Tell whether it holds what belongs to one caller alone."""
        return any(name in PERSONAL for name, _ in self.fields)

    def settle(self) -> None:
        """Conclude what needs the whole head; refuse what contradicts itself."""
        if self.chunked:
            self._settle_chunked()
        elif self.declared is None:
            self.length = UNTIL_CLOSE
        if self.status < FIRST_FINAL or self.status == NO_CONTENT:
            self._settle_bodiless()
        if self.connection is not None:
            options = self._options()
            self.keep_alive = b"close" not in options and (
                self.minor == 1 or b"keep-alive" in options
            )

    def _settle_bodiless(self) -> None:
        if self.chunked or (self.declared is not None and self.status < FIRST_FINAL):
            raise MalformedMessageError("an answer without a body announces one")
        self.declared = None
        self.length = 0


_BOTH: Final[dict[Kind, Reader]] = {
    Kind.CONTENT_LENGTH: _Head._on_content_length,
    Kind.TRANSFER_ENCODING: _Head._on_transfer_encoding,
    Kind.CONNECTION: _Head._on_connection,
    Kind.UPGRADE: _Head._on_upgrade,
    Kind.REQUEST_ID: _Head._on_request_id,
}
REQUEST_READERS: Final[Mapping[Kind, Reader]] = _BOTH | {
    Kind.HOST: RequestHead._on_host,
    Kind.EXPECT: RequestHead._on_expect,
    Kind.TE: RequestHead._on_te,
    Kind.MAX_FORWARDS: RequestHead._on_max_forwards,
}
REPLY_READERS: Final[Mapping[Kind, Reader]] = _BOTH | {
    Kind.DATE: ReplyHead._on_date,
    Kind.CACHE_CONTROL: ReplyHead._on_cache_control,
}


def read_request_head(data: bytes, end: int, memory: Lines) -> RequestHead:
    """Read the head that is ``data[:end]``, its last four bytes being the first CRLFCRLF.

    Raises:
        MalformedMessageError: the request may not be passed on.
    """
    absolute = None
    line = _REQUEST_LINE.match(data)
    if line is not None:
        method, target, minor = line.groups()
    else:
        line, method, target, absolute, minor = _read_other_form(data)
    if method == b"CONNECT":
        raise MalformedMessageError("CONNECT is for forward proxies")
    if b"%" in target and _BAD_PERCENT.search(target.partition(b"?")[0]):
        raise MalformedMessageError("the target's path has a broken percent-encoding")
    head = RequestHead(method, target, 1 if minor == b"1" else 0)
    start = line.end()
    if start < end - 2:
        head.read_lines(data[start : end - 4], memory)
    head.settle(absolute)
    return head


def may_become_head(beginning: bytes, *, of_request: bool) -> bool:
    """Tell whether more bytes could make a valid head of this; if not, there is no need to wait for them.

    A line that does not end in CRLF, or a first word that is no method, is beyond repair.
    """
    if of_request and not _BEGINNING.match(beginning):
        return False
    return not _BROKEN_LINE.search(beginning)


def _read_other_form(
    data: bytes,
) -> "tuple[re.Match[bytes], bytes, bytes, bytes | None, bytes]":
    """Read `OPTIONS *` and absolute-form; return the match, method, target, authority and version."""
    line = _OTHER_FORM.match(data)
    if line is None:
        raise MalformedMessageError("the request line is not a valid one of HTTP/1.0 or HTTP/1.1")
    method, absolute, rest, minor = line.groups()
    if absolute is None:
        if method != b"OPTIONS":
            raise MalformedMessageError("'*' is a target for OPTIONS alone")
        target = b"*"
    elif rest.startswith(b"/"):
        target = rest
    elif not rest and method == b"OPTIONS":
        target = b"*"  # RFC 9112, 3.2.4: what the last proxy says for a URI without a path
    else:
        target = b"/" + rest
    return line, method, target, absolute, minor


class ReplyHeads:
    """The heads of a worker's answers: a backend that is asked often repeats itself to the byte.

    Within a second many answers have the same head. To remember it whole saves 5 µs of the 14 that a request
    takes here; a head is never changed once it is read.
    """

    __slots__ = ("_lines", "_memory")

    REMEMBERED: Final = 128
    LONGEST_REMEMBERED: Final = 1024

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._memory = Memory[ReplyHead](self.REMEMBERED)

    def read(self, raw: bytes) -> ReplyHead:
        """Read a whole head, its last four bytes being the first CRLFCRLF.

        Raises:
            MalformedMessageError: the answer may not be passed on.
        """
        head = self._memory.recall(raw)
        if head is None:
            head = read_reply_head(raw, self._lines)
            if len(raw) <= self.LONGEST_REMEMBERED and not head.is_personal:
                self._memory.remember(raw, head)
        return head


def read_reply_head(raw: bytes, lines: Lines) -> ReplyHead:
    """Read a whole head, its last four bytes being the first CRLFCRLF.

    Raises:
        MalformedMessageError: the answer may not be passed on.
    """
    start = raw.index(b"\r\n")
    line = _STATUS_LINE.fullmatch(raw, 0, start)
    if line is None:
        raise MalformedMessageError("the status line is not a valid one of HTTP/1.0 or HTTP/1.1")
    minor, status, reason = line.groups()
    head = ReplyHead(1 if minor == b"1" else 0, int(status), reason or b"")
    if start < len(raw) - 4:
        head.read_lines(raw[start + 2 : -4], lines)
    head.settle()
    return head

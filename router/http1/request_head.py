"""What does a client ask? One answer, or none."""

import re
from collections.abc import Mapping
from typing import Final

from router.errors import MalformedMessageError
from router.http1.authority import agrees, host_of, without_mirror_suffix
from router.http1.head import COMMON_READERS, NUMBER, Head, has_broken_line
from router.http1.lines import Lines, Reader
from router.http1.names import Kind

# Beyond RFC 3986 these hold the bytes that browsers send unescaped (WHATWG URL, path and query
# sets).
_PATH = rb"[!$%&'()*+,\-./0-9:;=@A-Z_a-z~|\[\]^]"
_QUERY = rb"[!$%&'()*+,\-./0-9:;=@A-Z_a-z~|\[\]^?{}\\`]"
# Any token is a method (RFC 9110, 9.1), but those in lower case are mistakes of senders: a backend
# that forgives them would see another method than we do.
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
_BAD_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class RequestHead(Head):
    """The head of a request, understood and unambiguous.

    `length` is the body's bytes, `CHUNKED`, or 0. `target` is what goes upstream: origin-form or
    `*`. `host` is lower-case without port, `authority` is the Host field's value as it came.
    """

    __slots__ = (
        "authority", "expect_continue", "host", "keep_alive", "max_forwards", "method", "target",
        "te_trailers",
    )  # fmt: skip

    def __init__(self, method: bytes, target: bytes, minor: int) -> None:
        super().__init__(minor)
        self.method = method
        self.target = target
        self.keep_alive = minor == 1
        self.authority: bytes | None = None
        self.host = b""
        self.expect_continue = False
        self.te_trailers = False
        self.max_forwards: int | None = None

    # Readers of special fields...

    def on_host(self, value: bytes, _line: bytes) -> None:
        if self.authority is not None:
            raise MalformedMessageError("Host is repeated")
        self.authority = value

    def on_expect(self, value: bytes, line: bytes) -> None:
        if value.lower() == b"100-continue":
            self.expect_continue = self.minor == 1  # RFC 9110, 10.1.1: not from HTTP/1.0
        else:
            self.lines.append(line)

    def on_te(self, value: bytes, _line: bytes) -> None:
        self.te_trailers = self.te_trailers or b"trailers" in value.lower()

    def on_max_forwards(self, value: bytes, line: bytes) -> None:
        if self.method not in (b"TRACE", b"OPTIONS"):
            self.lines.append(line)
        elif self.max_forwards is None and NUMBER.fullmatch(value):
            self.max_forwards = int(value)

    # Conclusions...

    def settle(self, absolute: bytes | None) -> None:
        """Conclude what needs the whole head; refuse what contradicts itself.

        absolute: the authority of an absolute-form target, or None.
        """
        if self.chunked:
            self.settle_chunked()
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
        options = self.options()
        self.keep_alive = b"close" not in options and (self.minor == 1 or b"keep-alive" in options)
        if self.upgrade is None:
            return
        # HTTP/2 in a tunnel would carry requests past every rule of ours: such a wish is not heard.
        if b"upgrade" not in options or self.minor == 0 or b"h2c" in self.upgrade.lower():
            self.upgrade = None
        elif self.length:
            raise MalformedMessageError("a request to upgrade may not have a body")


REQUEST_READERS: Final[Mapping[Kind, Reader]] = {
    **COMMON_READERS,
    Kind.HOST: RequestHead.on_host,
    Kind.EXPECT: RequestHead.on_expect,
    Kind.TE: RequestHead.on_te,
    Kind.MAX_FORWARDS: RequestHead.on_max_forwards,
}


def may_become_request(beginning: bytes, seen: int) -> bool:
    """Tell whether more bytes could make a valid head of this; if not, there is no need to wait.

    seen: as for `has_broken_line`.
    """
    return _BEGINNING.match(beginning) is not None and not has_broken_line(beginning, seen)


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


def _read_other_form(
    data: bytes,
) -> "tuple[re.Match[bytes], bytes, bytes, bytes | None, bytes]":
    """Read `OPTIONS *` and absolute-form: match, method, target, authority, version."""
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


def undo_mirror_suffix(head: RequestHead) -> None:
    """Give a request that another proxy mirrored the host again that it had."""
    if head.authority is not None:
        head.authority = without_mirror_suffix(head.authority)
        head.host = host_of(head.authority)
